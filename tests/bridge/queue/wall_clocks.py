"""What a clock on a wall and Debian's cron would do, minute by minute: slow, plain, and nothing of ours in it."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
ZONES = (
    *("Europe/London", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "America/Santiago"),
    *("Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "Africa/Casablanca", "America/St_Johns", "Asia/Tehran"),
    *("Africa/Cairo", "America/Havana", "Asia/Beirut", "Antarctica/Troll", "Pacific/Chatham", "America/Nuuk", "UTC"),
)
Wall = datetime
Matches = Callable[[Wall], bool]


def local(instant: datetime, zone: ZoneInfo) -> Wall:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def changes(zone: ZoneInfo, first: int = 2025, last: int = 2027) -> Iterator[datetime]:
    """The first minute of every new offset within these years."""
    at = datetime(first, 1, 1, tzinfo=UTC)
    before = at.astimezone(zone).utcoffset()
    while at.year <= last:
        offset = at.astimezone(zone).utcoffset()
        if offset != before:
            at -= timedelta(hours=1)
            while at.astimezone(zone).utcoffset() == before:
                at += MINUTE
            yield at
        before = offset
        at += timedelta(hours=1)


@dataclass(frozen=True)
class Fields:
    """The numbers that each field of an expression allows; `either`: day of month or day of week is enough."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] = frozenset(range(1, 32))
    months: frozenset[int] = frozenset(range(1, 13))
    weekdays: frozenset[int] = frozenset(range(7))
    either: bool = False
    seconds: frozenset[int] = frozenset({0})

    def __call__(self, wall: Wall) -> bool:
        weekday = (wall.weekday() + 1) % 7
        fits = (wall.day in self.days, weekday in self.weekdays)
        day = any(fits) if self.either else all(fits)
        timed = wall.second in self.seconds and wall.minute in self.minutes and wall.hour in self.hours
        return timed and day and wall.month in self.months


def cron_minutes(matches: Matches, fixed: bool, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """As cron(8) says under Notes: it wakes every minute, and has a time of its own that never goes back. Jobs for a
    fixed time go by that one, and are caught up with when the clock jumped; the others go by the clock."""
    own = local(after, zone)
    at, found = after, []
    while at < until:
        at += MINUTE
        now = local(at, zone)
        runs = matches(now) and not fixed
        while own < now:
            own += MINUTE
            runs = runs or (fixed and matches(own))
        if runs:
            found.append(at)
    return found


def first_at(wall: Wall, zone: ZoneInfo, step: timedelta = MINUTE) -> datetime:
    """The first minute at which the clock shows this or more."""
    at = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    while local(at, zone) < wall:
        at += step
    return at


def month_days(day: date) -> tuple[int, int]:
    """Counted from the first and from the last."""
    return day.day, day.day - calendar.monthrange(day.year, day.month)[1] - 1
