"""What every store promises about workers: jobs get done, are tried again, taken over, given back and stopped."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, update

from bridge.clock import SystemClock
from bridge.errors import CallError, DoesNotFit, OutcomeUnknown, StoreUnavailable, UpstreamUnreachable
from bridge.events import (
    Event,
    InternalError,
    JobCancelled,
    JobDead,
    JobDone,
    JobRetried,
    JobsGivenBack,
    JobTakenOver,
    LeaseLost,
    QueuePaused,
)
from bridge.queue.handlers import Handlers, Result
from bridge.queue.settings import QueueSettings
from bridge.queue.worker import Worker
from bridge.queue.worker_run import Workbench
from bridge.store import jobs
from bridge.store.jobs import Job, NewJob
from bridge.store.schema.jobs import jobs as table
from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.contract.jobs_world import SEAL, Held, T

LEASE = Statement(select(table.c.lease_until))
CLAIMED_AT = Statement(select(table.c.claimed_at))
RUN_OUT = Statement(update(table).values(lease_until=0.0))
STEAL = Statement(update(table).values(fence=table.c.fence + 1))
Run = Callable[[Job], Awaitable[Result]]
LEASE_S = 3.0


@dataclass
class World:
    """A store, the events that workers told, and what was handed in."""

    store: Store
    url: str
    events: list[Event] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)
    workers: list[Worker] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        self.events.append(event)
        self.told.set()

    def worker(
        self, run: Run, *, repeatable: bool = True, name: str = "one", store: Store | None = None, **queue: object
    ) -> Worker:
        handlers = Handlers()
        handlers.add("kind", run, lambda _: repeatable)
        bench = Workbench(store or self.store, SEAL, handlers, SystemClock(), self.emit, name)
        settings = QueueSettings.model_validate({"lease": "3s", "retry": {"base": "1ms"}, **queue})
        made = Worker(bench, {"q": settings})
        made.start()
        self.workers.append(made)
        return made

    async def put(self, **more: object) -> str:
        job = NewJob("q", str(more.pop("kind", "kind")), b"{}", **more)  # type: ignore[arg-type]  # as a test gives it
        job_id = await self.store.write(lambda tx: jobs.enqueue(tx, job, SEAL))
        for worker in self.workers:
            worker.wake("q")
        return job_id

    async def seen(self, kind: type[Event], count: int = 1) -> list[Event]:
        """Waits for so many events of a kind."""
        while len(found := [event for event in self.events if isinstance(event, kind)]) < count:
            self.told.clear()
            await self.told.wait()
        return found

    async def state(self, job_id: str) -> str:
        found = await self.store.read(lambda tx: jobs.standing(tx, job_id))
        assert found is not None
        return found.state


@pytest.fixture
async def world(store: Store, store_url: str) -> AsyncIterator[World]:
    made = World(store, store_url)
    async with asyncio.timeout(60):
        yield made
        for worker in made.workers:
            await worker.stop(0)


class Gate:
    """A handler that says when it begins and waits until it may go on."""

    def __init__(self) -> None:
        self.began, self.open = asyncio.Event(), asyncio.Event()
        self.running, self.most, self.runs = 0, 0, 0

    async def __call__(self, _: Job) -> Result:
        self.runs += 1
        self.running += 1
        self.most = max(self.most, self.running)
        self.began.set()
        try:
            await self.open.wait()
        finally:
            self.running -= 1
        return Result(b"through")


class Refusing(Store):
    """A store that refuses what it is told to, once, and is back at once."""

    def __init__(self, inner: Store) -> None:
        self._inner, self.refuses = inner, False

    async def write(self, unit: Callable[[Tx], T]) -> T:
        if self.refuses:
            self.refuses = False
            raise StoreUnavailable(cause="the disk is full")
        return await self._inner.write(unit)


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
        await asyncio.sleep(0)
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
    await asyncio.sleep(0)
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
    assert (taken.worker, taken.attempt, done.attempt) == ("process", 1, 2)
    claimed_at = (await world.store.read(lambda tx: tx.rows(CLAIMED_AT)))[0][0]
    assert until <= claimed_at < until + LEASE_S


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
