"""All crash harnesses at full length: `make crashes` writes docs/proofs/crash.md.

Takes about an hour on two cores. `--quick` does a hundredth of it and writes nothing.
"""

from __future__ import annotations

import platform
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from tests.proofs.crash import calls, load, points, powerloss, races
from tests.proofs.crash.powerloss import PROJECT

PAGE = PROJECT / "docs" / "proofs" / "crash.md"
SIZE = ("--count", "120", "--tasks", "4")
AT_ONCE = 2
POINTS_MIN, KILLS_MIN, STATES_MIN, RACES_MIN, ERRORS_MIN = 2000, 1000, 5000, 500, 300


@dataclass(frozen=True)
class Line:
    """One harness. `count`: how many cases it ran; `kind`: what its count is added to."""

    name: str
    kind: str
    count: int
    text: str
    good: bool
    wrong: tuple[str, ...] = ()


def _points(kind: str, per_name: int) -> Line:
    swept = points.sweep(kind, per_name)
    return Line(f"kill −9 at named steps, {kind}", "points", swept.hit, swept.line(), swept.good, tuple(swept.wrong))


def _calls(how: str, per_call: int) -> Line:
    kill = how == "signal=KILL"
    hits = calls.sweep(how, per_call, *SIZE, calls=calls.CALLS if kill else calls.DISK)
    name = "kill −9 at system calls, sqlite" if kill else f"{how.removeprefix('error=')} at system calls, sqlite"
    return Line(name, "points" if kill else "errors", hits.hit, hits.line(), hits.good, tuple(hits.wrong))


def _load(kind: str, kills: int) -> Line:
    killed = load.run(kind, kills, seed=1)
    name = f"random kills, four writers and two workers, {kind}"
    return Line(name, "kills", killed.kills, killed.line(), killed.good, tuple(killed.wrong))


def _races(kind: str, count: int) -> Line:
    raced = races.run(kind, count, seed=1)
    return Line(
        f"a worker stopped past its lease, {kind}", "races", raced.races, raced.line(), raced.good, tuple(raced.wrong)
    )


def _power(states: int) -> Line:
    found = powerloss.run(states, seed=1)
    wrong = (*found.lost, *found.broken)
    return Line("power off, sqlite", "states", found.states, found.line(), found.good, wrong)


def _power_planted(states: int) -> Line:
    found = powerloss.run(states, seed=1, planted="normal")
    text = f"{found.line()} (it must be red)"
    return Line("planted: synchronous=NORMAL", "planted", found.states, text, bool(found.lost))


def _early(per_call: int) -> Line:
    hits = calls.sweep("signal=KILL", per_call, *SIZE, "--planted", "early", calls=("write",))
    return Line(
        "planted: acknowledged too early", "planted", hits.hit, f"{hits.line()} (it must be red)", bool(hits.wrong)
    )


def _halves(per_name: int) -> Line:
    swept = points.sweep("sqlite", per_name, planted="halves", some=20)
    text = f"{swept.line()} (it must be red)"
    return Line("planted: accepted in two halves", "planted", swept.hit, text, bool(swept.wrong))


def _double(count: int) -> Line:
    raced = races.run("sqlite", count, seed=1, planted="double")
    text = f"{raced.line()} (it must be red)"
    return Line("planted: nobody looks whether the effect is there", "planted", raced.races, text, bool(raced.wrong))


def works(share: float) -> Iterator[partial[Line]]:
    """The longest first."""

    def much(count: int) -> int:
        return max(3, round(count * share))

    yield partial(_races, "postgresql", much(RACES_MIN // 2))
    yield partial(_points, "sqlite", much(60))
    yield partial(_calls, "signal=KILL", much(150))
    yield partial(_points, "postgresql", much(30))
    yield partial(_races, "sqlite", much(RACES_MIN // 2))
    yield partial(_calls, "error=EIO", much(100))
    yield partial(_calls, "error=ENOSPC", much(100))
    yield partial(_load, "sqlite", much(KILLS_MIN * 3 // 5))
    yield partial(_load, "postgresql", much(KILLS_MIN // 2))
    yield partial(_power, max(200, round(STATES_MIN * share)))
    yield partial(_power_planted, max(200, round(STATES_MIN * share / 5)))
    yield partial(_early, 5)
    yield partial(_halves, 8)
    yield partial(_double, 4)


def _run(work: Callable[[], Line]) -> Line:
    return work()


def page(lines: list[Line], commit: str) -> str:
    """What is written down."""
    sums = {
        kind: sum(line.count for line in lines if line.kind == kind) for kind in dict.fromkeys(x.kind for x in lines)
    }
    rows = [f"| {line.name} | {line.text} | {'yes' if line.good else '**NO**'} |" for line in lines]
    wrong = [f"- {line.name}: {one}" for line in lines if not line.good for one in line.wrong[:20]]
    return "\n".join(
        [
            "# Crashes",
            "",
            "Written by `make crashes`; slices of it run with `make test`. Promised: what was",
            "acknowledged is there, whole units only, and one effect for each event at a sink that honours the key.",
            "",
            f"At {commit}, {platform.system()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.",
            "",
            ", ".join(f"{count} {kind}" for kind, count in sums.items()) + ".",
            "",
            "| what | found | as promised |",
            "|---|---|---|",
            *rows,
            *(["", "## Not as promised", "", *wrong] if wrong else []),
            "",
        ]
    )


def enough(lines: list[Line]) -> bool:
    least = {"points": POINTS_MIN, "kills": KILLS_MIN, "states": STATES_MIN, "races": RACES_MIN, "errors": ERRORS_MIN}
    return all(sum(line.count for line in lines if line.kind == kind) >= least[kind] for kind in least)


def main() -> None:
    quick = "--quick" in sys.argv
    head = subprocess.run(
        ("git", "rev-parse", "--short", "HEAD"), cwd=PROJECT, capture_output=True, text=True, check=False
    )
    lines = []
    with ProcessPoolExecutor(AT_ONCE) as pool:
        for line in pool.map(_run, works(0.01 if quick else 1.0)):
            print(
                f"{'ok ' if line.good else 'NOT'} {line.name}: {line.text}", *line.wrong[:5], sep="\n    ", flush=True
            )
            lines.append(line)
    if not quick:
        PAGE.write_text(page(lines, head.stdout.strip() or "an unknown commit"), "utf-8")
    sys.exit(0 if all(line.good for line in lines) and (quick or enough(lines)) else 1)


if __name__ == "__main__":
    main()
