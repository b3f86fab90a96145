"""What a worker that was away for longer than its lease does with what it had begun: no job is done twice at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import update

from bridge.errors import StoreUnavailable
from bridge.events import JobDone, LeaseLost, QueuePaused
from bridge.store.schema.jobs import jobs as table
from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.contract.jobs_world import T
from tests.contract.worker_world import Gate, World

RUN_OUT = Statement(update(table).values(lease_until=0.0))


class Refusing(Store):
    """A store that refuses what it is told to, once, and is back at once."""

    def __init__(self, inner: Store) -> None:
        self._inner, self.refuses = inner, False

    async def write(self, unit: Callable[[Tx], T]) -> T:
        if self.refuses:
            self.refuses = False
            raise StoreUnavailable(cause="the disk is full")
        return await self._inner.write(unit)


@pytest.fixture
async def world(store: Store, store_url: str) -> AsyncIterator[World]:
    made = World(store, store_url)
    async with asyncio.timeout(60):
        yield made
        for worker in made.workers:
            await worker.stop(0)


async def test_who_takes_a_job_over_from_himself_stops_what_he_had_begun(world: World) -> None:
    gate = Gate()
    worker = world.worker(gate, lease="60s")
    await world.put()
    await gate.began.wait()
    await world.store.write(lambda tx: tx.run(RUN_OUT))  # the clock was put forward by more than a lease
    worker.wake("q")
    await world.seen(LeaseLost)
    gate.open.set()
    await world.seen(JobDone)
    assert (gate.runs, gate.most) == (2, 1)


async def test_what_the_store_did_not_take_in_time_is_written_before_anything_is_taken_over(world: World) -> None:
    gate, store = Gate(), Refusing(world.store)
    worker = world.worker(gate, repeatable=False, store=store, lease="60s")
    job_id = await world.put()
    await gate.began.wait()
    store.refuses = True
    gate.open.set()
    await world.seen(QueuePaused)
    await world.store.write(lambda tx: tx.run(RUN_OUT))
    worker.wake("q")
    await world.seen(JobDone)
    assert await world.state(job_id) == "done"
