"""A small life on a store: events are accepted, worked on, fail, are repeated, die and are brought back.

One event is one unit: it is marked as processed, noted in the journal, appended to a topic and made a job, all or
nothing. A job has two effects: a line `JOB NUMBER` in a file, which no crash of the process takes back (a sink that
honours the key takes a second line of the same job for the first one), and a message in the same store, which is
checked and written in one transaction.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bridge.clock import SystemClock
from bridge.errors import DoesNotFit, StoreUnavailable, UpstreamUnreachable
from bridge.queue.handlers import Handlers, Result
from bridge.queue.settings import QueueSettings
from bridge.queue.worker import Worker
from bridge.queue.worker_run import Workbench
from bridge.store.dead import replay
from bridge.store.jobs import Job, NewJob, depths, enqueue
from bridge.store.journal import Entry, note
from bridge.store.processed import first_time
from bridge.store.schema.jobs import jobs
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.topics import Message, append
from bridge.store.tx import Tx

QUEUE, KIND, ONCE, TOPIC, EFFECTS = "sink", "effect", "effect-once", "events", "effects"
SEAL = Seal(bytes(range(32)))
KEYS = 5
PAUSE_S = 0.02
SETTINGS = QueueSettings.model_validate(
    {"per_worker": 4, "prefetch": 4, "retry": {"attempts": 4, "base": "1ms", "cap": "5ms"}}
)
_JOB = re.compile(r"^(\w+) (\d+)$", re.MULTILINE)


class LaterClock(SystemClock):
    """Some time has passed since the crash, so that leases of the dead are over."""

    def __init__(self, later_s: float) -> None:
        self._later_s = later_s

    def wall(self) -> float:
        return super().wall() + self._later_s


@dataclass(frozen=True)
class Life:
    """One process. `events`: the numbers it accepts; `works`: it runs jobs too, until nothing is left (or `for_ever`).

    `mended`: what could never succeed does now, and what is dead is replayed. `pace_s`: between two events of a task;
    `slow_s`: how long a job takes.
    `planted`: a bug that a proof must see: `halves` accepts an event in two units, `early` acknowledges it before,
    `double` does not look whether an effect is there.
    """

    url: str
    sink: str
    events: range
    works: bool = True
    later_s: float = 0.0
    mended: bool = False
    tasks: int = 4
    for_ever: bool = False
    pace_s: float = 0.0
    lease_s: float = 3.0
    slow_s: float = 0.0
    planted: str = ""


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def accepting(number: int, *, halves: bool = False) -> Callable[[Tx], None]:
    kind = ONCE if number % 7 == 6 else KIND
    job = NewJob(QUEUE, kind, b"%d" % number, key=f"key-{number % KEYS}", dedupe=f"event-{number}")

    def unit(tx: Tx) -> None:
        if not halves and not first_time(tx, "events", f"event-{number}"):
            return
        note(tx, Entry("", "webhook", key=f"event-{number}", request=b"{}"), SEAL)
        append(tx, TOPIC, [Message(b"%d" % number, source=f"event-{number}")])
        enqueue(tx, job, SEAL)

    return unit


def effecting(job: Job, *, double: bool) -> Callable[[Tx], None]:
    def unit(tx: Tx) -> None:
        if first_time(tx, EFFECTS, job.id) or double:
            append(tx, EFFECTS, [Message(job.payload)])

    return unit


async def live(life: Life) -> None:
    clock = LaterClock(life.later_s)
    store = await Store.open(StoreSettings(url=life.url), clock, own_time=True)
    say("ready")
    worker = _worker(life, store, clock) if life.works else None
    if worker:
        worker.start()
    numbers = iter(life.events)
    await asyncio.gather(*(_accept(life, store, numbers, worker) for _ in range(life.tasks)))
    if worker:
        await _until_idle(life, store, worker)
        await worker.stop(5.0)
    await store.close()
    say("end")


async def _accept(life: Life, store: Store, numbers: Iterator[int], worker: Worker | None) -> None:
    for number in numbers:
        if life.pace_s:
            await SystemClock().sleep(life.pace_s)
        if life.planted == "early":
            say(f"ack {number}")
        while not await _accepted(store, number, halves=life.planted == "halves"):
            await pause()
        say(f"ack {number}")
        if worker:
            worker.wake(QUEUE)


async def _accepted(store: Store, number: int, *, halves: bool) -> bool:
    try:
        if halves:
            await store.write(lambda tx: first_time(tx, "events", f"event-{number}"))
        await store.write(accepting(number, halves=halves))
    except StoreUnavailable:
        return False
    return True


async def pause() -> None:
    await SystemClock().sleep(PAUSE_S)


def _worker(life: Life, store: Store, clock: LaterClock) -> Worker:
    handlers = Handlers()
    sink = os.open(life.sink, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def effect(job: Job) -> Result:
        number = int(job.payload)
        if number % 11 == 3 and job.attempt == 1:
            raise UpstreamUnreachable
        if number % 17 == 5 and not life.mended:
            raise DoesNotFit
        if life.slow_s:
            await clock.sleep(life.slow_s)
        os.write(sink, f"{job.id} {number}\n".encode())
        await store.write(effecting(job, double=life.planted == "double"))
        return Result(b"done")

    handlers.add(KIND, effect)
    handlers.add(ONCE, effect, lambda _: False)
    bench = Workbench(store, SEAL, handlers, clock, lambda _: None, f"worker-{os.getpid()}")
    return Worker(bench, {QUEUE: SETTINGS.model_copy(update={"lease": life.lease_s})})


async def _until_idle(life: Life, store: Store, worker: Worker) -> None:
    while True:
        counts = await store.read(lambda tx: depths(tx, QUEUE))
        if life.mended and counts.get("dead"):
            await store.write(_replay_all)
            worker.wake(QUEUE)
        elif life.for_ever:
            worker.wake(QUEUE)
        elif not any(counts.get(s) for s in ("waiting", "blocked", "ready", "running")):
            return
        await pause()


def _replay_all(tx: Tx) -> None:
    for (job_id,) in tx.select(jobs.select().with_only_columns(jobs.c.id).where(jobs.c.state == "dead")):
        replay(tx, job_id, "proof")


def effects(sink: Path) -> dict[int, list[str]]:
    """Number → the jobs that had the effect, once for each time."""
    found: dict[int, list[str]] = {}
    if sink.exists():
        for job, number in _JOB.findall(sink.read_text("ascii")):
            found.setdefault(int(number), []).append(job)
    return found
