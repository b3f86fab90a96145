"""Two nodes on one store at the same time: nothing runs twice, nothing is left lying, and each key keeps its order."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import suppress

import pytest

from bridge.store.jobs import DEDUPE_KEPT_S, Job, NewJob, Terms, claim, claim_more, done, enqueue
from bridge.store.statement import Statement, Value
from bridge.store.tx import Row, Tx
from tests.contract.jobs_world import LEASE_S, SEAL, Jobs, opened

KEYS, JOBS_EACH = 5, 40


several_writers = pytest.mark.parametrize("store_kind", ["postgresql"])
"""SQLite has one writer at a time, so nobody can come in between."""


class Together:
    """A transaction that waits, after it has looked at one row for the first time, until another has done so too."""

    def __init__(self, tx: Tx, looked: threading.Barrier) -> None:
        self._tx, self._looked, self._first = tx, looked, True

    def one(self, statement: Statement, **values: Value) -> Row | None:
        row = self._tx.one(statement, **values)
        if self._first:
            self._first = False
            with suppress(threading.BrokenBarrierError):
                self._looked.wait(10)
        return row

    def __getattr__(self, name: str) -> object:
        return getattr(self._tx, name)


async def test_each_key_in_its_order_while_two_nodes_hand_in_and_work(store_url: str) -> None:
    one = await opened(store_url)
    two = await opened(store_url, one.clock)
    accepted: dict[str, list[str]] = {f"k{number}": [] for number in range(KEYS)}
    ran: dict[str, list[str]] = {key: [] for key in accepted}
    running: set[str] = set()
    left = KEYS * JOBS_EACH

    async def hand_in(key: str, rng: random.Random) -> None:
        for _ in range(JOBS_EACH):
            accepted[key].append(await rng.choice((one, two)).put(key=key))

    async def work(node: Jobs, name: str, rng: random.Random) -> None:
        nonlocal left
        while left:
            for job in await node.claim(rng.randint(1, 4), name):
                if await _run(node, job):
                    left -= 1

    async def _run(node: Jobs, job: Job) -> bool:
        assert job.key not in running, "two of one key at a time"
        running.add(job.key)
        ran[job.key].append(job.id)
        await asyncio.sleep(0)  # lets the others run while a job is under way: that is what is tried
        running.discard(job.key)
        return await node.done(job)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for number, key in enumerate(accepted):
            group.create_task(hand_in(key, random.Random(number)))
        for number, node in enumerate((one, two, one, two)):
            group.create_task(work(node, f"w{number}", random.Random(number)))
    assert ran == accepted
    await one.store.close()
    await two.store.close()


@several_writers
async def test_a_job_that_comes_while_another_node_ends_its_head_is_not_left_lying(store_url: str) -> None:
    one = await opened(store_url)
    two = await opened(store_url, one.clock)
    await one.put(key="k")
    head = await one.one()
    ended, go_on = threading.Event(), threading.Event()

    def ending(tx: Tx) -> bool:
        ours = done(tx, head.id, head.fence, SEAL)
        ended.set()
        go_on.wait(30)
        return ours

    ends = asyncio.create_task(one.store.write(ending))
    await asyncio.to_thread(ended.wait, 30)
    late = await two.put(key="k")
    assert await two.claim() == [], "its head has not ended for anybody else yet"
    go_on.set()
    assert await ends
    assert [job.id for job in await two.claim()] == [late]
    await one.store.close()
    await two.store.close()


@several_writers
async def test_a_dedupe_key_kept_long_enough_is_given_to_one_job_by_two_nodes_at_once(store_url: str) -> None:
    one = await opened(store_url)
    two = await opened(store_url, one.clock)
    await one.put(dedupe="d")
    await one.done(await one.one())
    one.clock.now += DEDUPE_KEPT_S
    looked = threading.Barrier(2)

    def hand_in(tx: Tx) -> str:
        return enqueue(Together(tx, looked), NewJob("q", "kind", b"{}", dedupe="d"), SEAL)  # type: ignore[arg-type]  # a Tx in all that is used of it

    first, second = await asyncio.gather(one.store.write(hand_in), two.store.write(hand_in))
    assert first == second
    await one.store.close()
    await two.store.close()


@several_writers
async def test_a_claim_does_not_wait_for_another_node_that_claims_from_the_same_bounded_queue(store_url: str) -> None:
    one = await opened(store_url)
    two = await opened(store_url, one.clock)
    terms = Terms(concurrency=4)
    assert await one.claim(terms=terms) == []
    ids = [await one.put() for _ in range(4)]
    claimed, go_on = threading.Event(), threading.Event()

    def claiming(tx: Tx) -> list[Job]:
        found = claim(tx, "q", "one", 2, LEASE_S, SEAL, terms)
        claimed.set()
        go_on.wait(30)
        return found

    claims = asyncio.create_task(one.store.write(claiming))
    await asyncio.to_thread(claimed.wait, 30)
    again = await two.store.write(lambda tx: claim_more(tx, "q", "two", 4, LEASE_S, SEAL, terms))
    assert (again.jobs, again.limited, 0 < (again.again_in_s or 0) < 1) == ((), True, True)
    go_on.set()
    assert [job.id for job in await claims] == ids[:2]
    assert [job.id for job in await two.claim(terms=terms)] == ids[2:]
    await one.store.close()
    await two.store.close()
