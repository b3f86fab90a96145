"""Kills and errors at system calls: strace lets the n-th write, sync, truncate … of a process be its last, or fail.

Each point is one run of the victim. A point counts only if strace says that it was hit.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.proofs.crash.powerloss import PROJECT, VICTIM, kept

# What changes a disk, and what SQLite and the acknowledgement are written with.
CALLS = ("pwrite64", "write", "fdatasync", "fsync", "ftruncate", "unlink")
RUN_S_MAX = 240
RETRIES = 6
_ACK = re.compile(r"^ack (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Point:
    """`how`: `signal=KILL` or `error=EIO`."""

    call: str
    number: int
    how: str

    def __str__(self) -> str:
        return f"{self.call}#{self.number} {self.how}"


@dataclass
class Hits:
    """What came of the points."""

    planned: int = 0
    hit: int = 0
    acknowledged: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        return (
            f"{self.hit} of {self.planned} points hit, {self.acknowledged} acknowledged, {self.refused} refused: "
            f"{len(self.wrong)} wrong"
        )

    @property
    def good(self) -> bool:
        return self.hit == self.planned and not self.wrong


def counted(folder: Path, *arguments: str) -> Counter[str]:
    """How often one thread at most makes each call in a run that nothing disturbs: strace counts by threads."""
    listing = folder / "count.txt"
    traced = (
        "strace",
        "-f",
        "--seccomp-bpf",
        "-o",
        str(listing),
        "-e",
        f"trace={','.join(CALLS)}",
        "-e",
        "signal=none",
    )
    subprocess.run(
        (*traced, *_victim(folder / "count.db", *arguments)),
        cwd=PROJECT,
        capture_output=True,
        timeout=RUN_S_MAX,
        check=True,
    )
    by_thread: Counter[tuple[str, str]] = Counter()
    for line in listing.read_text("utf-8", "replace").splitlines():
        match = re.match(r"^(\d+)\s+(\w+)\(", line)
        if match and match[2] in CALLS:
            by_thread[match[2], match[1]] += 1
    most: Counter[str] = Counter()
    for (call, _), count in by_thread.items():
        most[call] = max(most[call], count)
    return most


def _victim(database: Path, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", VICTIM, f"sqlite:///{database}", *arguments)


def points(most: Counter[str], how: str, per_call: int, calls: tuple[str, ...] = CALLS) -> Iterator[Point]:
    """Spread over the whole run: the first ones, and others at equal distances."""
    for call in calls:
        count = most[call]
        step = max(1, count / per_call)
        for number in sorted({1 + int(step * index) for index in range(min(per_call, count))}):
            yield Point(call, number, how)


def strike(folder: Path, point: Point, hits: Hits, *arguments: str) -> None:
    """One point. No two runs make quite the same calls, so near its end a run may be over before: then an earlier call
    is taken."""
    hits.planned += 1
    for earlier in range(RETRIES):
        if _struck(folder, replace(point, number=max(1, point.number - earlier * earlier)), hits, *arguments):
            return


def _struck(folder: Path, point: Point, hits: Hits, *arguments: str) -> bool:
    database, listing = folder / "bridge.db", folder / "strace.txt"
    inject = ("-e", f"trace={point.call}", "-e", f"inject={point.call}:{point.how}:when={point.number}")
    strace = ("strace", "-f", "-o", str(listing), *inject, "-e", "signal=none")
    command = (*strace, *_victim(database, *arguments))
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=RUN_S_MAX, check=False)
    killed = point.how == "signal=KILL"
    hit = "(INJECTED)" in listing.read_text("utf-8", "replace") or (killed and done.returncode != 0)
    hits.hit += hit
    said = {int(number) for number in _ACK.findall(done.stdout)}
    hits.acknowledged += len(said)
    hits.refused += done.stdout.count("refused ")
    if not killed and not done.stdout.endswith("end\n") and "ready" in done.stdout:
        hits.wrong.append(f"{point}: did not recover: {done.stderr.strip()[-300:]}")
    there = kept(database)
    if not said <= there:
        hits.wrong.append(f"{point}: acknowledged and lost: {sorted(said - there)[:5]}")
    for path in folder.iterdir():
        path.unlink()
    return hit


def sweep(how: str, per_call: int, *arguments: str, calls: tuple[str, ...] = CALLS) -> Hits:
    """Every planned point, one after another."""
    hits = Hits()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        most = counted(folder, *arguments)
        for path in folder.iterdir():
            path.unlink()
        for point in points(most, how, per_call, calls):
            strike(folder, point, hits, *arguments)
    return hits


DISK = ("pwrite64", "fdatasync", "fsync", "ftruncate")
"""What a disk may answer with an error."""


def main() -> None:
    per_call = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    size = ("--count", "120", "--tasks", "4")
    verdicts = []
    for how in ("signal=KILL", "error=EIO", "error=ENOSPC"):
        calls = CALLS if how == "signal=KILL" else DISK
        hits = sweep(how, per_call, *size, calls=calls)
        print(f"{how}: {hits.line()}", *hits.wrong[:10], sep="\n  ")
        verdicts.append(hits.good)
    sys.exit(0 if all(verdicts) else 1)


if __name__ == "__main__":
    main()
