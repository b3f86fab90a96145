"""Whole days of an iCalendar file (RFC 5545), as public holidays are published: `VEVENT` with `DTSTART;VALUE=DATE`,
`DTEND`, and `RRULE:FREQ=YEARLY`. Whatever else would change which days are meant is refused with its line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

BEGIN = "BEGIN:VCALENDAR"
YEAR_MAX = 2100
"""Up to which what comes each year is known."""
DAYS_MAX = 20_000
EVENT_DAYS_MAX = 366
_DAY = re.compile(r"[0-9]{8}")
_ESCAPED = re.compile(r"\\(.)")
# They hold nothing that says which days are meant.
_PASSED_OVER = ("VTIMEZONE", "VALARM")
_REFUSED = ("RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID", "DURATION")


@dataclass(frozen=True, slots=True)
class _Line:
    """A content line: `NAME;parameters:value`, folded lines put together. `place`: file and line."""

    place: str
    name: str
    parameters: str
    value: str

    def wrong(self, why: str) -> ValueError:
        return ValueError(f"{self.place}: {self.name}: {why}")


@dataclass(slots=True)
class _Event:
    begin: _Line
    first: date | None = None
    end: date | None = None
    yearly: bool = False
    title: str = ""
    seen: set[str] = field(default_factory=set)


def parse_ics(text: str, name: str) -> dict[date, str]:
    """The days and their names. Raises ValueError that names the file and the line."""
    days: dict[date, str] = {}
    for event in _events(_lines(text, name)):
        for day in _days(event):
            days.setdefault(day, event.title)
            if len(days) > DAYS_MAX:
                raise ValueError(f"{name}: more than {DAYS_MAX} holidays")
    return days


def _lines(text: str, name: str) -> Iterator[_Line]:
    whole: list[tuple[int, list[str]]] = []
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if line[:1] in {" ", "\t"} and whole:
            whole[-1][1].append(line[1:])
        elif line.strip():
            whole.append((number, [line]))
    for number, parts in whole:
        line = "".join(parts)
        head, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"{name}:{number}: {line[:40]!r} is no line of an iCalendar file")
        key, _, parameters = head.partition(";")
        yield _Line(f"{name}:{number}", key.strip().upper(), parameters.upper(), value.strip())


def _events(lines: Iterator[_Line]) -> Iterator[_Event]:
    open_: list[_Line] = []
    event: _Event | None = None
    for line in lines:
        inside = [one.value.upper() for one in open_]
        if line.name == "BEGIN":
            event = _begun(line, inside) or event
            open_.append(line)
        elif line.name == "END":
            if not inside or inside[-1] != line.value.upper():
                raise line.wrong(f"{line.value[:40]!r} was not begun")
            open_.pop()
            if inside[-1] == "VEVENT" and event is not None:
                yield event
                event = None
        elif inside[-1:] == ["VEVENT"] and event is not None:
            _note(event, line)
    if open_:
        raise open_[-1].wrong(f"{open_[-1].value[:40]!r} does not end")


def _begun(line: _Line, inside: list[str]) -> _Event | None:
    what = line.value.upper()
    if set(inside) & set(_PASSED_OVER) or (inside and what in _PASSED_OVER):
        return None
    if (what, inside) == ("VEVENT", ["VCALENDAR"]):
        return _Event(line)
    if (what, inside) == ("VCALENDAR", []):
        return None
    raise line.wrong(f"{line.value[:40]!r} cannot be used here: a calendar of holidays has events (VEVENT)")


def _note(event: _Event, line: _Line) -> None:
    if line.name in {"DTSTART", "DTEND", "RRULE"}:
        if line.name in event.seen:
            raise line.wrong("it is there twice")
        event.seen.add(line.name)
    match line.name:
        case "DTSTART":
            event.first = _day(line)
        case "DTEND":
            event.end = _day(line)
        case "RRULE":
            if line.value.upper() != "FREQ=YEARLY":
                raise line.wrong(
                    f"{line.value[:60]!r} cannot be used: only FREQ=YEARLY, or each day as an event of its own"
                )
            event.yearly = True
        case "SUMMARY":
            event.title = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], line.value)
        case "STATUS" if line.value.upper() == "CANCELLED":
            raise line.wrong("take out what was cancelled")
        case _ if line.name in _REFUSED:
            raise line.wrong("it cannot be used: give each day as an event of its own")


def _day(line: _Line) -> date:
    if "VALUE=DATE" not in line.parameters.split(";") or not _DAY.fullmatch(line.value):
        raise line.wrong(f"{line.value[:40]!r} is no whole day: write {line.name};VALUE=DATE:20261225")
    try:
        return date.fromisoformat(line.value)
    except ValueError as error:
        raise line.wrong(f"{line.value} is no date") from error


def _days(event: _Event) -> Iterator[date]:
    if event.first is None:
        raise event.begin.wrong("an event without DTSTART")
    # The end is the day after. Some write the day itself, which says as much.
    count = max(1, (event.end - event.first).days) if event.end is not None else 1
    if count > EVENT_DAYS_MAX or (event.end is not None and event.end < event.first):
        raise event.begin.wrong(f"it ends before it begins, or lasts longer than {EVENT_DAYS_MAX} days")
    last = max(event.first.year, YEAR_MAX) if event.yearly else event.first.year
    for year in range(event.first.year, last + 1):
        try:
            first = event.first.replace(year=year)
        except ValueError:
            continue  # 29 February
        yield from (first + timedelta(days=number) for number in range(count))
