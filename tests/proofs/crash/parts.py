"""Every harness with its full size, in parts that run apart: what a part found is kept, so a run that was broken off
goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from functools import reduce
from typing import Any

from tests.proofs.crash import calls, copies, kept_house, load, locks, points, powerloss, races
from tests.proofs.crash.points import Part

Result = points.Swept | calls.Hits | load.Killed | races.Raced | powerloss.Found
LEAST = {"points": 2000, "kills": 1000, "states": 5000, "races": 500, "errors": 300}
SIZE_MIN = 3


@dataclass(frozen=True)
class Harness:
    """`kind`: what its count is added to. `size`: of all its parts together, in its own measure.

    `planted`: the bug that it has to see; it is as promised when it is red.
    """

    key: str
    name: str
    kind: str
    size: int
    parts: int
    result: type[Result]
    run: Callable[[int, Part], Result]
    planted: str = ""

    def good(self, found: Result) -> bool:
        return bool(found.wrong) if self.planted else found.good

    def slices(self, share: float) -> list[Slice]:
        size = max(min(SIZE_MIN, self.size), round(self.size * share))
        parts = min(size, max(1, round(self.parts * share)))
        return [Slice(self.key, size, number, parts) for number in range(parts)]


@dataclass(frozen=True)
class Slice:
    """One part of a harness."""

    key: str
    size: int
    number: int
    parts: int

    def run(self) -> Result:
        return BY_KEY[self.key].run(self.size, (self.number, self.parts))


def kept(found: Result) -> dict[str, Any]:
    """For JSON."""
    return {name: sorted(value) if isinstance(value, set) else value for name, value in asdict(found).items()}


def read(kind: type[Result], values: dict[str, Any]) -> Result:
    empty = kind()
    return kind(**{name: type(getattr(empty, name))(value) for name, value in values.items()})


def summed(founds: Iterable[Result]) -> Result:
    """Numbers and lists are added, sets united."""

    def both(one: Result, other: Result) -> Result:
        values = {}
        for each in fields(one):
            mine, theirs = getattr(one, each.name), getattr(other, each.name)
            values[each.name] = mine | theirs if isinstance(mine, set) else mine + theirs
        return type(one)(**values)

    return reduce(both, founds)


def _much(size: int, part: Part) -> int:
    return size // part[1] + (part[0] < size % part[1])


def _points(kind: str, key: str, per_name: int, parts: int) -> Harness:
    name = f"kill −9 at named steps, {kind}"
    return Harness(key, name, "points", per_name, parts, points.Swept, lambda n, part: points.sweep(kind, n, part=part))


def _house(kind: str, key: str, per_name: int, parts: int, planted: str = "") -> Harness:
    def run(size: int, part: Part) -> Result:
        return kept_house.sweep(kind, size, part=part, planted=planted, some=12 if planted else None)

    name = f"kill −9 at named steps of operators and of housekeeping, {kind}"
    return Harness(key, name, "points", per_name, parts, points.Swept, run, planted)


def _copies(key: str, planted: str = "") -> Harness:
    name = "kill −9 at named steps of backup and restore, sqlite"
    return Harness(key, name, "points", 1, 1, points.Swept, lambda _, part: copies.sweep(part, planted), planted)


def _calls(key: str, name: str, kind: str, per_call: int, parts: int, sweep: calls.Sweep) -> Harness:
    return Harness(
        key, name, kind, per_call, parts, calls.Hits, lambda n, part: calls.run(sweep, n, part), sweep.planted
    )


def _load(kind: str, key: str, kills: int, parts: int, planted: str = "") -> Harness:
    def run(size: int, part: Part) -> Result:
        return load.run(kind, _much(size, part), seed=part[0] + 1, planted=planted)

    name = f"random kills, four writers and two workers, {kind}"
    return Harness(key, name, "kills", kills, parts, load.Killed, run, planted)


def _races(kind: str, key: str, count: int, parts: int, planted: str = "") -> Harness:
    def run(size: int, part: Part) -> Result:
        return races.run(kind, _much(size, part), seed=part[0] + 1, planted=planted)

    return Harness(key, f"a worker stopped past its lease, {kind}", "races", count, parts, races.Raced, run, planted)


def _power(key: str, states: int, parts: int, planted: str = "") -> Harness:
    def run(size: int, part: Part) -> Result:
        return powerloss.run(_much(size, part), seed=part[0] + 1, planted=planted)

    return Harness(key, "power off, sqlite", "states", states, parts, powerloss.Found, run, planted)


def _halves(kind: str, key: str) -> Harness:
    def run(size: int, part: Part) -> Result:
        return points.sweep(kind, size, part=part, planted="halves", some=20)

    return Harness(key, f"kill −9 at named steps, {kind}", "points", 8, 1, points.Swept, run, "halves")


def _locks(key: str, count: int, parts: int, planted: str = "") -> Harness:
    def run(size: int, part: Part) -> Result:
        return locks.run(size, part, planted)

    return Harness(key, "locked for long, sqlite", "errors", count, parts, calls.Hits, run, planted)


KILL, AT = calls.KILL, "at system calls, sqlite"
EIO, FULL, LOCKED = "error=EIO", "error=ENOSPC", "error=EAGAIN"
HARNESSES = (
    _points("postgresql", "points-postgresql", 60, 10),
    _points("sqlite", "points-sqlite", 100, 10),
    _races("postgresql", "races-postgresql", 260, 5),
    _races("sqlite", "races-sqlite", 260, 5),
    _house("postgresql", "house-postgresql", 4, 4),
    _house("sqlite", "house-sqlite", 4, 4),
    _copies("copies"),
    _load("sqlite", "load-sqlite", 600, 6),
    _load("postgresql", "load-postgresql", 600, 6),
    _calls("errors-eio", f"EIO {AT}", "errors", 80, 4, calls.Sweep(EIO, calls.DISK)),
    _calls("errors-full", f"disk full (ENOSPC) {AT}", "errors", 80, 4, calls.Sweep(FULL, calls.DISK)),
    _calls(
        "errors-locked",
        f"locked (EAGAIN) {AT}",
        "errors",
        60,
        3,
        calls.Sweep(LOCKED, calls.LOCK),
    ),
    _locks("errors-held", 12, 3),
    _calls("calls-new", f"kill −9 {AT}, the tables being made", "points", 100, 4, calls.Sweep(KILL, calls.CALLS, True)),
    _calls("calls", f"kill −9 {AT}", "points", 600, 6, calls.Sweep(KILL, calls.CALLS)),
    _power("power", 12_000, 4),
    _halves("sqlite", "planted-halves-sqlite"),
    _halves("postgresql", "planted-halves-postgresql"),
    _copies("planted-copies", "rash"),
    _house("sqlite", "planted-house-sqlite", 1, 1, "early"),
    _house("postgresql", "planted-house-postgresql", 1, 1, "early"),
    _calls("planted-early", f"kill −9 {AT}", "points", 12, 1, calls.Sweep(KILL, ("write",), planted="early")),
    _calls("planted-deaf-eio", f"EIO {AT}", "errors", 9, 1, calls.Sweep(EIO, calls.DISK, planted="deaf")),
    _calls("planted-deaf-full", f"ENOSPC {AT}", "errors", 9, 1, calls.Sweep(FULL, calls.DISK, planted="deaf")),
    _locks("planted-deaf-held", 3, 1, "deaf"),
    _load("sqlite", "planted-load-sqlite", 60, 1, "early"),
    _load("postgresql", "planted-load-postgresql", 60, 1, "early"),
    _races("sqlite", "planted-races-sqlite", 4, 1, "double"),
    _races("postgresql", "planted-races-postgresql", 4, 1, "double"),
    _power("planted-power", 1_000, 1, "normal"),
)
BY_KEY = {harness.key: harness for harness in HARNESSES}
