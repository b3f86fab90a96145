"""What every store promises about events that come again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.store import jobs
from bridge.store.jobs import NewJob
from bridge.store.processed import KEPT_S_MIN, first_time, forget_processed
from bridge.store.tx import Tx
from tests.contract.jobs_world import SEAL, Jobs, opened


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[Jobs]:
    made = await opened(store_url)
    yield made
    await made.store.close()


async def first(world: Jobs, event_id: str, scope: str = "orders", keep_s: float = 0.0) -> bool:
    return await world.store.write(lambda tx: first_time(tx, scope, event_id, keep_s))


async def test_the_first_time_is_once_within_a_scope(world: Jobs) -> None:
    assert [await first(world, "e1"), await first(world, "e1"), await first(world, "e2")] == [True, False, True]
    assert await first(world, "e1", "stock")


async def test_check_and_effect_are_one(world: Jobs) -> None:
    def effect(tx: Tx, *, fails: bool) -> bool:
        new = first_time(tx, "orders", "e1")
        if new:
            jobs.enqueue(tx, NewJob("q", "kind", b""), SEAL)
        if fails:
            raise LookupError
        return new

    with pytest.raises(LookupError):
        await world.store.write(lambda tx: effect(tx, fails=True))
    told = await asyncio.gather(*(world.store.write(lambda tx: effect(tx, fails=False)) for _ in range(50)))
    assert sum(told) == 1
    assert len(await world.claim(50)) == 1


async def test_of_two_nodes_one_is_first(store_url: str) -> None:
    one = await opened(store_url)
    two = await opened(store_url, one.clock)
    events = [f"e{number}" for number in range(50)]
    told = await asyncio.gather(*(first(node, event) for event in events for node in (one, two)))
    assert sum(told) == len(events)
    await one.store.close()
    await two.store.close()


async def test_it_is_kept_for_three_days_at_least_and_removed_in_batches(world: Jobs) -> None:
    for number in range(5):
        assert await first(world, f"e{number}", keep_s=1.0)
    assert await first(world, "long", keep_s=KEPT_S_MIN * 2)
    world.clock.now += KEPT_S_MIN - 1
    assert not await first(world, "e0", keep_s=1.0)
    assert await world.store.write(forget_processed) == 0
    world.clock.now += 1
    assert await first(world, "e0"), "as good as forgotten, though nobody has removed it"
    assert [await world.store.write(lambda tx: forget_processed(tx, 3)) for _ in range(3)] == [3, 1, 0]
    assert not await first(world, "long")
