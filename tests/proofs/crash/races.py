"""A worker stands still past its lease and goes on: the other one has taken over, and no effect happens twice.

Two workers on one database; again and again the one that has work is stopped (SIGSTOP) until what it held was done by
the other, and continued. One that is caught within a transaction holds the lock of the database: that is no race, since
nobody can take anything over until it goes on (or until PostgreSQL ends its session), and is counted apart.

`python -m tests.proofs.crash.races [RACES] [sqlite|postgresql]`.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bridge.clock import SystemClock
from bridge.store.jobs import depths
from bridge.store.schema.jobs import jobs
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.proofs.crash.life import QUEUE, Life, accepting, effects, live
from tests.proofs.crash.load import Child
from tests.proofs.crash.points import LATER_S, databases, forked
from tests.proofs.crash.verdict import wrongs

LEASE_S = 0.4
BATCH = 6
TAKEN_S_MAX = 10.0
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
    def good(self) -> bool:
        return self.races > 0 and not self.wrong

    def line(self) -> str:
        return (
            f"{self.races} races in which all jobs of a worker were taken over before it went on ({self.idle} times it "
            f"held none, {self.inside} times it stood still within a transaction), {self.events} events, "
            f"{self.repeated} of them came to the sink again, with the same key: {len(self.wrong)} wrong"
        )


def _held(tx: Tx, worker: str) -> set[str]:
    rows = tx.select(
        jobs.select().with_only_columns(jobs.c.id).where(jobs.c.state == "running", jobs.c.worker == worker)
    )
    return {job_id for (job_id,) in rows}


def _still(tx: Tx, ids: set[str], worker: str) -> set[str]:
    """Which of these the worker still has."""
    return _held(tx, worker) & ids


async def _race(store: Store, children: list[Child], chance: random.Random, raced: Raced) -> None:
    for number in range(raced.events, raced.events + BATCH):
        await store.write(accepting(number))
    raced.events += BATCH
    await SystemClock().sleep(chance.uniform(0.0, SLOW_S))
    one = chance.choice(children)
    os.kill(one.pid, signal.SIGSTOP)
    try:
        worker = f"worker-{one.pid}"
        held = await store.read(lambda tx: _held(tx, worker))
        if not held:
            raced.idle += 1
        elif await _taken_over(store, held, worker):
            raced.races += 1
        else:
            raced.inside += 1
    finally:
        os.kill(one.pid, signal.SIGCONT)


async def _taken_over(store: Store, held: set[str], worker: str) -> bool:
    clock = SystemClock()
    began = clock.monotonic()
    while await store.read(lambda tx: _still(tx, held, worker)):
        if clock.monotonic() - began > TAKEN_S_MAX:
            return False
        await clock.sleep(LOOK_S)
    return True


async def _until_done(store: Store) -> None:
    while True:
        counts = await store.read(lambda tx: depths(tx, QUEUE))
        if not any(counts.get(state) for state in ("waiting", "blocked", "ready", "running")):
            return
        await SystemClock().sleep(LOOK_S)


async def _races(
    url: str, children: list[Child], races: int, seed: int, raced: Raced, say: Callable[[str], None]
) -> None:
    store = await Store.open(StoreSettings(url=url), SystemClock())
    chance = random.Random(seed)
    while raced.races < races and raced.inside <= races + 10:
        await _race(store, children, chance, raced)
        if (raced.races + raced.inside + raced.idle) % 100 == 0:
            say(raced.line())
    async with asyncio.timeout(END_S_MAX):
        await _until_done(store)
    await store.close()


def run(kind: str, races: int, seed: int, planted: str = "", say: Callable[[str], None] = lambda _: None) -> Raced:
    raced = Raced()
    with databases(kind) as new:
        url, sink = new()
        forked(lambda: asyncio.run(live(Life(url, str(sink), range(0), works=False))))
        life = Life(url, str(sink), range(0), for_ever=True, lease_s=LEASE_S, slow_s=SLOW_S, planted=planted)
        children = [Child(number, life) for number in range(2)]
        for child in children:
            child.start()
        try:
            # A database server that was forked with the loop would be shared: the races have a process of their own.
            asyncio.run(_races(url, children, races, seed, raced, say))
        finally:
            for child in children:
                child.kill()
        forked(lambda: asyncio.run(live(Life(url, str(sink), range(0), later_s=LATER_S, mended=True))))
        raced.wrong += wrongs(url, sink, set(range(raced.events)))
        raced.repeated = _repeated(sink)
    return raced


def _repeated(sink: Path) -> int:
    return sum(len(by) - len(set(by)) for by in effects(sink).values())


def main() -> None:
    races = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    verdicts = []
    for kind in sys.argv[2:] or ["sqlite", "postgresql"]:
        raced = run(kind, races, seed=1, say=print)
        print(f"{kind}: {raced.line()}", *raced.wrong[:10], sep="\n  ")
        verdicts.append(raced.good)
    sys.exit(0 if all(verdicts) else 1)


if __name__ == "__main__":
    main()
