"""Ids that sort by the time they were made and that nobody guesses: ULIDs, 48 bits of milliseconds and 80 of chance
(https://github.com/ulid/spec), 26 characters of Crockford's base 32 in lower case. Those of one process sort in the
order in which they were made, also within a millisecond.

Each job and each entry has one, so making one is a good part of what accepting costs: two letters at a time.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
LENGTH = 26
_TRACE_CHARS = 32
_HEX = frozenset("0123456789abcdef")
_HALF_BITS = 40
_STEP = 0xFFFF
"""How far apart two of one millisecond are at most, in the upper half of what is by chance."""
_last = (0, 0)


def new_id(now: float) -> str:
    """`now`: seconds since the epoch."""
    global _last  # noqa: PLW0603  what it follows is of the process
    p, chance, milliseconds = _PAIRS, os.urandom(10), int(now * 1000)
    a, b = int.from_bytes(chance[:5]) >> 1, int.from_bytes(chance[5:])
    before, upper = _last
    if milliseconds == before:
        a = upper + 1 + (a & _STEP)
        if a >> _HALF_BITS:  # once in a very long while: then this one stands by chance
            a >>= 1
    _last = milliseconds, a
    return (
        f"{_time(milliseconds)}{p[a >> 30]}{p[a >> 20 & 1023]}{p[a >> 10 & 1023]}{p[a & 1023]}"
        f"{p[b >> 30]}{p[b >> 20 & 1023]}{p[b >> 10 & 1023]}{p[b & 1023]}"
    )


@lru_cache(8)
def _time(milliseconds: int) -> str:
    """Of one millisecond there are many ids."""
    bits = milliseconds & (1 << 48) - 1
    return "".join(_PAIRS[bits >> shift & 1023] for shift in range(40, -1, -10))


def trace_id_of(text: str) -> str:
    """The id of a trace for whatever belongs together; one that is such an id stays what it is."""
    if len(text) == _TRACE_CHARS and set(text) <= _HEX and set(text) != {"0"}:
        return text
    return hashlib.sha256(text.encode()).hexdigest()[:_TRACE_CHARS]
