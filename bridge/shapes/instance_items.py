"""Arrangements of `Items`: which members in which order. The shape tells some that are right; others, and texts among
them, are marked: whoever writes them must be ready for a refusal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bridge.shapes.model import Items

PAIRS_MAX, MEMBERS_MAX = 12, 60
TEXT = "@text"
REPEATS = (2, 3, 4)


@dataclass(frozen=True, slots=True)
class Way:
    """`members`: by index. `unsure`: the contract may want another order. `group`: the class of the goal."""

    members: tuple[int, ...]
    unsure: bool = True
    group: int = 0


def ways(shape: Items, free: Sequence[bool]) -> dict[str, Way]:
    """By goal, in the order in which they should be shown: the plainest first."""
    found: dict[str, Way] = {}
    for way in _all(shape, free):
        within = shape.min_items <= len(way.members) and (
            shape.max_items is None or len(way.members) <= shape.max_items
        )
        keys = [shape.members[index].key for index in way.members]
        side_by_side = any(one == other == TEXT for one, other in pairwise(keys))
        if within and not side_by_side:
            found.setdefault(f"[{', '.join(keys)}]", way)
    return found


def _all(shape: Items, free: Sequence[bool]) -> Iterator[Way]:
    numbers = {member.key: index for index, member in enumerate(shape.members)}
    for order in shape.orders:
        members = tuple(numbers[key] for key in order)
        yield Way(members, unsure=False, group=2 if any(free[index] for index in members) else 0)
    needed = tuple(index for index, member in enumerate(shape.members) if member.required)
    plain = [index for index in range(len(shape.members)) if not free[index]]
    texts = [index for index in plain if shape.members[index].key == TEXT]
    yield Way(needed or tuple(plain[:2]))
    yield Way((), unsure=False)
    for index in range(min(len(shape.members), MEMBERS_MAX)):
        members = tuple(sorted({*needed, index}))
        yield Way(members, unsure=True, group=2 if free[index] else 0)
    for first, second in _pairs(plain, texts):
        yield Way((first, second), group=1)
        yield Way((second, first), group=1)
    for index in [one for one in plain if one not in texts][:1]:
        yield from (Way((text, index, text), group=1) for text in texts)
        yield from (Way((index,) * times, group=1) for times in REPEATS)
    if needed:
        yield Way(needed * 2, group=1)
        yield from (Way((index,), group=1) for index in plain[:PAIRS_MAX])


def _pairs(plain: Sequence[int], texts: Sequence[int]) -> Iterator[tuple[int, int]]:
    found = [
        *pairwise(plain),
        *((text, index) for text in texts for index in plain if index != text),
    ]
    yield from dict.fromkeys(found[:PAIRS_MAX])
