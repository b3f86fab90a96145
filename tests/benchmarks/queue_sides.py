"""The sides of `make bench-queue`: ours, plain SQLite in two ways, procrastinate. Each says its events a second."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import procrastinate
from sqlalchemy import create_engine

from bridge.clock import SystemClock
from bridge.queue.handlers import Handlers, Result
from bridge.queue.settings import QueueSettings
from bridge.queue.worker import Worker
from bridge.queue.worker_run import Workbench
from bridge.store.ids import new_id
from bridge.store.jobs import Job, Lease, NewJob, claim, done_many, enqueue
from bridge.store.schema import metadata
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.servers.postgresql import USER

SEAL = Seal(None)
PAYLOAD = b'{"event":"order.changed","id":"4711","at":"2026-11-21T12:00:00Z","status":"shipped","lines":[1,2,3]}'
NAMES = ("id", "queue", "kind", "state", "due_at", "payload", "correlation", "created_at")
INSERT = f"INSERT INTO jobs ({', '.join(NAMES)}) VALUES ({', '.join(f':{name}' for name in NAMES)})"
JOB = NewJob("calls", "nothing", PAYLOAD)


@dataclass(frozen=True)
class Rate:
    """Events per second of wall time, and µs of this process's own time for one."""

    per_s: float
    cpu_us: float


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def measured(count: int) -> Iterator[Callable[[], Rate]]:
    wall, cpu = time.perf_counter(), _cpu_s()
    ended: list[float] = []

    def rate() -> Rate:
        return Rate(count / (ended[0] - wall), (ended[1] - cpu) / count * 1e6)

    yield rate
    ended += [time.perf_counter(), _cpu_s()]


async def from_tasks(tasks: int, count: int, one: Callable[[], Awaitable[object]]) -> None:
    """`count` events from so many concurrent tasks, each waiting for its last one before the next."""

    async def some(share: int) -> None:
        for _ in range(share):
            await one()

    await asyncio.gather(*(some(count // tasks) for _ in range(tasks)))


async def opened(url: str) -> Store:
    return await Store.open(StoreSettings(url=url), SystemClock())


async def ours(url: str, tasks: int, count: int) -> Rate:
    store = await opened(url)

    def unit(tx: Tx) -> str:
        return enqueue(tx, JOB, SEAL)

    try:
        await from_tasks(tasks, tasks, lambda: store.write(unit))
        with measured(count) as rate:
            await from_tasks(tasks, count, lambda: store.write(unit))
    finally:
        await store.close()
    return rate()


async def ours_to_the_end(url: str, tasks: int, count: int) -> Rate:
    """Accepted, and then worked off by handlers that do nothing; until the last one is written down as done."""
    store, left = await opened(url), count
    over, handlers = asyncio.Event(), Handlers()

    async def nothing(_: Job) -> Result:
        nonlocal left
        left -= 1
        if not left:
            over.set()
        return Result()

    handlers.add(JOB.kind, nothing)
    bench = Workbench(store, SEAL, handlers, SystemClock(), lambda _: None, "bench", rng=random.Random(1))
    worker = Worker(bench, {"calls": QueueSettings(per_worker=tasks, prefetch=min(4 * tasks, 1000))})
    try:
        with measured(count) as rate:
            await from_tasks(tasks, count, lambda: store.write(lambda tx: enqueue(tx, JOB, SEAL)))
            worker.start()
            await over.wait()
            await worker.stop(30.0)
    finally:
        await store.close()
    return rate()


# ── plain SQLite ─────────────────────────────────────────────────────────────────────────────────────────────────


def plain(file: Path) -> sqlite3.Connection:
    """The same tables and the same durability."""
    engine = create_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    engine.dispose()
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def rows(count: int) -> list[dict[str, Any]]:
    now = time.time()
    sealed = SEAL.shut(PAYLOAD, place="")
    same = {"queue": "calls", "kind": "nothing", "state": "ready", "due_at": now, "created_at": now}
    return [{"id": new_id(now), "payload": sealed, "correlation": "", **same} for _ in range(count)]


def batched(file: Path, size: int, count: int) -> Rate:
    """One commit for so many rows, which were made before."""
    connection, made = plain(file), rows(count)
    with measured(count) as rate:
        for first in range(0, count, size):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERT, made[first : first + size])
            connection.execute("COMMIT")
    connection.close()
    return rate()


# ── procrastinate ────────────────────────────────────────────────────────────────────────────────────────────────

POOL = 16


def _app(url: str) -> tuple[procrastinate.App, Any]:
    connector = procrastinate.PsycopgConnector(conninfo=url, min_size=POOL, max_size=POOL)
    app = procrastinate.App(connector=connector)

    @app.task(name="nothing", queue="calls")
    async def nothing(event: str) -> None:
        """No work."""

    return app, nothing


async def theirs(url: str, tasks: int, count: int) -> Rate:
    app, nothing = _app(url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await from_tasks(tasks, tasks, lambda: nothing.defer_async(event=PAYLOAD.decode()))
        with measured(count) as rate:
            await from_tasks(tasks, count, lambda: nothing.defer_async(event=PAYLOAD.decode()))
    return rate()


async def theirs_to_the_end(url: str, tasks: int, count: int) -> Rate:
    app, nothing = _app(url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        with measured(count) as rate:
            await from_tasks(tasks, count, lambda: nothing.defer_async(event=PAYLOAD.decode()))
            await app.run_worker_async(
                queues=["calls"], concurrency=tasks, wait=False, install_signal_handlers=False, listen_notify=False
            )
    return rate()


# ── what a claimed job costs beside many that wait ───────────────────────────────────────────────────────────────

FILL: dict[str, str] = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n}) INSERT INTO jobs"
    " (id, queue, kind, state, due_at, payload, created_at)"
    " SELECT 'fill' || i, 'calls', 'nothing', 'ready', 1e9, x'{payload}', 1e9 FROM n",
    "postgresql": "INSERT INTO jobs (id, queue, kind, state, due_at, payload, created_at)"
    " SELECT 'fill' || i, 'calls', 'nothing', 'ready', 1e9, '\\x{payload}'::bytea, 1e9 FROM generate_series(1, {n}) i",
}


def fill(kind: str, count: int) -> str:
    return FILL[kind].format(n=count, payload=SEAL.shut(PAYLOAD, place="").hex())


async def worked(store: Store, rounds: int, size: int, server_cpu_s: Callable[[], float]) -> float:
    """µs of processor time, ours and the database's, to claim one job and write it down as done."""

    def unit(tx: Tx) -> int:
        jobs = claim(tx, "calls", "bench", size, 60.0, SEAL)
        return len(done_many(tx, [Lease(job.id, job.fence) for job in jobs]))

    before = _cpu_s() + server_cpu_s()
    done = sum([await store.write(unit) for _ in range(rounds)])
    assert done == rounds * size, "every job that was claimed is done"
    return (_cpu_s() + server_cpu_s() - before) / done * 1e6


def backends_cpu_s(database: str) -> float:
    """Processor time of the processes in which the server serves this database; not of those that tidy up beside."""
    ticks = 0
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and f" {USER} {database} [local]" in (folder / "cmdline").read_text():
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK")
