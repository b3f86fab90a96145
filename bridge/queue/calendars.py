"""A calendar: at these times, on those days, with holidays left out or moved. Times are fixed times as in `cron.py`."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from typing import Literal
from zoneinfo import ZoneInfo

from bridge.queue.holidays import Holidays, is_workday, neighbour
from bridge.queue.zones import instant_of, wall_of

Kind = Literal["every_day", "workdays", "bank_days", "weekdays", "month_days"]
Shift = Literal["next", "previous", "skip"]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# A day may be moved to one that is a month away; and three years without a day are taken for never.
_MOVED_MAX = timedelta(days=32)
_SEARCHED_MAX_DAYS = 1100
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_SAID: Mapping[Kind, str] = {"every_day": "every day", "workdays": "Monday to Friday", "bank_days": "bank days"}


@dataclass(frozen=True, slots=True)
class Calendar:
    """`weekdays`: 0 for Monday; `month_days`: 1 for the first and -1 for the last. `shift` is what becomes of a day
    that is a holiday, and in `month_days` of one that is a Saturday or a Sunday too."""

    times: tuple[time, ...]
    zone: ZoneInfo
    kind: Kind = "every_day"
    weekdays: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    shift: Shift | None = None
    holidays: Holidays = field(default_factory=Holidays)

    def with_kind(self, kind: Kind) -> Calendar:
        return replace(self, kind=kind)

    def with_weekdays(self, names: Sequence[str]) -> Calendar:
        return replace(self, kind="weekdays", weekdays=frozenset(map(WEEKDAYS.index, names)))

    def with_month_days(self, days: Sequence[int]) -> Calendar:
        return replace(self, kind="month_days", month_days=frozenset(days))

    def slots(self, after: datetime) -> Iterator[datetime]:
        last, empty = after, 0
        for target in self._targets(wall_of(after, self.zone).date() - _MOVED_MAX):
            empty += 1
            for at in self.times if target else ():
                assert target is not None
                slot = instant_of(datetime.combine(target, at), self.zone)
                if slot > last:
                    yield slot
                    last, empty = slot, 0
            if empty >= _SEARCHED_MAX_DAYS:
                return

    def _targets(self, day: date) -> Iterator[date | None]:
        """The days that run, from there on and in their order, which is not that of the days that they stand for: a
        Friday that is moved to Monday comes after its Saturday. None for each day that was looked at besides."""
        waiting: list[date] = []
        ahead = _MOVED_MAX if self.shift == "previous" else timedelta()
        while True:
            target = self._moved(day) if self.names(day) else None
            if target is not None:
                heappush(waiting, target)
            while waiting and waiting[0] <= day - ahead:
                yield heappop(waiting)
            yield None
            day += timedelta(days=1)

    def names(self, day: date) -> bool:
        """Whether it is one of the days, before anything is moved."""
        match self.kind:
            case "every_day":
                return True
            case "workdays":
                return is_workday(day)
            case "bank_days":
                return self.holidays.is_bank_day(day)
            case "weekdays":
                return day.weekday() in self.weekdays
            case "month_days":
                last = calendar.monthrange(day.year, day.month)[1]
                return day.day in self.month_days or day.day - last - 1 in self.month_days

    def _moved(self, day: date) -> date | None:
        free = day in self.holidays or (self.kind == "month_days" and not is_workday(day))
        if self.shift is None or not free:
            return day
        return None if self.shift == "skip" else neighbour(day, 1 if self.shift == "next" else -1, self.holidays)

    @property
    def text(self) -> str:
        times = _listed([_clock(at) for at in self.times])
        moved = {"next": ", else the next bank day", "previous": ", else the bank day before", "skip": ""}
        left = " without holidays" if self.shift == "skip" else moved.get(self.shift or "skip", "")
        return f"at {times} on {self._days}{left} ({self.zone.key})"

    @property
    def _days(self) -> str:
        if self.kind == "weekdays":
            return _listed([calendar.day_name[day] for day in sorted(self.weekdays)])
        if self.kind == "month_days":
            order = sorted(self.month_days, key=lambda day: (day < 0, day))
            return f"{_listed([_ordinal(day) for day in order])} of the month"
        return _SAID[self.kind]

    @property
    def identity(self) -> tuple[str, ...]:
        days = ",".join(str(day) for day in sorted(self.weekdays | self.month_days))
        times = ",".join(at.isoformat() for at in self.times)
        return ("at", times, self.zone.key, self.kind, days, str(self.shift), self.holidays.digest)


def parse_time(text: str) -> time:
    """Raises ValueError that says what would be right."""
    try:
        if len(text) in {len("06:00"), len("06:00:00")} and text[2] == ":":
            return time.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"{text[:40]!r} is no time of day: write it as 06:00, 17:30 or 23:59:59")


def _clock(at: time) -> str:
    return at.strftime("%H:%M:%S" if at.second else "%H:%M")


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _ordinal(day: int) -> str:
    if day == -1:
        return "the last day"
    if day < 0:
        return f"the {_th(-day)} last day"
    return f"the {_th(day)}"


def _th(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{_ENDINGS.get(number % 10, 'th')}"
