"""A file of holidays: one date a line (2026-12-25), a name after it if one likes, `#` begins a comment; or an iCalendar
file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from bridge.queue.ics import BEGIN, DAYS_MAX, parse_ics

BYTES_MAX = 1_000_000
_SATURDAY = 5
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Holidays:
    """The days, by date, with their names."""

    days: Mapping[date, str] = field(default_factory=dict)

    def __contains__(self, day: date) -> bool:
        return day in self.days

    @property
    def last(self) -> date | None:
        return max(self.days, default=None)

    @property
    def digest(self) -> str:
        """Of the dates; their names change nothing."""
        return hashlib.sha256("\n".join(sorted(day.isoformat() for day in self.days)).encode()).hexdigest()[:16]

    def is_bank_day(self, day: date) -> bool:
        return is_workday(day) and day not in self.days


def is_workday(day: date) -> bool:
    return day.weekday() < _SATURDAY


def neighbour(day: date, step: int, holidays: Holidays, within: int = 31) -> date | None:
    """The nearest bank day in that direction; None when there is none for a month."""
    for count in range(1, within + 1):
        other = day + timedelta(days=step * count)
        if holidays.is_bank_day(other):
            return other
    return None


def read_holidays(path: Path) -> Holidays:
    """Raises ValueError that names the file and the line."""
    try:
        if not path.is_file():
            raise ValueError(f"the holidays file {path} is not there, or is no regular file")
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
        if len(raw) > BYTES_MAX:
            raise ValueError(f"the holidays file {path} is larger than {BYTES_MAX // 1_000_000} MB")
        return parse_holidays(raw.decode("utf-8-sig"), str(path))
    except OSError as error:
        raise ValueError(f"the holidays file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"the holidays file {path} is not UTF-8") from error


def parse_holidays(text: str, name: str) -> Holidays:
    if text.lstrip().upper().startswith(BEGIN):
        return Holidays(parse_ics(text, name))
    days: dict[date, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        written, _, title = line.partition("#")[0].strip().partition(" ")
        if not written:
            continue
        days[_day(written, f"{name}:{number}")] = title.strip()
        if len(days) > DAYS_MAX:
            raise ValueError(f"{name}: more than {DAYS_MAX} holidays")
    return Holidays(days)


def _day(written: str, place: str) -> date:
    try:
        if _DATE.fullmatch(written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise ValueError(f"{place}: {written[:40]!r} is no date: write one a line, such as `2026-12-25 Christmas Day`")
