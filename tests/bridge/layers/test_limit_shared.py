"""Places of all workers: as with those of one, who finds none in time is refused and told when to come back."""

from __future__ import annotations

import asyncio

import pytest

from bridge.errors import Overloaded
from bridge.layers.limit_shared import SharedSlots
from tests.bridge.layers.meeting import MeetingBus
from tests.bridge.layers.world import LoopClock, World


def slots(bus: MeetingBus, concurrency: int, queue: int) -> SharedSlots:
    return SharedSlots(bus.places("limit.shop", concurrency), concurrency, queue, 2, LoopClock())


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_two_workers_share_the_places(world: World) -> None:
    bus = MeetingBus()
    one, other = slots(bus, 1, 10), slots(bus, 1, 10)
    await one.take(now() + 30)
    waiting = asyncio.create_task(other.take(now() + 30))
    await asyncio.sleep(0)  # who asks gets in line in his first turn, which is the next one
    assert not waiting.done()
    one.give_back(0.5)
    await waiting
    with pytest.raises(Overloaded) as refused:
        await one.take(now() + 2)
    assert refused.value.retry_after_s == 1
    other.give_back(1.0)


async def test_without_a_queue_nobody_waits(world: World) -> None:
    bus = MeetingBus()
    one = slots(bus, 1, 0)
    await one.take(now() + 30)
    before = now()
    with pytest.raises(Overloaded):
        await one.take(now() + 30)
    assert now() == before


async def test_each_worker_lets_its_part_of_the_queue_wait(world: World) -> None:
    bus = MeetingBus()
    one = slots(bus, 1, 4)
    await one.take(now() + 30)
    waiting = [asyncio.create_task(one.take(now() + 30)) for _ in range(3)]
    await asyncio.sleep(0)  # who asks gets in line in his first turn, which is the next one
    with pytest.raises(Overloaded):
        await one.take(now() + 30)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
