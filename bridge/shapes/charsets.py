"""Sets of characters as sorted ranges of code points, and the named sets that XML Schema patterns speak of.

Pure set arithmetic; what an escape means is here, how a pattern is read is in pattern_syntax.py.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import groupby, pairwise

from bridge.shapes.blocks import BLOCKS

Charset = tuple[tuple[int, int], ...]
"""Ranges with both ends included, sorted, not touching."""

TOP = sys.maxunicode


def charset(ranges: Iterable[tuple[int, int]]) -> Charset:
    result: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


def of(*parts: str) -> Charset:
    """From single characters and two-character ranges: `of("az", "_")`."""
    return charset((ord(part[0]), ord(part[-1])) for part in parts)


def union(*sets: Charset) -> Charset:
    return charset(span for each in sets for span in each)


def complement(given: Charset) -> Charset:
    edges = [(-1, -1), *given, (TOP + 1, TOP + 1)]
    return tuple((a[1] + 1, b[0] - 1) for a, b in pairwise(edges) if a[1] + 1 <= b[0] - 1)


def minus(given: Charset, taken: Charset) -> Charset:
    return complement(union(complement(given), taken))


def both(one: Charset, other: Charset) -> Charset:
    return complement(union(complement(one), complement(other)))


def holds(given: Charset, character: str) -> bool:
    return any(low <= ord(character) <= high for low, high in given)


EVERYTHING: Charset = ((0, TOP),)
SPACE = of("\t", "\n", "\r", " ")
DOT = complement(of("\n", "\r"))
ASCII_DIGITS = of("09")
XML_CHARACTERS = of("\t", "\n", "\r", " \ud7ff", "\ue000\ufffd", "\U00010000\U0010ffff")
"""What may stand in an XML 1.0 document at all (https://www.w3.org/TR/xml/#charsets)."""

NAME_START = of(
    ":",
    "AZ",
    "_",
    "az",
    "\xc0\xd6",
    "\xd8\xf6",
    "\xf8\u02ff",
    "\u0370\u037d",
    "\u037f\u1fff",
    "\u200c\u200d",
    "\u2070\u218f",
    "\u2c00\u2fef",
    "\u3001\ud7ff",
    "\uf900\ufdcf",
    "\ufdf0\ufffd",
    "\U00010000\U000effff",
)
NAME = union(NAME_START, of("-", ".", "09", "\xb7", "\u0300\u036f", "\u203f\u2040"))


@cache
def category(name: str) -> Charset | None:
    """A general category (`L`, `Lu` …) or a block (`IsGreek`); None when there is no such thing."""
    if name.startswith("Is"):
        return charset(BLOCKS[name[2:]]) if name[2:] in BLOCKS else None
    found = [ranges for key, ranges in _categories().items() if key.startswith(name)] if 1 <= len(name) <= 2 else []
    return union(*found) if found else None


@cache
def word() -> Charset:
    r"""`\w`: all but punctuation, separators and "other"."""
    return complement(union(*(category(name) or () for name in "PZC")))


@cache
def _categories() -> dict[str, Charset]:
    found: dict[str, list[tuple[int, int]]] = {}
    for name, members in groupby(range(TOP + 1), lambda point: unicodedata.category(chr(point))):
        run = list(members)
        found.setdefault(name, []).append((run[0], run[-1]))
    return {name: tuple(ranges) for name, ranges in found.items()}
