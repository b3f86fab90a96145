"""Header fields that a cache reads (RFC 9110 §5.6, RFC 9111 §5). Pure; what is malformed makes no answer fresher."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterable, Iterator, Sequence

Fields = tuple[tuple[str, str], ...]
"""The header fields of a message as they came: name, value; a name may occur more than once."""
DELTA_MAX = 2**31
"""What a number of seconds that is too large for anybody counts as (RFC 9111 §1.2.2)."""

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_DIRECTIVE = re.compile(rf'[ \t]*(?P<name>{_NAME})(?:=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,;"]*)))?[ \t]*')
_DIGITS = re.compile(r"[0-9]{1,20}")
_HOP = frozenset(
    [
        *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection"),
        *("proxy-authenticate", "proxy-authentication-info", "proxy-authorization"),
    ]
)
"""What speaks of one connection, or to one proxy (RFC 9110 §7.6.1, RFC 9111 §3.1)."""

_PERMIT = frozenset({"public", "must-understand"})
"""Directives that allow something, so they do not count when they are malformed."""


def values(fields: Iterable[tuple[str, str]], name: str) -> list[str]:
    """The values of a field, one a line."""
    return [value for one, value in fields if one.lower() == name]


def first(fields: Iterable[tuple[str, str]], name: str) -> str:
    """The value of a field that occurs once; "" for none."""
    return next(iter(values(fields, name)), "")


def members(lines: Sequence[str]) -> list[str]:
    """The members of a list without quoted strings, empty ones left out."""
    return [one.strip() for line in lines for one in line.split(",") if one.strip()]


def end_to_end(fields: Iterable[tuple[str, str]]) -> Fields:
    """The fields without those of the connection, and without those that `Connection` names."""
    given = tuple(fields)
    named = {one.lower() for one in members(values(given, "connection"))}
    return tuple((name, value) for name, value in given if name.lower() not in _HOP and name.lower() not in named)


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
    """Seconds since the epoch; None for what is no date of RFC 9110 §5.6.7."""
    if not re.fullmatch(r"[A-Za-z]{3,9},? .{8,30}", text.strip()):
        return None
    try:
        read = email.utils.parsedate_tz(text)
        return None if read is None else float(email.utils.mktime_tz(read))
    except (ValueError, OverflowError, TypeError):
        return None


def age(lines: Sequence[str]) -> float | None:
    """The seconds of `Age`, 0 when there is none; None when it says nothing that can be used."""
    if not lines:
        return 0.0
    return delta(lines[0].strip()) if len(lines) == 1 and _DIGITS.fullmatch(lines[0].strip()) else None


def vary(lines: Sequence[str]) -> tuple[str, ...] | None:
    """The fields of a request that an answer depends on, in lower case; None where it depends on more (`*`)."""
    names = [one.lower() for one in members(lines)]
    return None if "*" in names else tuple(sorted(set(names)))
