"""A worker stands still past its lease and goes on: the other one has taken over, and no effect happens twice.

Two workers on one database; again and again the one that has work is stopped (SIGSTOP) until what it held was done by
the other, and continued. One that is caught within a transaction holds the lock of the database: that is no race, since
nobody can take anything over until it goes on (or until PostgreSQL ends its session), and is counted apart.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from dataclasses import dataclass, field
from mmap import mmap
from pathlib import Path

from bridge.clock import SystemClock
from bridge.store.jobs import depths
from bridge.store.schema.jobs import jobs
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.proofs.crash.databases import databases
from tests.proofs.crash.forks import forked
from tests.proofs.crash.life import QUEUE, Life, accepting, effects, live
from tests.proofs.crash.load import Child
from tests.proofs.crash.points import LATER_S, Passing
from tests.proofs.crash.verdict import wrongs

LEASE_S = 0.4
BATCH = 6
TAKEN_S_MAX = 60.0
INSIDE_S = 1.5
END_S_MAX = 240.0
SLOW_S = 0.05
LOOK_S = 0.01


@dataclass
class Raced:
    """`races`: the stopped worker held jobs, and the other one took all of them over. `idle`: it held none.
    `inside`: it stood still within a transaction."""

    races: int = 0
    idle: int = 0
    inside: int = 0
    events: int = 0
    repeated: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.races

    @property
    def good(self) -> bool:
        return self.races > 0 and not self.wrong

    def line(self) -> str:
        return (
            f"{self.races} races in which all jobs of a worker were taken over before it went on ({self.idle} times it "
            f"held none, {self.inside} times it stood still within a transaction), {self.events} events, "
            f"{self.repeated} of them came to the sink again, with the same key: {len(self.wrong)} wrong"
        )


@dataclass
class Worker(Child):
    """`inside`: 1 while it is within a transaction. It tells so itself, so that nobody has to wait for what cannot be:
    in PostgreSQL its jobs may be taken over then, in SQLite nothing can."""

    inside: mmap = field(default_factory=lambda: mmap(-1, 1))

    def __post_init__(self) -> None:
        self.armed = Passing(self._told)

    def _told(self, name: str) -> None:
        if name in {"store.begun", "store.telling"}:
            self.inside[0] = name == "store.begun"


def _held(tx: Tx, worker: str) -> set[str]:
    rows = tx.select(
        jobs.select().with_only_columns(jobs.c.id).where(jobs.c.state == "running", jobs.c.worker == worker)
    )
    return {job_id for (job_id,) in rows}


def _still(tx: Tx, ids: set[str], worker: str) -> set[str]:
    """Which of these the worker still has."""
    return _held(tx, worker) & ids


async def _race(store: Store, children: list[Worker], chance: random.Random, raced: Raced) -> None:
    for number in range(raced.events, raced.events + BATCH):
        await store.write(accepting(number))
    raced.events += BATCH
    one = await _busy(store, children)
    await SystemClock().sleep(chance.uniform(0.0, SLOW_S))
    os.kill(one.pid, signal.SIGSTOP)
    try:
        worker = f"worker-{one.pid}"
        held = await store.read(lambda tx: _held(tx, worker))
        if not held:
            raced.idle += 1
        elif await _taken_over(store, held, worker, INSIDE_S if one.inside[0] else TAKEN_S_MAX):
            raced.races += 1
        else:
            raced.inside += 1
    finally:
        os.kill(one.pid, signal.SIGCONT)


async def _busy(store: Store, children: list[Worker]) -> Worker:
    """Whichever is seen to have work first; when it is stopped it may be done with it."""
    while True:
        for child in children:
            if await store.read(lambda tx, worker=f"worker-{child.pid}": _held(tx, worker)):  # type: ignore[misc]  # mypy knows no default here
                return child
        await SystemClock().sleep(LOOK_S)


async def _taken_over(store: Store, held: set[str], worker: str, seconds_max: float) -> bool:
    clock = SystemClock()
    began = clock.monotonic()
    while await store.read(lambda tx: _still(tx, held, worker)):
        if clock.monotonic() - began > seconds_max:
            return False
        await clock.sleep(LOOK_S)
    return True


async def _until_done(store: Store) -> None:
    while True:
        counts = await store.read(lambda tx: depths(tx, QUEUE))
        if not any(counts.get(state) for state in ("waiting", "blocked", "ready", "running")):
            return
        await SystemClock().sleep(LOOK_S)


async def _races(url: str, children: list[Worker], races: int, seed: int, raced: Raced) -> None:
    store = await Store.open(StoreSettings(url=url), SystemClock())
    chance = random.Random(seed)
    while raced.races < races and raced.inside <= races + 10:
        await _race(store, children, chance, raced)
    async with asyncio.timeout(END_S_MAX):
        await _until_done(store)
    await store.close()


def run(kind: str, races: int, seed: int, planted: str = "") -> Raced:
    raced = Raced()
    with databases(kind) as new:
        url, sink = new(True)
        life = Life(url, str(sink), range(0), for_ever=True, lease_s=LEASE_S, slow_s=SLOW_S, planted=planted)
        children = [Worker(number, life) for number in range(2)]
        for child in children:
            child.start()
        try:
            # A database server that was forked with the loop would be shared: the races have a process of their own.
            asyncio.run(_races(url, children, races, seed, raced))
        finally:
            for child in children:
                child.kill()
        forked(lambda: asyncio.run(live(Life(url, str(sink), range(0), later_s=LATER_S, mended=True))))
        raced.wrong += wrongs(url, sink, set(range(raced.events)))
        raced.repeated = _repeated(sink)
    return raced


def _repeated(sink: Path) -> int:
    return sum(len(by) - len(set(by)) for by in effects(sink).values())
