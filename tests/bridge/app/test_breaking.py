"""The breakers of all upstreams."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bridge.app.breaking import breaker_states
from bridge.clock import SystemClock
from bridge.layers.breaker import WHOLE, Breakers, BreakerSettings


@dataclass
class Member:
    """Only what is looked at."""

    breakers: Breakers | None


def test_states_as_numbers() -> None:
    breakers = Breakers("shop", BreakerSettings().terms, SystemClock(), lambda _: None, random.Random(1))
    breakers.of("GetOrder")
    members = [Member(None), Member(breakers)]
    assert breaker_states(members) == {("shop", WHOLE): 0.0}
    breakers.hand("GetOrder", "open")
    assert breaker_states(members) == {("shop", WHOLE): 0.0, ("shop", "GetOrder"): 2.0}
