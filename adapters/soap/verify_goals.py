"""The kinds of goals that instances meet, for people: which of them, how many were met, how many there are."""

from __future__ import annotations

import re

KINDS: dict[str, re.Pattern[str]] = {
    "edges of values": re.compile(r" edge .*", re.DOTALL),
    "choice branches": re.compile(r" -> .*", re.DOTALL),
    "derived types": re.compile(r" is .*", re.DOTALL),
    "absent": re.compile(r" absent"),
    "present": re.compile(r" present"),
    "nil": re.compile(r" (?:null|nil)"),
    "lists of 0, 1 and more": re.compile(r"\[\d+\]"),
    "orders of repeated choices": re.compile(r"\[.*\]", re.DOTALL),
    "free XML": re.compile(r".*", re.DOTALL),
}
"""By what follows the place; the first that fits the whole of it."""


def kind_of(label: str) -> str:
    """The kind of a goal by its label."""
    return next(kind for kind, pattern in KINDS.items() if pattern.fullmatch(label))
