"""What every store promises about workers: jobs get done, are tried again, taken over, given back and stopped."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from bridge.errors import CallError, DoesNotFit, OutcomeUnknown, UpstreamUnreachable
from bridge.events import (
    InternalError,
    JobCancelled,
    JobDead,
    JobDone,
    JobRetried,
    JobsGivenBack,
    JobTakenOver,
    LeaseLost,
)
from bridge.queue.handlers import Result
from bridge.store import jobs
from bridge.store.jobs import Job
from bridge.store.schema.jobs import AGAIN, NO
from bridge.store.schema.jobs import jobs as table
from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.contract.jobs_world import SEAL, Held
from tests.contract.worker_world import Gate, Run, World

LEASE = Statement(select(table.c.lease_until))
CLAIMED_AT = Statement(select(table.c.claimed_at))
STEAL = Statement(update(table).values(fence=table.c.fence + 1))
LEASE_S = 3.0


@pytest.fixture
async def world(store: Store, store_url: str) -> AsyncIterator[World]:
    made = World(store, store_url)
    async with asyncio.timeout(60):
        yield made
        for worker in made.workers:
            await worker.stop(0)


class Odd(CallError):
    """One whose code no database can keep."""

    code = "\ud800"


async def nothing(_: Job) -> Result:
    return Result()


def failing(*errors: Exception) -> Run:
    """Fails in this way, one error each time, and then goes well."""
    left = list(errors)

    async def run(_: Job) -> Result:
        if left:
            raise left.pop(0)
        return Result()

    return run


async def test_jobs_are_done_and_their_results_kept(world: World) -> None:
    gate = Gate()
    gate.open.set()
    world.worker(gate)
    ids = [await world.put() for _ in range(50)]
    await world.seen(JobDone, 50)
    assert {await world.state(job_id) for job_id in ids} == {"done"}
    assert await world.store.read(lambda tx: jobs.result(tx, ids[0], SEAL)) == b"through"


async def test_jobs_with_a_key_run_one_after_another_in_their_order(world: World) -> None:
    ran: list[str] = []

    async def run(job: Job) -> Result:
        ran.append(job.id)
        await asyncio.sleep(0)  # lets another run while this one does, which it must not
        return Result()

    ids = [await world.put(key="k") for _ in range(12)]
    world.worker(run)
    await world.seen(JobDone, 12)
    assert ran == ids


async def test_what_may_pass_by_itself_is_tried_again(world: World) -> None:
    world.worker(failing(UpstreamUnreachable(cause="refused"), UpstreamUnreachable()))
    job_id = await world.put()
    await world.seen(JobDone)
    assert await world.state(job_id) == "done"
    assert [(e.attempt, e.code) for e in await world.seen(JobRetried) if isinstance(e, JobRetried)] == [
        (1, "upstream_unreachable"),
        (2, "upstream_unreachable"),
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DoesNotFit(), "does_not_fit"),
        (OutcomeUnknown(), "outcome_unknown"),
        (KeyError("x"), "internal_error"),
    ],
)
async def test_what_does_not_get_better_is_dead_at_once(world: World, error: Exception, code: str) -> None:
    world.worker(failing(error), retry={"on": {"outcome_unknown": "dead"}})
    job_id = await world.put()
    (event,) = await world.seen(JobDead)
    assert isinstance(event, JobDead)
    assert (event.code, event.attempt, await world.state(job_id)) == (code, 1, "dead")
    assert bool([one for one in world.events if isinstance(one, InternalError)]) == (not isinstance(error, CallError))


async def test_a_job_without_a_handler_is_dead_and_says_so(world: World) -> None:
    world.worker(nothing)
    await world.put(kind="strange")
    (event,) = await world.seen(JobDead)
    assert isinstance(event, JobDead)
    assert event.code == "no_handler"


async def test_one_worker_runs_no_more_than_it_may_at_a_time(world: World) -> None:
    gate = Gate()
    world.worker(gate, per_worker=3, prefetch=5)
    for _ in range(10):
        await world.put()
    await gate.began.wait()
    gate.open.set()
    await world.seen(JobDone, 10)
    assert gate.most == 3


async def test_two_workers_run_no_more_than_the_queue_allows(world: World) -> None:
    gate = Gate()
    for name in ("one", "two"):
        world.worker(gate, name=name, concurrency=4, per_worker=4)
    for _ in range(20):
        await world.put()
    await gate.began.wait()
    gate.open.set()
    await world.seen(JobDone, 20)
    assert gate.most <= 4


async def test_a_graceful_stop_lets_what_runs_finish_and_gives_the_rest_back_uncounted(world: World) -> None:
    gate = Gate()
    worker = world.worker(gate, per_worker=1, prefetch=5)
    first, second = await world.put(), await world.put()
    await gate.began.wait()
    while worker.held < 2:
        await world.state(second)  # a look at the store, until the worker has claimed it too
    stopping = asyncio.create_task(worker.stop(30))
    await world.seen(JobsGivenBack)
    gate.open.set()
    await stopping
    assert (await world.state(first), await world.state(second)) == ("done", "ready")
    (job,) = await world.store.write(lambda tx: jobs.claim(tx, "q", "two", 5, 30.0, SEAL))
    assert (job.id, job.attempt) == (second, 1)


async def test_what_is_claimed_while_it_stops_is_given_back_too(world: World) -> None:
    held = Held(world.store)
    held.holding = True
    job_id = await world.put()
    worker = world.worker(nothing, store=held)
    await held.done.wait()
    assert await world.state(job_id) == "running"
    stopping = asyncio.create_task(worker.stop(30))
    await asyncio.sleep(0)  # it is told to stop in its first turn, which is the next one
    held.holding = False
    held.release.set()
    await stopping
    assert await world.state(job_id) == "ready"
    (job,) = await world.store.write(lambda tx: jobs.claim(tx, "q", "two", 5, 30.0, SEAL))
    assert job.attempt == 1


async def test_a_store_that_does_not_answer_costs_the_lease_and_not_a_second_owner(world: World) -> None:
    gate, held = Gate(), Held(world.store)
    world.worker(gate, store=held)
    await world.put()
    await gate.began.wait()
    held.holding = True
    async with asyncio.timeout(5 * LEASE_S):
        await world.seen(LeaseLost)
    assert gate.running == 0
    held.release.set()


async def test_what_the_store_does_not_take_of_one_job_is_no_fault_of_those_that_end_with_it(world: World) -> None:
    gate = Gate()

    async def run(job: Job) -> Result:
        await gate(job)
        if job.id == ids[0]:
            raise Odd
        return Result(b"through")

    ids = [await world.put() for _ in range(3)]
    world.worker(run)
    while gate.running < len(ids):
        await world.state(ids[0])
    gate.open.set()
    await world.seen(JobDone, 2)
    assert [await world.state(one) for one in ids] == ["running", "done", "done"]


async def test_what_does_not_finish_in_time_is_given_back_or_dead_where_it_must_not_be_repeated(world: World) -> None:
    for repeatable, expected in ((True, "ready"), (False, "dead")):
        gate = Gate()
        worker = world.worker(gate, repeatable=repeatable)
        job_id = await world.put()
        await gate.began.wait()
        await worker.stop(0)
        assert await world.state(job_id) == expected
        await world.store.write(lambda tx, job_id=job_id: jobs.cancel(tx, job_id))


async def test_a_running_job_is_stopped_when_a_person_takes_it_back(world: World) -> None:
    gate = Gate()
    world.worker(gate)
    job_id = await world.put()
    await gate.began.wait()
    assert await world.store.write(lambda tx: jobs.cancel(tx, job_id)) == "asked"
    await world.seen(JobCancelled)
    assert (gate.running, await world.state(job_id)) == (0, "cancelled")


async def test_a_long_job_keeps_its_lease(world: World) -> None:
    gate = Gate()
    world.worker(gate)
    await world.put()
    await gate.began.wait()
    first = await world.store.read(_lease_until)
    while await world.store.read(_lease_until) == first:
        pass  # each look is a transaction; it is renewed after a third of its time
    assert await world.store.read(_lease_until) > first
    gate.open.set()
    await world.seen(JobDone)


async def test_a_lost_lease_stops_the_handler_and_drops_what_it_came_to(world: World) -> None:
    gate = Gate()
    world.worker(gate)
    job_id = await world.put()
    await gate.began.wait()
    await world.store.write(lambda tx: tx.run(STEAL))
    await world.seen(LeaseLost)
    assert (gate.running, await world.state(job_id)) == (0, "running")


async def test_a_killed_worker_s_job_is_taken_over_within_the_lease(world: World) -> None:
    job_id = await world.put()
    arguments = ("-m", "tests.contract.jobs_process", "work", world.url, "q")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert (await process.stdout.readline()).decode().split() == ["began", job_id, "1"]
    process.kill()
    await process.wait()
    until = await world.store.read(_lease_until)
    world.worker(nothing, name="two")
    (taken,) = await world.seen(JobTakenOver)
    assert isinstance(taken, JobTakenOver)
    (done,) = await world.seen(JobDone)
    assert isinstance(done, JobDone)
    assert (taken.worker, taken.attempt, done.attempt) == ("process", 1, 1)
    claimed_at = (await world.store.read(lambda tx: tx.rows(CLAIMED_AT)))[0][0]
    assert until <= claimed_at < until + LEASE_S


async def test_what_was_lost_before_it_was_known_to_have_begun_is_noted_before_it_runs(world: World) -> None:
    """So that the next loss counts; of others no beginning is noted, which would be one write more for each."""
    gate = Gate()
    lost = await world.put()
    assert await world.store.write(lambda tx: jobs.claim(tx, "q", "gone", 1, -1.0, SEAL))
    fresh = await world.put()
    world.worker(gate)
    while gate.running < 2:
        gate.began.clear()
        await gate.began.wait()
    known = await world.store.read(lambda tx: {row[0]: row[1] for row in tx.select(select(table.c.id, table.c.begun))})
    assert known == {lost: AGAIN, fresh: NO}
    gate.open.set()
    await world.seen(JobDone, 2)


async def test_two_processes_that_hand_in_the_same_keys_get_the_same_jobs(world: World) -> None:
    arguments = ("-m", "tests.contract.jobs_process", "enqueue", world.url, "q", "300", "40")
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
        for _ in range(2)
    ]
    said = [json.loads((await process.communicate())[0]) for process in processes]
    by_key: dict[str, set[str]] = {}
    for key, job_id in (pair for pairs in said for pair in pairs):
        by_key.setdefault(key, set()).add(job_id)
    assert {key: len(ids) for key, ids in by_key.items()} == {f"d{n}": 1 for n in range(40)}
    assert (await world.store.read(lambda tx: jobs.depths(tx, "q")))["ready"] == 40


def _lease_until(tx: Tx) -> float:
    return float(tx.rows(LEASE)[0][0])
