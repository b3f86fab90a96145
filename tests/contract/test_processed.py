"""What every store promises about events that come again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from bridge.store import jobs
from bridge.store.failpoints import VARIABLE
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


async def test_two_nodes_that_race_have_each_effect_once(store_url: str) -> None:
    one = await opened(store_url)
    two = await opened(store_url, one.clock)

    def effect(tx: Tx, event: str) -> bool:
        new = first_time(tx, "orders", event)
        if new:
            jobs.enqueue(tx, NewJob("q", "kind", event.encode()), SEAL)
        return new

    events = [f"e{number}" for number in range(30)]
    told = await asyncio.gather(
        *(node.store.write(lambda tx, event=event: effect(tx, event)) for event in events for node in (one, two, one))  # type: ignore[misc]  # mypy knows no default here
    )
    assert sum(told) == len(events)
    assert sorted(job.payload.decode() for job in await one.claim(100)) == sorted(events)
    await one.store.close()
    await two.store.close()


@pytest.mark.parametrize(
    ("point", "was_new"), [("processed.mark", True), ("store.commit", True), ("store.committed", False)]
)
async def test_killed_on_the_way_and_tried_again_it_has_one_effect(
    store_url: str, point: str, *, was_new: bool
) -> None:
    """Before the commit nothing of it is there; after it both mark and effect are, whoever heard of it."""
    world = await opened(store_url)
    assert await first(world, "before", "other")  # the tables are there
    assert await _taken(store_url, {VARIABLE: point}) == (-signal.SIGKILL, "")
    assert await _taken(store_url, {}) == (0, f"{was_new}\n")
    assert await _taken(store_url, {}) == (0, "False\n")
    assert len(await world.claim(10)) == 1
    await world.store.close()


async def _taken(url: str, env: dict[str, str]) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.contract.processed_process", url, "e1"),
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()
