"""Reads `WWW-Authenticate` (RFC 9110 §11): a list of challenges, each a scheme with a token or with parameters. Pure.

What cannot be read is left out: a server that writes nonsense offers nothing that could be answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

LENGTH_MAX = 64_000
COUNT_MAX = 20

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110 §5.6.2
_ITEM = re.compile(
    rf'[ \t,]*(?:(?P<name>{_WORD})[ \t]*=[ \t]*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>{_WORD}))(?=[ \t]*(?:,|$))'
    rf"|(?P<scheme>{_WORD})(?=[ \t,]|$)(?![ \t]*=)(?:[ \t]+(?P<token>[A-Za-z0-9._~+/-]+=*)(?=[ \t]*(?:,|$)))?)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """`scheme` and the names of parameters in lower case."""

    scheme: str
    token: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def challenges(values: Iterable[str]) -> list[Challenge]:
    """All that a server offers, in its order; one header may hold several."""
    return [one for value in values for one in _of(value)][:COUNT_MAX]


def _of(value: str) -> list[Challenge]:
    found: list[Challenge] = []
    parameters: dict[str, str] = {}
    at, text = 0, value[:LENGTH_MAX]
    while len(found) <= COUNT_MAX and (match := _ITEM.match(text, at)):
        at = match.end()
        if match["scheme"]:
            parameters = {}
            found.append(Challenge(match["scheme"].lower(), match["token"] or "", parameters))
        elif found:
            quoted = match["quoted"]
            said = match["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
            parameters.setdefault(match["name"].lower(), said)
    return found
