"""`make bench-queue`: durable acceptance and work beside what others do, in turns on one machine in one run.

SQLite: beside a commit for each event, and beside the bare insert in batches; the same tables, `synchronous=FULL`.
PostgreSQL, with fsync: beside procrastinate on the same server. And what a job costs with up to a million that wait.
Figures are medians over rounds A B C, A B C, …; on another machine only ratios mean anything, and those to sides that
flush for each event depend on its disk.
"""

from __future__ import annotations

import asyncio
import platform
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.benchmarks import queue_sides as sides
from tests.benchmarks.queue_sides import Rate
from tests.servers.postgresql import Postgresql, postgresql

RESULT = Path(__file__).parents[2] / "docs" / "proofs" / "queue.md"
ROUNDS, TASKS = 3, (100, 1000)
PENDING = (1_000, 10_000, 100_000, 1_000_000)
CONSTANT_MAX = 1.5
_FRESH = count()


@dataclass
class Compared:
    """Ours beside another's: a rate a round for each."""

    name: str
    other: str
    least: float
    ours: list[Rate] = field(default_factory=list)
    others: list[Rate] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return statistics.median(a.per_s / b.per_s for a, b in zip(self.ours, self.others, strict=True))

    @property
    def holds(self) -> bool:
        return self.ratio >= self.least

    def line(self) -> str:
        mine, his = (statistics.median(rate.per_s for rate in rates) for rates in (self.ours, self.others))
        cpu = statistics.median(rate.cpu_us for rate in self.ours)
        verdict = "holds" if self.holds else "MISSED"
        return (
            f"| {self.name} | {mine:,.0f} | {cpu:.1f} | {self.other} | {his:,.0f} | {self.ratio:.2f} |"
            f" ≥ {self.least:g} | {verdict} |"
        )


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def on_sqlite(folder: Path) -> list[Compared]:
    found = []
    for tasks in TASKS:
        each = Compared(f"SQLite, {tasks} tasks", "a commit for each event", 8.0)
        bare = Compared(f"SQLite, {tasks} tasks", f"bare insert, {tasks} rows a commit", 0.3)
        for _ in range(ROUNDS):
            file = folder / f"{next(_FRESH)}.db"
            mine = asyncio.run(sides.ours(f"sqlite:///{file}", tasks, 20_000))
            each.ours.append(mine)
            bare.ours.append(mine)
            each.others.append(sides.batched(folder / f"{next(_FRESH)}.db", 1, 2_000))
            bare.others.append(sides.batched(folder / f"{next(_FRESH)}.db", tasks, 20_000))
        found += [each, bare]
        say("\n".join(one.line() for one in (each, bare)))
    return found


def on_postgresql(server: Postgresql) -> list[Compared]:
    found = []
    for tasks in TASKS:
        defer = Compared(f"PostgreSQL, {tasks} tasks", "procrastinate, defer_async", 3.0)
        whole = Compared(f"PostgreSQL, {tasks} tasks, to the end", "procrastinate, with its worker", 1.5)
        for _ in range(ROUNDS):
            defer.ours.append(asyncio.run(sides.ours(server.database(), tasks, 8_000)))
            defer.others.append(asyncio.run(sides.theirs(server.database(), tasks, 1_000)))
            whole.ours.append(asyncio.run(sides.ours_to_the_end(server.database(), tasks, 4_000)))
            whole.others.append(asyncio.run(sides.theirs_to_the_end(server.database(), tasks, 1_000)))
        found += [defer, whole]
        say("\n".join(one.line() for one in (defer, whole)))
    return found


async def _cost(url: str, filled: Callable[[int], None], cpu_s: Callable[[], float], pending: int) -> float:
    store = await sides.opened(url)
    try:
        filled(pending + 5_000)
        await sides.worked(store, 10, 100, cpu_s)
        return statistics.median([await sides.worked(store, 10, 100, cpu_s) for _ in range(4)])
    finally:
        await store.close()


def costs_on_sqlite(folder: Path) -> dict[int, float]:
    """µs for a job, by how many wait."""

    def cost(pending: int) -> float:
        file = folder / f"{next(_FRESH)}.db"

        def filled(rows: int) -> None:
            connection = sqlite3.connect(file, isolation_level=None)
            connection.execute(sides.fill("sqlite", rows))
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()

        return asyncio.run(_cost(f"sqlite:///{file}", filled, lambda: 0.0, pending))

    return {pending: cost(pending) for pending in PENDING}


def costs_on_postgresql(server: Postgresql) -> dict[int, float]:
    def cost(pending: int) -> float:
        url = server.database()
        database = url.partition("@/")[2].partition("?")[0]

        def filled(rows: int) -> None:
            server.sql(sides.fill("postgresql", rows), database)
            server.sql("VACUUM ANALYZE jobs", database)
            server.sql("CHECKPOINT", database)

        return asyncio.run(_cost(url, filled, lambda: sides.backends_cpu_s(database), pending))

    return {pending: cost(pending) for pending in PENDING}


def cost_line(name: str, costs: dict[int, float]) -> tuple[str, bool]:
    """With the most that wait, beside the least that was measured: noise makes no figure smaller."""
    ratio = costs[PENDING[-1]] / min(costs.values())
    holds = ratio <= CONSTANT_MAX
    figures = " | ".join(f"{costs[pending]:.1f}" for pending in PENDING)
    return f"| {name} | {figures} | {ratio:.2f} | ≤ {CONSTANT_MAX:g} | {'holds' if holds else 'MISSED'} |", holds


def page(compared: list[Compared], costs: list[str]) -> str:
    flush_ms = 1000 / statistics.median(rate.per_s for rate in compared[0].others)
    head = [
        "# The queue beside others",
        "",
        f"Written by `make bench-queue`: in turns, in one run, medians of {ROUNDS} rounds.",
        f"{platform.machine()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; fsync on.",
        f"A commit of one row took {flush_ms:.2f} ms. The slower the disk, the busier the machine, the larger are the",
        "ratios to those who commit each event, and the nearer to 1 is that to the bare insert.",
        "",
        "| accepted durably | events/s | CPU µs each | beside | events/s | ratio | bound | |",
        "|---|---|---|---|---|---|---|---|",
        *(one.line() for one in compared),
        "",
        "Processor time to claim a job and write it down as done (µs, in batches of 100; with that of the server),",
        "by how many jobs wait:",
        "",
        f"| | {' | '.join(f'{pending:,}' for pending in PENDING)} | last / least | bound | |",
        "|---|---|---|---|---|---|---|---|",
        *costs,
    ]
    return "\n".join(head) + "\n"


def main() -> int:
    with tempfile.TemporaryDirectory() as name, postgresql("fsync=on", "synchronous_commit=on") as server:
        folder = Path(name)
        lines = [
            cost_line("SQLite", costs_on_sqlite(folder)),
            cost_line("PostgreSQL", costs_on_postgresql(server)),
        ]
        say("\n".join(line for line, _ in lines))
        compared = on_sqlite(folder) + on_postgresql(server)
    RESULT.write_text(page(compared, [line for line, _ in lines]), "utf-8")
    return 0 if all(one.holds for one in compared) and all(holds for _, holds in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
