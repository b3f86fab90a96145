"""All crash harnesses at full length: `make crashes` writes docs/proofs/crash.md.

What each part found is kept in the folder `--work`, by commit: a run that was broken off goes on where it stopped.
`--share 0.1` does a tenth and writes no page, `--only KEY …` some of the harnesses, `--plant` those that must be red.
"""

from __future__ import annotations

import argparse
import json
import platform
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tests.proofs.crash import parts
from tests.proofs.crash.parts import Harness, Result, Slice
from tests.proofs.crash.powerloss import PROJECT

PAGE = PROJECT / "docs" / "proofs" / "crash.md"
WORK = PROJECT / "build" / "crash"
AT_ONCE = 3
"""Much of it is waiting."""


@dataclass(frozen=True)
class Line:
    """What all parts of one harness found."""

    harness: Harness
    found: Result
    seconds: float

    @property
    def good(self) -> bool:
        return self.harness.good(self.found)

    def __str__(self) -> str:
        red = f" (planted: {self.harness.planted}; it must be red)" if self.harness.planted else ""
        return f"{'ok ' if self.good else 'NOT'} {self.harness.key}: {self.found.line()}{red}, {self.seconds:.0f} s"


@dataclass(frozen=True)
class Kept:
    """The results of the parts, one file each; those of another commit do not count."""

    folder: Path
    commit: str

    def _file(self, part: Slice) -> Path:
        return self.folder / f"{self.commit}-{part.key}-{part.size}-{part.number + 1}-of-{part.parts}.json"

    def put(self, part: Slice, found: Result, seconds: float) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"seconds": round(seconds, 1), "found": parts.kept(found)})
        half = self._file(part).with_suffix(".half")
        half.write_text(text, "utf-8")
        half.rename(self._file(part))

    def get(self, part: Slice) -> tuple[Result, float] | None:
        try:
            there = json.loads(self._file(part).read_text("utf-8"))
        except FileNotFoundError:
            return None
        return parts.read(parts.BY_KEY[part.key].result, there["found"]), float(there["seconds"])

    def line(self, harness: Harness, share: float) -> Line | None:
        """None while a part is missing."""
        founds = [self.get(part) for part in harness.slices(share)]
        whole = [found for found in founds if found is not None]
        if len(whole) < len(founds):
            return None
        return Line(harness, parts.summed(found for found, _ in whole), sum(seconds for _, seconds in whole))


def _run(part: Slice) -> tuple[Result, float]:
    began = time.monotonic()
    return part.run(), time.monotonic() - began


def run(harnesses: list[Harness], share: float, at_once: int, kept: Kept) -> list[Line]:
    """Whatever is missing; the harnesses that are whole then."""
    missing = [part for each in harnesses for part in each.slices(share) if kept.get(part) is None]
    with ProcessPoolExecutor(at_once) as pool:
        doing: dict[Future[tuple[Result, float]], Slice] = {pool.submit(_run, part): part for part in missing}
        for done in as_completed(doing):
            part = doing[done]
            if error := done.exception():
                print(f"NOT {part}: {type(error).__name__}: {error}", flush=True)
                continue
            kept.put(part, *done.result())
            if line := kept.line(parts.BY_KEY[part.key], share):
                wrong = [] if line.harness.planted else line.found.wrong[:5]
                print(line, *wrong, sep="\n    ", flush=True)
    lines = [kept.line(harness, share) for harness in harnesses]
    return [line for line in lines if line is not None]


def sums(lines: list[Line]) -> dict[str, int]:
    """What counts, of each kind."""
    return {
        kind: sum(line.found.count for line in lines if line.harness.kind == kind and not line.harness.planted)
        for kind in parts.LEAST
    }


def enough(lines: list[Line]) -> bool:
    return all(count >= parts.LEAST[kind] for kind, count in sums(lines).items())


def page(lines: list[Line], commit: str) -> str:
    """What is written down."""
    real = [line for line in lines if not line.harness.planted]
    planted = [line for line in lines if line.harness.planted]
    counts = ", ".join(f"{count:,} {kind} (at least {parts.LEAST[kind]:,})" for kind, count in sums(lines).items())
    wrong = [f"- {line.harness.name}: {one}" for line in real if not line.good for one in line.found.wrong[:20]]
    return "\n".join(
        [
            "# Crashes",
            "",
            "Written by `make crashes`; slices of it run with `make test`. Promised: what was acknowledged is there,",
            "whole units only, and one effect for each event at a sink that honours the key.",
            "",
            f"At {commit}, {platform.system()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.",
            "",
            f"{counts}.",
            "",
            "| what | found | as promised |",
            "|---|---|---|",
            *(f"| {line.harness.name} | {line.found.line()} | {'yes' if line.good else '**NO**'} |" for line in real),
            *(["", "## Not as promised", "", *wrong] if wrong else []),
            "",
            "## With a bug that was planted",
            "",
            "Each harness has to see one; `python -m tests.proofs.crash.report --plant` shows it.",
            "",
            "| what | planted | found | seen |",
            "|---|---|---|---|",
            *(
                f"| {line.harness.name} | {PLANTED[line.harness.planted]} | {line.found.line()} |"
                f" {'yes' if line.good else '**NO**'} |"
                for line in planted
            ),
            "",
        ]
    )


PLANTED = {
    "halves": "an event is accepted in two transactions",
    "early": "acknowledged before it is durable",
    "deaf": "acknowledged although it was refused",
    "rash": "the backup before is removed first",
    "double": "nobody looks whether the effect is there",
    "normal": "`synchronous=NORMAL`",
}


def _commit() -> str:
    def git(*words: str) -> str:
        done = subprocess.run(("git", *words), cwd=PROJECT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = "-changed" if git("status", "--porcelain", "--untracked-files=no") else ""
    return (git("rev-parse", "--short", "HEAD") or "unknown") + changed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--only", nargs="+", choices=sorted(parts.BY_KEY), default=[])
    parser.add_argument("--plant", action="store_true")
    given = parser.parse_args()
    wanted = [
        each for each in parts.HARNESSES if (each.planted or not given.plant) and each.key in (given.only or [each.key])
    ]
    commit = _commit()
    lines = run(wanted, given.share, given.at_once, Kept(given.work, commit))
    whole = given.share >= 1 and len(lines) == len(parts.HARNESSES)
    print(sums(lines))
    if whole:
        PAGE.write_text(page(lines, commit), "utf-8")
    good = len(lines) == len(wanted) and all(line.good for line in lines)
    sys.exit(0 if good and (enough(lines) or not whole) else 1)


if __name__ == "__main__":
    main()
