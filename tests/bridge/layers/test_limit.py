"""Never more at once than allowed, nobody waits for ever, no place is lost."""

from __future__ import annotations

import asyncio
import random

import pytest
from pydantic import ValidationError

from bridge.errors import Overloaded
from bridge.layers.limit import Limited, LimitsSettings, Slots
from tests.bridge.layers.world import Inner, World, passes


async def test_a_crowd_passes_a_few_at_a_time(world: World) -> None:
    inner = Inner([b"{}"] * 50, takes_s=1.0)
    service = Limited(inner, Slots(4, 100, world.clock), world.clock)
    await asyncio.gather(*(service(world.call(in_s=100.0)) for _ in range(50)))
    assert inner.most_under_way == 4
    assert world.clock.monotonic() == pytest.approx(1013.0)


async def test_a_full_queue_refuses_at_once_and_says_when_to_come_back(world: World) -> None:
    inner = Inner([b"{}"] * 9, takes_s=10.0)
    slots = Slots(2, 3, world.clock)
    service = Limited(inner, slots, world.clock)
    first = [asyncio.ensure_future(service(world.call(in_s=100.0))) for _ in range(5)]
    await inner.arrival(2)
    await passes(0.001)  # by then everybody has come as far as he can
    with pytest.raises(Overloaded) as caught:
        await service(world.call())
    assert (caught.value.retry_after_s, caught.value.outcome) == (1, "not_sent")
    await passes(10.5)  # two are done, so it is known how long one takes
    first += [asyncio.ensure_future(service(world.call(in_s=100.0))) for _ in range(2)]
    await passes(0.001)  # by then everybody has come as far as he can
    with pytest.raises(Overloaded) as caught:
        await service(world.call())
    assert caught.value.retry_after_s is not None
    assert caught.value.retry_after_s > 1
    await asyncio.gather(*first)
    assert slots.waiting == 0


async def test_waiting_ends_at_the_deadline_and_nothing_was_sent(world: World) -> None:
    inner = Inner()
    service = Limited(inner, Slots(1, 10, world.clock), world.clock)
    holder = asyncio.ensure_future(service(world.call()))
    asked = await inner.arrival()
    began = world.clock.monotonic()
    with pytest.raises(Overloaded) as caught:
        await service(world.call(in_s=2.0))
    assert caught.value.outcome == "not_sent"
    assert world.clock.monotonic() - began == pytest.approx(2.0)
    asked.reply()
    await holder
    assert len(inner.asked) == 1


async def test_no_place_is_lost_whenever_callers_leave(world: World) -> None:
    rng = random.Random(3)
    inner = Inner([b"{}"] * 1000, takes_s=0.5)
    service = Limited(inner, Slots(3, 1000, world.clock), world.clock)
    tasks = [asyncio.ensure_future(service(world.call(in_s=rng.choice([0.5, 1.0, 90.0])))) for _ in range(200)]
    for task in rng.sample(tasks, 120):
        await passes(rng.choice([0.0, 0.1, 0.25]))
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert inner.most_under_way == 3
    inner.most_under_way = 0
    await asyncio.gather(*(service(world.call()) for _ in range(9)))
    assert inner.most_under_way == 3


def test_an_attempt_longer_than_the_whole_is_refused() -> None:
    with pytest.raises(ValidationError, match="cannot be longer than deadline"):
        LimitsSettings.model_validate({"timeout": "40s", "deadline": "30s"})
