"""Schedules at full length: `python -m tests.proofs.schedules [INSTANTS]` writes docs/proofs/schedules.md.

Three nodes, every zone of `wall_clocks`, spring and autumn of 2025 to 2027, on both stores; INSTANTS for each of these.
"""

from __future__ import annotations

import asyncio
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import tzdata

from tests.bridge.queue.wall_clocks import ZONES
from tests.proofs.schedules_world import Counts, World
from tests.servers.postgresql import postgresql

PAGE = Path(__file__).parents[2] / "docs" / "proofs" / "schedules.md"
NODES, INSTANTS, YEARS = 3, 400, (2025, 2026, 2027)
_SEASONS = (((2, 5), (5, 5)), ((9, 1), (11, 10)))


@dataclass(frozen=True)
class Line:
    """All seasons on one store."""

    kind: str
    counts: Counts

    @property
    def good(self) -> bool:
        return not (self.counts.double or self.counts.missed or self.counts.beyond)

    def cells(self) -> str:
        own = self.counts
        numbers = (own.instants, own.looks, own.races, own.jumps, own.restarts, own.fired, own.double, own.missed)
        return " | ".join([self.kind, *(f"{number:,}" for number in (*numbers, own.beyond))])


def run(instants: int) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder, postgresql("fsync=off") as server:
        for kind in ("sqlite", "postgresql"):
            counts = Counts()
            for number, (since, until) in enumerate(_windows()):
                url = f"sqlite:///{folder}/{number}.db" if kind == "sqlite" else server.database()
                world = World(url, NODES, ZONES, since, until, seed=number)
                counts.add(asyncio.run(world.run(instants)))
            yield Line(kind, counts)


def _windows() -> Iterator[tuple[datetime, datetime]]:
    for year in YEARS:
        for first, last in _SEASONS:
            yield datetime(year, *first, tzinfo=UTC), datetime(year, *last, tzinfo=UTC)


def page(lines: list[Line]) -> str:
    rows = "\n".join(f"| {line.cells()} |" for line in lines)
    wrong = "\n".join(f"- {text}" for line in lines for text in line.counts.wrong)
    return f"""# Schedules over clocks that change and clocks that jump

Made by `python -m tests.proofs.schedules {lines[0].counts.instants // (len(YEARS) * len(_SEASONS))}`.
{NODES} nodes share one store; {len(ZONES)} time zones, spring and autumn of {YEARS[0]} to {YEARS[-1]};
{2 * len(ZONES) + 1} schedules at a time, with fixed times (`misfire: all`) and every half hour (`once`, `skip`).
At each instant, most of them within two and a half hours of a change of some clocks, some of the nodes look: all at
once, or one of them with a clock that is off by up to two hours either way; some start anew. What was fired is compared
with a model that walks through every minute as Debian's cron does.

| store | instants | looks | races | clock jumps | restarts | fired | double | missed beyond the policy | not expected |
|---|---|---|---|---|---|---|---|---|---|
{rows}

{wrong or "Nothing was wrong."}

Python {platform.python_version()}, zones of {tzdata.IANA_VERSION}: {", ".join(ZONES)}.
"""


def main() -> int:
    instants = int(sys.argv[1]) if len(sys.argv) > 1 else INSTANTS
    lines = []
    for line in run(instants):
        print(line.cells(), *line.counts.wrong[:20], sep="\n", flush=True)
        lines.append(line)
    PAGE.write_text(page(lines), encoding="utf-8")
    return 0 if all(line.good for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
