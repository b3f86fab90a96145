"""A worker without its store; what it does with one is in tests/contract/test_worker.py, on every store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bridge.errors import StoreUnavailable
from bridge.events import Event, JobDone, JobRetried, LeaseLost, QueuePaused
from bridge.queue.handlers import Handlers, Result
from bridge.queue.settings import QueueSettings
from bridge.queue.worker_ends import End, Hold, tell
from bridge.queue.worker_lane import Lane
from bridge.queue.worker_run import Workbench
from bridge.store.jobs import Claimed, Job
from bridge.store.sealing import Seal

OUTAGE_S = 120.0


class Jumping:
    """A clock whose sleeper is alone: time goes by as it sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)  # a pause is a turn of the loop, however long


class Failing:
    """A store that is away until `OUTAGE_S`, and then has nothing to do."""

    def __init__(self, clock: Jumping) -> None:
        self.clock, self.asked, self.back = clock, 0, asyncio.Event()

    async def write(self, _: Callable[[Any], Any]) -> Claimed:
        self.asked += 1
        if self.clock.now < OUTAGE_S:
            raise StoreUnavailable(cause="the disk is full")
        self.back.set()
        return Claimed(())


async def test_a_store_that_is_away_is_asked_ever_less_and_work_goes_on_when_it_is_back() -> None:
    clock, events = Jumping(), list[Event]()
    store = Failing(clock)
    bench = Workbench(store, Seal(None), Handlers(), clock, events.append, "one")  # type: ignore[arg-type]  # all that a lane asks of a store
    lane = Lane(bench, "q", QueueSettings())
    working = asyncio.create_task(lane.work())
    await store.back.wait()
    working.cancel()
    paused = [event for event in events if isinstance(event, QueuePaused)]
    assert 5 <= len(paused) <= 120
    assert paused[0].cause == "the disk is full"
    assert max(event.retry_in_s for event in paused) > 1.0


JOB = Job("01j", "q", "kind", b"", "", 2, 5, "", 100.0)


def told(end: End, *, ours: bool = True) -> Event:
    events: list[Event] = []
    tell(end, ours=ours, worker="one", now=107.0, emit=events.append)
    (event,) = events
    return event


def test_what_is_told_after_it_is_written() -> None:
    hold = Hold(JOB, 0.0)
    assert told(End(hold, "done", Result(), duration_s=2.0)) == JobDone("q", "kind", "01j", 2, 2.0, 7.0)
    again = End(hold, "again", again_in_s=3.0, code="upstream_cut", cause="c")
    assert told(again) == JobRetried("q", "kind", "01j", 2, 3.0, "upstream_cut", "c")
    assert told(End(hold, "done"), ours=False) == LeaseLost("q", "kind", "01j", "one")


def test_a_lost_lease_is_worse_than_any_other_reason() -> None:
    hold = Hold(JOB, 0.0)
    hold.stop("asked")
    hold.stop("stopping")
    assert hold.why == "asked"
    hold.stop("lost")
    assert hold.why == "lost"


class Nothing(set[str]):
    """No job claimed, and no end written down."""

    jobs = taken = unreadable = sealed = ()
    again_in_s, limited, aside_s = None, False, 0.0


async def test_what_was_kept_ready_for_too_long_is_not_begun() -> None:
    clock, ran, over = Jumping(), list[str](), asyncio.Event()

    def emit(event: Event) -> None:
        if isinstance(event, LeaseLost) and event.job_id == "02j":
            over.set()

    class Giving(Failing):
        async def write(self, unit: Callable[[Any], Any]) -> Any:
            self.asked += 1
            return Claimed((JOB, replace(JOB, id="02j"))) if self.asked == 1 else Nothing()

    async def run(job: Job) -> Result:
        ran.append(job.id)
        if len(ran) > 1:
            over.set()
        clock.now += QueueSettings().lease  # stopped, as a whole, for so long
        return Result()

    handlers = Handlers()
    handlers.add("kind", run)
    bench = Workbench(Giving(clock), Seal(None), handlers, clock, emit, "one")  # type: ignore[arg-type]  # all that a lane asks of a store
    lane = Lane(bench, "q", QueueSettings(per_worker=1))
    working = asyncio.create_task(lane.work())
    await over.wait()
    working.cancel()
    assert ran == ["01j"]
