"""Two nodes whose batches take the same rows: neither waits for the other while it holds some.

The server finds a deadlock only after minutes here, so one that happened would be told as a lock not had in time.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import psycopg
import pytest
from sqlalchemy import text

from bridge.clock import SystemClock
from bridge.errors import StoreUnavailable
from bridge.store import jobs, topics
from bridge.store.jobs import NewJob
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.contract.notes import UPDATE, found, put, ready
from tests.servers.postgresql import Postgresql, postgresql

SEAL = Seal(None)
TASKS, EACH = 12, 15
SLEEP = text("SELECT pg_sleep(60)")


@pytest.fixture(scope="module")
def slow_to_see() -> Iterator[Postgresql]:
    with postgresql("fsync=off", "deadlock_timeout=10min") as running:
        yield running


@pytest.fixture
def url(slow_to_see: Postgresql) -> str:
    return slow_to_see.database()


@pytest.fixture
async def nodes(url: str) -> AsyncIterator[list[Store]]:
    both = [await ready(await Store.open(StoreSettings(url=url), SystemClock())) for _ in range(2)]
    yield both
    for one in both:
        await one.close()


async def test_topics_that_both_nodes_append_to(nodes: list[Store]) -> None:
    async def appending(store: Store, seed: int) -> None:
        chosen = random.Random(seed)
        for _ in range(EACH):
            name = f"t{chosen.randrange(8)}"
            await store.write(lambda tx, name=name: topics.append(tx, name, [topics.Message(b"x")]))

    await asyncio.gather(*(appending(store, n) for n in range(TASKS) for store in nodes))
    ends = [await nodes[0].read(lambda tx, n=n: topics.extent(tx, f"t{n}")) for n in range(8)]
    assert sum(end.next for end in ends if end) == TASKS * EACH * 2


async def test_jobs_with_few_keys_that_both_nodes_work_on(nodes: list[Store]) -> None:
    done: list[str] = []

    async def working(store: Store, seed: int) -> None:
        chosen = random.Random(seed)
        for _ in range(EACH):
            job = NewJob("q", "k", b"{}", key=f"k{chosen.randrange(5)}")
            await store.write(lambda tx, job=job: jobs.enqueue(tx, job, SEAL))
            await work(store)

    async def work(store: Store) -> None:
        claimed = await store.write(lambda tx: jobs.claim(tx, "q", "w", 3, 60, SEAL))
        ends = (store.write(lambda tx, job=job: jobs.done(tx, job.id, job.fence, SEAL)) for job in claimed)
        assert all(await asyncio.gather(*ends))
        done.extend(job.id for job in claimed)

    await asyncio.gather(*(working(store, n) for n in range(TASKS) for store in nodes))
    while len(done) < TASKS * EACH * 2:
        await work(nodes[0])
    assert len(set(done)) == TASKS * EACH * 2


def _touch(name: str) -> Callable[[Tx], str]:
    def unit(tx: Tx) -> str:
        assert tx.run(UPDATE, which=name, said=name.encode()) == 1
        return name

    return unit


async def test_batches_that_cross_are_both_written_and_in_their_order(nodes: list[Store]) -> None:
    names = [f"n{n}" for n in range(6)]
    for name in names:
        await nodes[0].write(put(name, id_=name))
    both = threading.Barrier(2, timeout=60)
    runs: list[str] = []

    def first(name: str) -> Callable[[Tx], str]:
        def unit(tx: Tx) -> str:
            runs.append(name)
            _touch(name)(tx)
            if runs.count(name) == 1:
                both.wait()
            return name

        return unit

    async def batch(store: Store, order: list[str]) -> list[str]:
        gate = threading.Event()
        waits = asyncio.create_task(store.write(lambda tx: gate.wait(60)))
        units = [first(order[0]), *(_touch(name) for name in order[1:])]
        writing = [asyncio.create_task(store.write(unit)) for unit in units]
        await asyncio.sleep(0)  # a task gets in line in its first turn, which is the next one
        gate.set()
        await waits
        return await asyncio.gather(*writing)

    told = await asyncio.gather(batch(nodes[0], names), batch(nodes[1], names[::-1]))
    assert told == [names, names[::-1]]
    assert sum(store.figures.conflicts for store in nodes) > 0, "an operator sees that they met"


async def test_who_waits_for_a_row_keeps_nobody_before_it_from_being_told(nodes: list[Store], url: str) -> None:
    store = nodes[0]
    await store.write(put("held", id_="held"))
    with psycopg.connect(url) as other:
        other.execute("UPDATE test_notes SET body = body WHERE id = 'held'")
        gate = threading.Event()
        waits = asyncio.create_task(store.write(lambda tx: gate.wait(60)))
        before = asyncio.create_task(store.write(put("before")))
        held = asyncio.create_task(store.write(_touch("held")))
        after = asyncio.create_task(store.write(put("after")))
        await asyncio.sleep(0)  # a task gets in line in its first turn, which is the next one
        gate.set()
        await waits
        assert await before == "before"
        assert not held.done()
        # Another node sees what was told, and nothing of whoever waits.
        assert sorted(await found(nodes[1])) == ["before", "held"]
        with pytest.raises(StoreUnavailable) as told:
            await held
        assert told.value.outcome == "not_sent"
        assert await after == "after", "it did not want that row"


async def test_a_row_that_another_node_has_just_made_is_seen_at_the_next_try(nodes: list[Store], url: str) -> None:
    runs: list[str] = []

    def unit(tx: Tx) -> str:
        mine = f"r{len(runs)}"
        runs.append(mine)
        if len(runs) <= 3:
            with psycopg.connect(url) as rival:
                rival.execute("INSERT INTO test_notes SELECT %s, topic, body FROM test_notes LIMIT 1", (mine,))
        return put(mine, id_=mine)(tx)

    await nodes[0].write(put("any"))
    assert await nodes[0].write(unit) == "r3"


async def test_a_query_whose_caller_has_gone_is_ended_at_the_server(nodes: list[Store], url: str) -> None:
    store = nodes[0]
    active = text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE :said AND state = 'active' AND pid <> :own")

    def running(tx: Tx) -> int:
        ((own,),) = tx.select(text("SELECT pg_backend_pid()"))
        ((number,),) = tx.select(active.bindparams(said="%pg_sleep(60)%", own=own))
        return int(number)

    reading = [asyncio.create_task(store.read(lambda tx: tx.select(SLEEP))) for _ in range(3)]
    while await store.read(running) < 3:
        pass
    for one in reading:
        one.cancel()
    async with asyncio.timeout(15):  # less than a statement may take by itself
        while await store.read(running):
            pass


async def test_who_stands_still_in_a_transaction_soon_loses_what_it_holds(nodes: list[Store]) -> None:
    asked = text("SELECT current_setting('idle_in_transaction_session_timeout')")
    assert await nodes[0].write(lambda tx: tx.select(asked)) == [("5s",)]
