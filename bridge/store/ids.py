"""Ids that sort by the time they were made and that nobody guesses: ULIDs, 48 bits of milliseconds and 80 of chance
(https://github.com/ulid/spec), 26 characters of Crockford's base 32 in lower case."""

from __future__ import annotations

import secrets

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26


def new_id(now: float) -> str:
    """`now`: seconds since the epoch."""
    number = (int(now * 1000) & (1 << 48) - 1) << 80 | secrets.randbits(80)
    return "".join(_LETTERS[number >> shift & 31] for shift in range(125, -1, -5))
