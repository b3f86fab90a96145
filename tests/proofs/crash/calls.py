"""Kills and errors at system calls: strace lets the n-th write, sync, lock … of a process be its last, or fail.

Each point is one life of the victim. It counts only if it was hit.
"""

from __future__ import annotations

import asyncio
import re
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.proofs.crash.databases import databases, in_memory
from tests.proofs.crash.forks import traced
from tests.proofs.crash.points import WHOLE, Part
from tests.proofs.crash.powerloss import kept
from tests.proofs.crash.victim import accept

KILL = "signal=KILL"
CALLS = ("pwrite64", "write", "fdatasync", "fsync", "ftruncate", "unlink")
"""What changes a disk, and what SQLite and the acknowledgement are written with."""
DISK = ("pwrite64", "fdatasync", "fsync", "ftruncate")
"""What a disk may answer with an error."""
LOCK = ("fcntl",)
"""EAGAIN: somebody else has the lock."""
SIZE, TASKS = 120, 4
BURST = 12
_ACK = re.compile(rb"^ack (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Point:
    """`how`: `signal=KILL` or `error=EIO`. `burst`: how many calls in a row fail."""

    call: str
    number: int
    how: str
    burst: int = 1

    def __str__(self) -> str:
        return f"{self.call}#{self.number}{f'+{self.burst - 1}' if self.burst > 1 else ''} {self.how}"

    @property
    def options(self) -> tuple[str, ...]:
        when = f"{self.number}..{self.number + self.burst - 1}" if self.burst > 1 else str(self.number)
        return ("-e", f"trace={self.call}", "-e", f"inject={self.call}:{self.how}:when={when}")


@dataclass
class Hits:
    """What came of the points. `hit`: each once."""

    planned: int = 0
    missed: int = 0
    acknowledged: int = 0
    refused: int = 0
    hit: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.hit)

    @property
    def good(self) -> bool:
        return bool(self.hit) and not self.missed and not self.wrong

    def line(self) -> str:
        return (
            f"{len(self.hit)} points hit ({self.missed} of {self.planned} missed), {self.acknowledged} acknowledged, "
            f"{self.refused} refused: {len(self.wrong)} wrong"
        )


@dataclass(frozen=True)
class Sweep:
    """What is struck and how. `fresh`: the tables are made in the life that is struck."""

    how: str
    calls: tuple[str, ...]
    fresh: bool = False
    planted: str = ""

    def life(self, url: str) -> Callable[[], None]:
        return lambda: asyncio.run(accept(url, SIZE, TASKS, self.planted))


def counted(sweep: Sweep, url: str, listing: Path) -> Counter[str]:
    """How often one thread at most makes each call in a life that nothing disturbs: strace counts by threads."""
    code, said = traced(sweep.life(url), listing, "-e", f"trace={','.join(sweep.calls)}")
    if code:
        raise RuntimeError(f"the life ended with {code}: {said[-500:].decode()}")
    by_thread: Counter[tuple[str, str]] = Counter()
    for line in listing.read_text("utf-8", "replace").splitlines():
        match = re.match(r"^(\d+)\s+(\w+)\(", line)
        if match and match[2] in sweep.calls:
            by_thread[match[2], match[1]] += 1
    most: Counter[str] = Counter()
    for (call, _), count in by_thread.items():
        most[call] = max(most[call], count)
    return most


def plan(most: Counter[str], sweep: Sweep, per_call: int) -> Iterator[Point]:
    """Spread over the whole life: the first ones, and others at equal distances. Of the errors every third one lasts
    for some calls, as a full disk does."""
    for call in sweep.calls:
        count = most[call]
        step = max(1, count / per_call)
        for index in range(min(per_call, count)):
            burst = BURST if sweep.how != KILL and index % 3 == 2 else 1
            yield Point(call, 1 + int(step * index), sweep.how, burst)


def _earlier(number: int) -> Iterator[int]:
    """No two lives make quite the same calls, so near its end one may be over before: then an earlier call is taken."""
    yield from (max(1, number - back * back) for back in range(5))
    while number > 1:
        number //= 2
        yield number


def _struck(sweep: Sweep, point: Point, url: str, listing: Path, hits: Hits) -> bool:
    code, said = traced(sweep.life(url), listing, *point.options)
    if point.how == KILL:
        hit = code == -signal.SIGKILL
    else:
        hit = "(INJECTED)" in listing.read_text("utf-8", "replace")
        # One that was refused when it began says so and ends; one that had begun goes on.
        if b"ready\n" in said and not said.endswith(b"end\n"):
            hits.wrong.append(f"{point}: did not recover: {code}: {said[-300:].decode()}")
    acknowledged = {int(number) for number in _ACK.findall(said)}
    hits.acknowledged += len(acknowledged)
    hits.refused += said.count(b"refused ")
    there = kept(Path(url.removeprefix("sqlite:///")))
    if not acknowledged <= there:
        hits.wrong.append(f"{point}: acknowledged and lost: {sorted(acknowledged - there)[:5]}")
    if hit:
        hits.hit.add(str(point))
    return hit


def run(sweep: Sweep, per_call: int, part: Part = WHOLE) -> Hits:
    """Every planned point of a part, one after another."""
    hits = Hits()
    with databases("sqlite") as new, tempfile.TemporaryDirectory(dir=in_memory()) as name:
        listing = Path(name) / "strace.txt"
        most = counted(sweep, new(not sweep.fresh)[0], listing)
        for point in list(plan(most, sweep, per_call))[part[0] :: part[1]]:
            hits.planned += 1
            for number in _earlier(point.number):
                earlier = Point(point.call, number, point.how, point.burst)
                if _struck(sweep, earlier, new(not sweep.fresh)[0], listing, hits):
                    break
            else:
                hits.missed += 1
    return hits
