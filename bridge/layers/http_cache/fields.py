"""Header fields that a cache reads (RFC 9110 §5.6, RFC 9111 §5). Pure; what is malformed makes no answer fresher."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from bridge.transport.hop import Fields, end_to_end, members, values

__all__ = ["Directives", "Fields", "age", "delta", "end_to_end", "first", "http_date", "members", "values", "vary"]

DELTA_MAX = 2**31
"""What a number of seconds that is too large for anybody counts as (RFC 9111 §1.2.2)."""

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_DIRECTIVE = re.compile(rf'[ \t]*(?P<name>{_NAME})(?:=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,;"]*)))?[ \t]*')
_DIGITS = re.compile(r"[0-9]{1,20}")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CENTURY_TURN = 70
_DAY, _MONTH = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)", f"(?P<month>{'|'.join(_MONTHS)})"
_LONG_DAY = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_TIME = r"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})"
_DATES = (
    re.compile(rf"{_DAY}, (?P<day>\d{{2}}) {_MONTH} (?P<year>\d{{4}}) {_TIME} GMT", re.ASCII),
    re.compile(rf"{_LONG_DAY}, (?P<day>\d{{2}})-{_MONTH}-(?P<year>\d{{2}}) {_TIME} GMT", re.ASCII),
    re.compile(rf"{_DAY} {_MONTH} (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})", re.ASCII),
)
_PERMIT = frozenset({"public", "must-understand"})
"""Directives that allow something, so they do not count when they are malformed."""


def first(fields: Iterable[tuple[str, str]], name: str) -> str:
    """The value of a field that occurs once; "" for none."""
    return next(iter(values(fields, name)), "")


class Directives:
    """The directives of `Cache-Control`. Of two of a name the first counts (RFC 9111 §4.2.1)."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._found: dict[str, str | None] = {}
        for name, value in _directives(",".join(lines)):
            self._found.setdefault(name, value)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def __bool__(self) -> bool:
        return bool(self._found)

    def seconds(self, name: str) -> float | None:
        """Of a directive that has a number; None when it is absent, 0 when what it has is no number."""
        if name not in self._found:
            return None
        value = self._found[name]
        return delta(value) if value is not None else 0.0

    def grants(self, name: str) -> float:
        """Like `seconds` for what somebody allows: 0 when absent or malformed, no bound when it stands alone."""
        if name not in self._found:
            return 0.0
        value = self._found[name]
        return float(DELTA_MAX) if value is None else delta(value)


def _directives(text: str) -> Iterator[tuple[str, str | None]]:
    at = 0
    while at < len(text):
        found = _DIRECTIVE.match(text, at)
        if found is None or (found.end() < len(text) and text[found.end()] != ","):
            if found is not None and found["name"].lower() not in _PERMIT:
                yield found["name"].lower(), ""
            at = _behind_the_next_comma(text, at)
            continue
        plain, quoted = found["plain"], found["quoted"]
        yield found["name"].lower(), plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        at = found.end() + 1


def _behind_the_next_comma(text: str, at: int) -> int:
    """A member that cannot be read is passed over as a whole; a comma within quotes does not end it."""
    within = False
    while at < len(text):
        if text[at] == "\\" and within:
            at += 1
        elif text[at] == '"':
            within = not within
        elif text[at] == "," and not within:
            return at + 1
        at += 1
    return at


def delta(text: str) -> float:
    """Whole seconds; 0 for what is none (RFC 9111 §4.2.1: treat it as stale)."""
    return float(min(int(text), DELTA_MAX)) if _DIGITS.fullmatch(text) else 0.0


def http_date(text: str) -> float | None:
    """Seconds since the epoch; None for what has none of the three forms of RFC 9110 §5.6.7 to the letter."""
    found = next((one for form in _DATES if (one := form.fullmatch(text))), None)
    if found is None:
        return None
    year = int(found["year"])
    if len(found["year"]) == 2:
        year += 1900 if year >= _CENTURY_TURN else 2000
    month = _MONTHS.index(found["month"]) + 1
    clock = (int(found["hour"]), int(found["minute"]), min(int(found["second"]), 59))
    try:
        when = datetime(year, month, int(found["day"]), *clock, tzinfo=UTC)
    except ValueError:
        return None
    return when.timestamp()


def age(lines: Sequence[str]) -> float:
    """The seconds of `Age`: of several the first, and what is no number says nothing (RFC 9111 §5.1)."""
    told = next(iter(members(lines)), "")
    return delta(told)


def vary(lines: Sequence[str]) -> tuple[str, ...] | None:
    """The fields of a request that an answer depends on, in lower case; None where it depends on more (`*`)."""
    names = [one.lower() for one in members(lines)]
    return None if "*" in names else tuple(sorted(set(names)))
