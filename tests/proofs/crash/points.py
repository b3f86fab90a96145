"""Kill −9 at every durable step: each named failpoint, at every time that it is passed.

What a life of events and jobs passes; the steps of operators and of keeping house are in kept_house.py, those of backup
and restore in copies.py.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bridge.store import failpoints
from tests.proofs.crash.databases import New, databases
from tests.proofs.crash.forks import forked
from tests.proofs.crash.life import Life, live
from tests.proofs.crash.verdict import wrongs

Part = tuple[int, int]
"""Which, of how many."""
WHOLE: Part = (0, 1)

EVENTS = 40
LATER_S = 100.0
"""On SQLite. PostgreSQL has a clock of its own, so there the lease of the dead is waited for."""
LEASE_S = 1.0
# Passed where a life was so slow that its lease ran out: chores.py passes them every time.
BY_CHANCE = frozenset({"jobs.renew", "jobs.renewed", "jobs.taken_over", "jobs.expired", "jobs.give_back"})
_ACK = re.compile(rb"ack (\d+)\n")


@dataclass
class Swept:
    """What came of a sweep. `hit`: each point once."""

    planned: int = 0
    missed: int = 0
    acknowledged: int = 0
    hit: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.hit)

    @property
    def good(self) -> bool:
        return bool(self.hit) and not self.missed and not self.wrong

    def line(self) -> str:
        names = {point.partition("#")[0] for point in self.hit}
        return (
            f"{len(self.hit)} points hit at {len(names)} named steps ({self.missed} of {self.planned} missed), "
            f"{self.acknowledged} acknowledged: {len(self.wrong)} wrong"
        )


class Passing:
    """Stands where an armed point would, and tells which ones are passed."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told

    @property
    def name(self) -> object:
        return self

    def __eq__(self, other: object) -> bool:
        self._told(str(other))
        return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]  # never a key


def arm(point: object) -> None:
    failpoints._armed = point  # type: ignore[assignment]  # a point, or `Passing` in its place


def counting(work: Callable[[], None]) -> Counter[str]:
    """Runs it in a child: how often each point is passed."""

    def counted() -> None:
        passed: Counter[str] = Counter()
        arm(Passing(lambda name: passed.update((name,))))
        work()
        os.write(1, repr(dict(passed)).encode() + b"\n")

    code, said = forked(counted)
    if code:
        raise RuntimeError(f"the life ended with {code}: {said[-500:].decode()}")
    found = re.findall(r"'([\w.]+)': (\d+)", said.splitlines()[-1].decode())
    return Counter({name: int(count) for name, count in found})


def _lived(life: Life, point: object = None) -> Callable[[], None]:
    def work() -> None:
        arm(point)
        asyncio.run(live(life))

    return work


def counted(url: str, sink: Path) -> Counter[str]:
    """In a life that nothing disturbs, the mending of the dead included."""
    first, mending = Life(url, str(sink), range(EVENTS)), Life(url, str(sink), range(0), mended=True)
    return counting(lambda: asyncio.run(live(first))) + counting(lambda: asyncio.run(live(mending)))


def strike(new: New, name: str, number: int, swept: Swept, planted: str = "") -> None:
    """One point. No two lives pass a point equally often, least of all beside other load: where it is not reached, an
    earlier one is taken."""
    swept.planned += 1
    while not _struck(new, name, number, swept, planted):
        if number == 1:
            swept.missed += 1
            return
        number //= 2


def _struck(new: New, name: str, number: int, swept: Swept, planted: str) -> bool:
    """A life that ends at the point, and what others find who come after it."""
    url, sink = new(not name.startswith("migrate."))
    said, left, hit, wrong = b"", number, False, []
    for mended in (False, True):  # some points are only passed when the dead are brought back
        life = Life(url, str(sink), range(EVENTS if not mended else 0), mended=mended, lease_s=LEASE_S, planted=planted)
        code, words = forked(_lived(life, failpoints._Armed(f"{name}:{left}")))
        said += words
        hit = code == -signal.SIGKILL
        if hit:
            break
        if code:
            wrong.append(f"the life ended with {code}: {words[-300:].decode()}")
        left = max(1, left // 2)
    if not hit and not wrong:
        return False
    code, words = forked(
        _lived(Life(url, str(sink), range(EVENTS), later_s=LATER_S, mended=True, lease_s=LEASE_S, planted=planted))
    )
    if code:
        wrong.append(f"nobody could go on after it: {code}: {words[-300:].decode()}")
    acknowledged = {int(one) for one in _ACK.findall(said)}
    swept.acknowledged += len(acknowledged)
    wrong += wrongs(url, sink, acknowledged | set(range(EVENTS)))
    swept.wrong += [f"{name}#{number}: {one}" for one in wrong]
    if hit:
        swept.hit.add(f"{name}#{number}")
    return True


def plan(passed: Counter[str], per_name: int) -> Iterator[tuple[str, int]]:
    """At each name the first times, and others spread over the rest."""
    for name, count in sorted(passed.items()):
        if name in BY_CHANCE:
            continue
        usual = max(1, int(count * 0.8))  # lives differ a little in how often they pass a point
        step = max(1.0, usual / per_name)
        for index in range(min(per_name, usual)):
            yield name, 1 + int(step * index)


def sweep(kind: str, per_name: int, *, part: Part = WHOLE, planted: str = "", some: int | None = None) -> Swept:
    """Every planned point of a part on one kind of database, or `some` of them, taken evenly."""
    swept = Swept()
    with databases(kind) as new:
        points = list(plan(counted(*new(False)), per_name))[part[0] :: part[1]]
        for name, number in points[:: max(1, len(points) // some)] if some else points:
            strike(new, name, number, swept, planted)
    return swept
