"""Kill −9 at every durable step: each named failpoint, at every time that it is passed.

A life runs in a child that was forked with everything loaded, so a point costs little. `python -m
tests.proofs.crash.points [MAX PER NAME] [sqlite|postgresql]`.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bridge.store import failpoints
from tests.proofs.crash.life import Life, live
from tests.proofs.crash.verdict import wrongs
from tests.servers.postgresql import postgresql

EVENTS = 40
RUN_S_MAX = 240
LATER_S = 100.0
_ACK = re.compile(rb"ack (\d+)\n")


@dataclass
class Swept:
    """What came of a sweep."""

    planned: int = 0
    hit: int = 0
    acknowledged: int = 0
    names: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return self.hit == self.planned > 0 and not self.wrong

    def line(self) -> str:
        return (
            f"{self.hit} of {self.planned} points hit at {len(self.names)} named steps, "
            f"{self.acknowledged} acknowledged: {len(self.wrong)} wrong"
        )


class _Tally:
    """Stands where an armed point would, and counts which ones are passed."""

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()

    @property
    def name(self) -> object:
        return self

    def __eq__(self, other: object) -> bool:
        self.passed[str(other)] += 1
        return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]  # never a key


def forked(work: Callable[[], None], seconds_max: int = RUN_S_MAX) -> tuple[int, bytes]:
    """Runs it in a child: how that ended (negative: the signal), and what it wrote on stdout."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(seconds_max)  # never a hang: SIGALRM ends it, and that is no end that is expected
            os.dup2(writer, 1)
            os.close(reader)
            work()
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


def _lived(life: Life, arm: object = None) -> Callable[[], None]:
    def work() -> None:
        failpoints._armed = arm  # type: ignore[assignment]  # a point, or a tally in its place
        asyncio.run(live(life))
        if isinstance(arm, _Tally):
            os.write(1, repr(dict(arm.passed)).encode() + b"\n")

    return work


def counted(url: str, sink: Path) -> dict[str, int]:
    """How often each point is passed in a life that nothing disturbs, the mending of the dead included."""
    passed: Counter[str] = Counter()
    for mended in (False, True):
        events = range(EVENTS if not mended else 0)
        code, said = forked(_lived(Life(url, str(sink), events, mended=mended), _Tally()))
        if code:
            raise RuntimeError(f"the life ended with {code}: {said[-500:].decode()}")
        text = said.splitlines()[-1].decode()
        passed.update({name: int(count) for name, count in re.findall(r"'([\w.]+)': (\d+)", text)})
    return passed


def strike(url: str, sink: Path, name: str, number: int, swept: Swept, planted: str = "") -> None:
    """One life that ends at a point, and what others find who come after it."""
    swept.planned += 1
    said = b""
    left = number
    for mended in (False, True):  # some points are only passed when the dead are brought back
        point = failpoints._Armed(f"{name}:{left}")
        life = Life(url, str(sink), range(EVENTS if not mended else 0), mended=mended, planted=planted)
        code, words = forked(_lived(life, point))
        said += words
        if code == -signal.SIGKILL:
            swept.hit += 1
            swept.names[name] += 1
            break
        if code:
            swept.wrong.append(f"{name}#{number}: the life ended with {code}")
        left = max(1, left // 2)
    code, words = forked(_lived(Life(url, str(sink), range(EVENTS), later_s=LATER_S, mended=True, planted=planted)))
    if code:
        swept.wrong.append(f"{name}#{number}: nobody could go on after it: {code}")
    acknowledged = {int(one) for one in _ACK.findall(said)}
    swept.acknowledged += len(acknowledged)
    swept.wrong += [f"{name}#{number}: {wrong}" for wrong in wrongs(url, sink, acknowledged | set(range(EVENTS)))]


def plan(passed: dict[str, int], per_name: int) -> Iterator[tuple[str, int]]:
    """At each name the first times, and others spread over the rest."""
    for name, count in sorted(passed.items()):
        usual = max(1, int(count * 0.8))  # lives differ a little in how often they pass a point
        step = max(1.0, usual / per_name)
        for index in range(min(per_name, usual)):
            yield name, 1 + int(step * index)


@contextmanager
def databases(kind: str) -> Iterator[Callable[[], tuple[str, Path]]]:
    """Gives a new, empty database at each call, and a file for its sink."""
    with tempfile.TemporaryDirectory() as name:
        folder, numbers = Path(name), iter(range(1_000_000))
        if kind == "sqlite":
            yield lambda: _files(folder / str(next(numbers)))
            return
        with postgresql("fsync=off") as server:
            yield lambda: (server.database(), folder / f"{next(numbers)}.txt")


def _files(folder: Path) -> tuple[str, Path]:
    folder.mkdir()
    return f"sqlite:///{folder / 'bridge.db'}", folder / "sink.txt"


def sweep(
    kind: str, per_name: int, say: Callable[[str], None] = lambda _: None, planted: str = "", some: int | None = None
) -> Swept:
    """Every planned point on one kind of database, or `some` of them, taken evenly."""
    swept = Swept()
    with databases(kind) as new:
        points = list(plan(counted(*new()), per_name))
        points = points[:: max(1, len(points) // some)] if some else points
        for index, (name, number) in enumerate(points):
            strike(*new(), name, number, swept, planted)
            if index % 50 == 49:
                say(f"{kind}: {index + 1} of {len(points)}: {swept.line()}")
    return swept


def main() -> None:
    per_name = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    verdicts = []
    for kind in sys.argv[2:] or ["sqlite", "postgresql"]:
        swept = sweep(kind, per_name, print)
        print(f"{kind}: {swept.line()}", *swept.wrong[:10], sep="\n  ")
        verdicts.append(swept.good)
    sys.exit(0 if all(verdicts) else 1)


if __name__ == "__main__":
    main()
