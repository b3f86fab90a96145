"""The power goes off: a writer runs under strace, and every state that its disk could be left in is opened and asked.

Promised are: nothing acknowledged is missing, the database is whole.
"""

from __future__ import annotations

import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.proofs.crash.databases import in_memory
from tests.proofs.crash.disks import Disk, lay_out
from tests.proofs.crash.traced import OPTIONS, Op, read

PROJECT = Path(__file__).parents[3]
VICTIM = "tests.proofs.crash.victim"
RUN_S_MAX = 300
_ACK = re.compile(rb"ack (\d+)\n")


@dataclass
class Found:
    """What a run showed. `lost` and `broken`: one line for each state that should not be."""

    states: int = 0
    points: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.states

    @property
    def wrong(self) -> list[str]:
        return self.lost + self.broken

    @property
    def good(self) -> bool:
        return self.states > 0 and not self.wrong

    def line(self) -> str:
        return (
            f"{self.states} states at {self.points} points of {self.acknowledged} acknowledged events: "
            f"{len(self.lost)} lost something, {len(self.broken)} broken"
        )


def traced(folder: Path, *arguments: str) -> list[Op]:
    """What the victim did with its files."""
    listing = folder / "trace.txt"
    data = folder / "data"
    data.mkdir()
    strace = ("strace", "-o", str(listing), *OPTIONS)
    victim = (sys.executable, "-m", VICTIM, f"sqlite:///{data / 'bridge.db'}", *arguments)
    done = subprocess.run(
        (*strace, *victim), cwd=PROJECT, capture_output=True, timeout=RUN_S_MAX, check=False, env={**os.environ}
    )
    if not done.stdout.endswith(b"end\n"):
        raise RuntimeError(f"the writer did not come to its end: {done.stderr.decode()[-2000:]}")
    with listing.open(encoding="ascii") as lines:
        return list(read(lines, data))


def run(states: int, seed: int, *, planted: str = "", count: int = 120, tasks: int = 4) -> Found:
    """Looks at about `states` states, spread over the whole run."""
    found = Found()
    with tempfile.TemporaryDirectory() as name:
        extra = ("--planted", planted) if planted else ()
        ops = traced(Path(name), "--count", str(count), "--tasks", str(tasks), *extra)
    points = [index for index, op in enumerate(ops) if op.kind not in {"say", "make"}]
    subsets = max(1, round(states / max(1, len(points))) - 1)
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        for said, state in _states(ops, random.Random(seed), subsets, found):
            _judge(Path(name), said, state, found)
    return found


def _states(
    ops: list[Op], chance: random.Random, subsets: int, found: Found
) -> Iterator[tuple[set[int], dict[str, bytes]]]:
    disk, said = Disk(), set[int]()
    for op in ops:
        if op.kind == "sync":  # just before it the most is unsure
            found.points += 1
            for state in disk.states(chance, 2 * subsets):
                yield said, state
        disk.follow(op)
        if op.kind == "say":
            said |= {int(number) for number in _ACK.findall(op.data)}
        elif op.kind != "make":
            found.points += 1
            for state in disk.states(chance, subsets):
                yield said, state
    found.acknowledged = len(said)


def _judge(folder: Path, said: set[int], state: dict[str, bytes], found: Found) -> None:
    found.states += 1
    lay_out(state, folder)
    try:
        there = kept(folder / "bridge.db")
        if not said <= there:
            found.lost.append(f"after {len(said)} acknowledgements: {sorted(said - there)[:5]} are missing")
    except sqlite3.DatabaseError as error:
        found.broken.append(f"after {len(said)} acknowledgements: {error}")
    for path in folder.iterdir():
        path.unlink()


def kept(path: Path) -> set[int]:
    """The numbers in a database that must be whole. Raises sqlite3.DatabaseError."""
    if not path.exists():
        return set()
    connection = sqlite3.connect(path)
    try:
        [(verdict,)] = connection.execute("PRAGMA quick_check").fetchall()[:1]
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchall():
            return set()
        return {int(number) for (number,) in connection.execute("SELECT substr(dedupe, 7) FROM jobs")}
    finally:
        connection.close()
