"""The date and time kinds of XML Schema: what is lexically valid, and which of two values comes first.

Values travel as text, never through datetime: `24:00:00`, seven fraction digits and the year 9999 pass unchanged
(XML Schema part 2 §3.2.6–3.2.14). Comparison is only needed for the bounds facets.
"""

from __future__ import annotations

import re
from decimal import Decimal

from bridge.shapes.model import Kind

_YEAR = r"-?(?:[1-9]\d{4,8}|\d{4})"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,40})?|24:00:00(?:\.0{1,40})?)"
_ZONE = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?"

LEXICAL = {
    Kind.DATETIME: f"{_YEAR}-{_MONTH}-{_DAY}T{_CLOCK}{_ZONE}",
    Kind.DATE: f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}",
    Kind.TIME: f"{_CLOCK}{_ZONE}",
    Kind.YEAR_MONTH: f"{_YEAR}-{_MONTH}{_ZONE}",
    Kind.YEAR: f"{_YEAR}{_ZONE}",
    Kind.MONTH_DAY: f"--{_MONTH}-{_DAY}{_ZONE}",
    Kind.DAY: f"---{_DAY}{_ZONE}",
    Kind.MONTH: f"--{_MONTH}{_ZONE}",
    Kind.DURATION: r"-?P(?=\d|T\d)(?:\d{1,18}Y)?(?:\d{1,18}M)?(?:\d{1,18}D)?"
    r"(?:T(?=\d)(?:\d{1,18}H)?(?:\d{1,18}M)?(?:\d{1,18}(?:\.\d{1,40})?S)?)?",
}
_COMPILED = {kind: re.compile(pattern, re.ASCII) for kind, pattern in LEXICAL.items()}
_PARTS = re.compile(
    r"(?:(?P<year>-?\d{4,9})(?=-|Z|\+|$))?(?:-{0,2}(?P<month>\d\d)(?!:))?(?:-{1,3}(?P<day>\d\d)(?!:))?"
    r"T?(?:(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d(?:\.\d+)?))?(?P<zone>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_DURATION = re.compile(r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?")
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def valid(kind: Kind, text: str) -> bool:
    """True when `text` (white space already collapsed) is in the lexical space of `kind`, calendar included."""
    if _COMPILED[kind].fullmatch(text) is None:
        return False
    if kind in {Kind.DATETIME, Kind.DATE}:
        body = text.partition("T")[0].lstrip("-")
        year, month, day = body.split("-")[:3]
        return int(day[:2]) <= _month_days(int(year), int(month))
    if kind is Kind.MONTH_DAY:
        return int(text[5:7]) <= _month_days(2000, int(text[2:4]))
    return True


def _month_days(year: int, month: int) -> int:
    if month == 2 and (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)):
        return 29
    return _DAYS[month - 1]


def order_key(kind: Kind, text: str) -> Decimal:
    """A number that orders valid values of one kind: seconds, zone applied (no zone counts as UTC).

    XML Schema leaves values with and without a zone unordered within 14 hours; here they are taken as UTC, which is
    what legacy systems mean. Durations use 30-day months.
    """
    if kind is Kind.DURATION:
        return _duration_s(text)
    match = _PARTS.match(text)
    if match is None:
        raise ValueError(text)
    year, month, day = int(match["year"] or 0), int(match["month"] or 1), int(match["day"] or 1)
    days = _days_from_civil(year, month, day)
    clock = int(match["hour"] or 0) * 3600 + int(match["minute"] or 0) * 60 + Decimal(match["second"] or 0)
    return days * 86400 + clock - _zone_s(match["zone"])


def _zone_s(zone: str | None) -> int:
    if not zone or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return -seconds if zone[0] == "-" else seconds


def _days_from_civil(year: int, month: int, day: int) -> int:
    # Proleptic Gregorian day number that works for any year, unlike datetime.
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year


def _duration_s(text: str) -> Decimal:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(text)
    years, months, days, hours, minutes = (int(part or 0) for part in match.groups()[1:6])
    total = ((years * 12 + months) * 30 + days) * 86400 + hours * 3600 + minutes * 60 + Decimal(match[7] or 0)
    return -total if match[1] else total
