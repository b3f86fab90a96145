"""The breakers of all upstreams, for those who look at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from bridge.layers.breaker import Breakers
from bridge.layers.breaker_state import State

RANKS: Mapping[State, float] = {"closed": 0.0, "half-open": 1.0, "open": 2.0}
"""The states as numbers, for metrics."""


class Broken(Protocol):
    """What has breakers, if they are not off."""

    @property
    def breakers(self) -> Breakers | None: ...


def breaker_states(members: Iterable[Broken]) -> dict[tuple[str, ...], float]:
    """By upstream and operation, `""` for the whole."""
    each = [seen for one in members if one.breakers is not None for seen in one.breakers.seen()]
    return {(one.upstream, one.operation): RANKS[one.state] for one in each}
