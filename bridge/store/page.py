"""A part of a long list, and where the next one begins: lists are paged by the key of the last row seen, never by
counting, so the ten-thousandth page costs what the first does and nothing is seen twice while rows come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

LIMIT_MAX = 1000
LIMIT = 50
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`next`: what to hand in as `after` for the rest, `""` when there is none."""

    items: tuple[T, ...]
    next: str = ""


def bounded(limit: int) -> int:
    """How many rows are given at once, whatever is asked for."""
    return min(max(limit, 1), LIMIT_MAX)


def page_of(rows: Sequence[T], limit: int, key: Callable[[T], str]) -> Page[T]:
    """Of `limit + 1` rows that were asked for: the page, and whether something follows."""
    items = tuple(rows[:limit])
    return Page(items, key(items[-1]) if items and len(rows) > limit else "")
