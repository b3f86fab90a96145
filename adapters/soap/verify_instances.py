"""Stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.call import JsonValue
from bridge.shapes.model import Described
from bridge.shapes.samples import NoSample, sample


class Coverage:
    """Nothing."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One."""

    value: JsonValue
    goals: tuple[str, ...]


def instances(
    described: Described, coverage: Coverage, *, instances_max: int = 200, values_max: int = 400, seed: int = 0
) -> Iterator[Instance]:
    """Some."""
    for one in range(4):
        try:
            yield Instance(sample(described, seed + one), ())
        except NoSample:
            continue
    try:
        yield Instance(sample(described, optional=False), ())
    except NoSample:
        return
