"""Header fields that speak of one connection and go no further (RFC 9110 §7.6.1, RFC 9111 §3.1). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Fields = tuple[tuple[str, str], ...]
"""The header fields of a message as they came: name, value; a name may occur more than once."""

_HOP = frozenset(
    [
        *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection"),
        *("proxy-authenticate", "proxy-authentication-info", "proxy-authorization"),
    ]
)


def values(fields: Iterable[tuple[str, str]], name: str) -> list[str]:
    """The values of a field, one a line."""
    return [value for one, value in fields if one.lower() == name]


def members(lines: Sequence[str]) -> list[str]:
    """The members of a list without quoted strings, empty ones left out."""
    return [one.strip() for line in lines for one in line.split(",") if one.strip()]


def end_to_end(fields: Iterable[tuple[str, str]]) -> Fields:
    """The fields without those of the connection, and without those that `Connection` names."""
    given = tuple(fields)
    named = {one.lower() for one in members(values(given, "connection"))} | _HOP
    return tuple((name, value) for name, value in given if name.lower() not in named)
