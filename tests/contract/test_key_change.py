"""Another key for a store that several nodes use: in the order of docs/journal.md nobody notices; in any other, jobs
that a node cannot open are left to those that can."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from bridge.clock import SystemClock
from bridge.events import Event, JobDead
from bridge.events_store import KeyMissing
from bridge.queue.handlers import Handlers, Result
from bridge.queue.settings import QueueSettings
from bridge.queue.worker import Worker
from bridge.queue.worker_run import Workbench
from bridge.store.jobs import Job, NewJob, Terms, claim_more, depths, enqueue, standing
from bridge.store.jobs_claim import KEY_MISSING, Claimed
from bridge.store.keys import unlock
from bridge.store.reseal import reseal
from bridge.store.schema.jobs import jobs as table
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.contract.jobs_world import MovedClock

ONE, TWO = bytes(range(32)), bytes(range(1, 33))
BEFORE, AFTER = Seal(ONE), Seal(TWO, [ONE])
LEASE_S = 30.0


class Node:
    """A process of its own as far as the store can tell, with its own keys."""

    def __init__(self, store: Store, seal: Seal, clock: MovedClock) -> None:
        self.store, self.seal, self.clock = store, seal, clock

    async def put(self, **more: object) -> str:
        job = NewJob("q", "kind", b"{}", **more)  # type: ignore[arg-type]  # whatever a test gives
        return await self.store.write(lambda tx: enqueue(tx, job, self.seal))

    async def claim(self, limit: int = 10, terms: Terms | None = None) -> Claimed:
        return await self.store.write(
            lambda tx: claim_more(tx, "q", self.seal.key_id, limit, LEASE_S, self.seal, terms or Terms())
        )

    async def state(self, job_id: str) -> tuple[str, int, str]:
        found = await self.store.read(lambda tx: standing(tx, job_id))
        assert found is not None
        return found.state, found.attempt, found.code


@pytest.fixture
async def nodes(store_url: str) -> AsyncIterator[tuple[Node, Node]]:
    """The one that was not restarted, and the one that writes with the new key."""
    clock = MovedClock()
    stores = [await Store.open(StoreSettings(url=store_url), clock, own_time=True) for _ in range(2)]
    yield Node(stores[0], BEFORE, clock), Node(stores[1], AFTER, clock)
    for store in stores:
        await store.close()


async def test_a_job_whose_key_a_node_does_not_have_is_left_to_another(nodes: tuple[Node, Node]) -> None:
    old, new = nodes
    sealed, plain = await new.put(key="k"), await old.put()
    behind = await old.put(key="k")
    found = await old.claim()
    assert [job.id for job in found.jobs] == [plain]
    assert (found.sealed, found.unreadable) == (((sealed, AFTER.key_id),), ())
    assert (found.limited, found.aside_s > 5) == (True, True), "it steps aside, so that whoever has the key is quicker"
    assert await old.state(sealed) == ("waiting", 0, KEY_MISSING)
    assert (await new.claim()).jobs == (), "not at once, or the one without the key would take it again"
    new.clock.now += 5
    assert [(job.id, job.attempt) for job in (await new.claim()).jobs] == [(sealed, 1)]
    assert (await old.state(behind))[0] == "blocked", "those of its key wait behind it as ever"


async def test_it_is_never_dead_however_often_a_node_comes_upon_it(nodes: tuple[Node, Node]) -> None:
    old, new = nodes
    sealed, pauses = await new.put(attempts_max=1), []
    for turn in range(6):
        old.clock.now += 600 if turn == 3 else 0
        begun = old.clock.now
        while not (await old.claim()).sealed:
            old.clock.now += 1
        pauses.append(old.clock.now - begun)
    assert await old.state(sealed) == ("waiting", 0, KEY_MISSING)
    assert pauses == [0, 5, 5, 0, 60, 60]
    old.clock.now += 60
    assert [(found.aside_s, len(found.sealed)) for found in [await old.claim()]] == [(0.0, 1)]
    new.clock.now += 60
    assert [job.id for job in (await new.claim()).jobs] == [sealed]


async def test_what_it_leaves_costs_nothing_of_a_rate(nodes: tuple[Node, Node]) -> None:
    old, new = nodes
    terms = Terms(rate_per_s=1.0, burst=2)
    for _ in range(2):
        await new.put()
    assert len((await old.claim(terms=terms)).sealed) == 2
    own = await old.put()
    assert [job.id for job in (await old.claim(terms=terms)).jobs] == [own]


async def test_what_is_damaged_is_dead_at_once(nodes: tuple[Node, Node]) -> None:
    old, _ = nodes
    damaged = await old.put()
    await old.store.write(lambda tx: tx.select(update(table).values(payload=b"\x02odd").returning(table.c.id)))
    assert (await old.claim()).unreadable == (damaged,)
    assert (await old.state(damaged))[0] == "dead"


async def test_two_workers_of_which_one_has_the_new_key(store_url: str) -> None:
    stores = [await Store.open(StoreSettings(url=store_url), SystemClock()) for _ in range(2)]
    events, ran, all_ran, told = list[Event](), list[str](), asyncio.Event(), asyncio.Event()

    def emit(event: Event) -> None:
        events.append(event)
        if isinstance(event, KeyMissing):
            told.set()

    async def run(job: Job) -> Result:
        ran.append(job.id)
        if len(ran) == 60:
            all_ran.set()
        return Result()

    def worker(store: Store, seal: Seal) -> Worker:
        handlers = Handlers()
        handlers.add("kind", run, lambda _: True)
        made = Worker(Workbench(store, seal, handlers, SystemClock(), emit, seal.key_id), {"q": QueueSettings()})
        made.start()
        return made

    workers = [worker(stores[0], BEFORE)]
    put = [
        await stores[1].write(lambda tx, seal=seal: enqueue(tx, NewJob("q", "kind", b"{}"), seal))
        for seal in (BEFORE, AFTER) * 30
    ]
    async with asyncio.timeout(60):
        await told.wait()
        workers.append(worker(stores[1], AFTER))
        await all_ran.wait()
    for one in workers:
        await one.stop(5)
    assert sorted(ran) == sorted(put)
    assert {event.key_id for event in events if isinstance(event, KeyMissing)} == {AFTER.key_id}
    assert [event for event in events if isinstance(event, JobDead)] == []
    assert (await stores[0].read(lambda tx: depths(tx, "q")))["done"] == 60
    for store in stores:
        await store.close()


@pytest.mark.parametrize("first", [ONE, None], ids=["another key", "a key for a store that had none"])
async def test_in_the_documented_order_nothing_is_left_by_anybody(
    store_url: str, tmp_path: Path, first: bytes | None
) -> None:
    """Each step restarts one node after the other; whoever is up works on what any has put."""
    before = {"key": _file(tmp_path, first)} if first else {}
    steps: list[dict[str, object]] = [
        before,
        {**before, "old_keys": [_file(tmp_path, TWO)]},
        {"key": _file(tmp_path, TWO), "old_keys": [_file(tmp_path, first)] if first else []},
    ]
    clock, job_ids = MovedClock(), list[str]()
    running = [await _started(store_url, steps[0], clock), await _started(store_url, steps[0], clock)]
    for step in steps[1:]:
        for place in range(2):
            await running[place].store.close()
            running[place] = await _started(store_url, step, clock)
            job_ids += [await node.put() for node in running for _ in range(2)]
            for node in running:
                found = await node.claim(2)
                assert (len(found.jobs), found.sealed, found.unreadable) == (2, (), ())
    left = await running[0].put()
    await reseal(running[1].store, running[1].seal)
    for node in running:
        await node.store.close()
    last = await _started(store_url, {"key": _file(tmp_path, TWO)}, clock)
    assert [job.id for job in (await last.claim(20)).jobs] == [left], "without the key before"
    await last.store.close()


async def _started(url: str, keys: dict[str, object], clock: MovedClock) -> Node:
    settings = StoreSettings.model_validate({"url": url, **keys})
    store = await Store.open(settings, clock, own_time=True)
    return Node(store, await unlock(store, settings), clock)


def _file(folder: Path, key: bytes) -> str:
    path = folder / key.hex()
    path.write_bytes(base64.b64encode(key))
    return f"file:{path}"
