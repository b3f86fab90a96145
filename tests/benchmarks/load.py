"""`make bench-load`: the first load of each WSDL of the collection beside zeep's load of the same documents.

Each load is a process of its own, started for it: what is compared is the whole of it, from the start of Python to the
loaded WSDL, without a network. Ours reads in a child process; the memory of both is told. Best of ROUNDS, in turns.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.adapters.soap.corpus import Corpus, Entry, corpus

ROUNDS, TIMEOUT_S = 2, 120
RATIO_MAX, WALL_S_MAX, MEMORY_MB_MAX = 3.0, 5.0, 400
RESULT = Path(__file__).parents[2] / "docs" / "proofs" / "bench-load.md"

OURS = """
import asyncio, json, re, resource, sys, time
from pathlib import Path
from adapters.soap.source import open_contract
from bridge.clock import SystemClock

async def fetch(url):
    raise ConnectionRefusedError(url)

job = json.loads(sys.argv[1])
begin = time.perf_counter()
opened = open_contract(job["path"], fetch=fetch, clock=SystemClock(), resolve_map=job["copies"], every_port=True)
try:
    contract, _ = asyncio.run(opened)
    why = ""
except Exception as error:
    why = str(error)
took = time.perf_counter() - begin
mine = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(json.dumps({"why": why[:200], "load_s": took, "parent_mb": mine, "child_mb": child}))
"""

ZEEP = """
import json, logging, re, sys, time
from pathlib import Path
from zeep.settings import Settings
from zeep.transports import Transport
from zeep.wsdl import Document

logging.disable(logging.CRITICAL)
job = json.loads(sys.argv[1])

class Local(Transport):
    def load(self, url):
        path = job["copies"].get(url, url)
        if path.startswith(("http:", "https:")):
            raise ConnectionRefusedError(url)
        return Path(path).read_bytes()

begin = time.perf_counter()
try:
    Document(job["path"], Local(), settings=Settings(strict=False))
    why = ""
except Exception as error:
    why = type(error).__name__ + ": " + str(error)
took = time.perf_counter() - begin
mine = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
print(json.dumps({"why": why[:200], "load_s": took, "parent_mb": mine, "child_mb": 0}))
"""


@dataclass(frozen=True)
class Load:
    """`wall_s`: of the whole process; `load_s`: without its start and imports. `why`: it could not be loaded."""

    wall_s: float
    load_s: float
    parent_mb: int
    child_mb: int
    why: str

    @property
    def memory_mb(self) -> int:
        return max(self.parent_mb, self.child_mb)


@dataclass(frozen=True)
class Row:
    """One WSDL, loaded both ways."""

    id: str
    kilobytes: int
    ours: Load
    zeep: Load

    @property
    def ratio(self) -> float:
        return self.ours.wall_s / self.zeep.wall_s


def once(code: str, job: str) -> Load:
    """A load in a process started for it."""
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, job], capture_output=True, timeout=TIMEOUT_S, check=False
    )
    wall_s = time.perf_counter() - begin
    if done.returncode:
        return Load(wall_s, wall_s, 0, 0, done.stderr.decode(errors="replace").strip()[-200:] or "it died")
    return Load(wall_s, **json.loads(done.stdout.splitlines()[-1]))


def measure(whole: Corpus, entry: Entry) -> Row:
    """Both in turns; the best of each. Raises ContractError when the documents are not complete."""
    documents = asyncio.run(whole.documents(entry))
    sourcing = whole.sourcing(entry)
    job = json.dumps({"path": str(entry.path), "copies": dict(sourcing.resolve)})
    loads = [(once(OURS, job), once(ZEEP, job)) for _ in range(ROUNDS)]
    ours, zeep = (min(side, key=lambda load: load.wall_s) for side in zip(*loads, strict=True))
    return Row(entry.id, sum(map(len, documents.documents.values())) // 1024, ours, zeep)


def problems(rows: list[Row]) -> list[str]:
    """What is over a bound."""
    found = [f"`{row.id}`: {row.ratio:.1f} × zeep" for row in rows if not row.zeep.why and row.ratio > RATIO_MAX]
    found += [f"`{row.id}`: {row.ours.wall_s:.1f} s" for row in rows if row.ours.wall_s > WALL_S_MAX]
    return found + [f"`{row.id}`: {row.ours.memory_mb} MB" for row in rows if row.ours.memory_mb > MEMORY_MB_MAX]


def report(rows: list[Row]) -> str:
    """The page."""
    loaded = [row for row in rows if not row.ours.why]
    both = [row for row in loaded if not row.zeep.why]
    ratios = sorted(row.ratio for row in both)
    slowest = sorted(both, key=lambda row: -row.ratio)[:15]
    largest = sorted(loaded, key=lambda row: -row.ours.wall_s)[:15]
    lines = [
        "# The first load of each WSDL of the collection",
        "",
        "Written by `make bench-load`. Each load is a process of its own, from the start of Python to the loaded WSDL,",
        f"best of {ROUNDS} in turns, without a network; zeep 4.3.3 loads the same local documents with `strict=False`.",
        f"Python {platform.python_version()}, {os.cpu_count()} processors.",
        "",
        "| | |",
        "|---|---|",
        f"| WSDLs with all their documents | {len(rows)} |",
        f"| loaded here | {len(loaded)} |",
        f"| loaded by zeep | {sum(not row.zeep.why for row in rows)} |",
        f"| time here ÷ time of zeep, median | {statistics.median(ratios):.2f} |",
        f"| worst (bound: {RATIO_MAX:g}) | {ratios[-1]:.2f} |",
        f"| longest load here (bound: {WALL_S_MAX:g} s) | {max(row.ours.wall_s for row in loaded):.2f} s |",
        f"| most memory, server (bound: {MEMORY_MB_MAX} MB) | {max(row.ours.parent_mb for row in loaded)} MB |",
        f"| most memory, reading process (the same) | {max(row.ours.child_mb for row in loaded)} MB |",
        f"| most memory of zeep | {max(row.zeep.parent_mb for row in both)} MB |",
        "",
        f"Over a bound: {'; '.join(problems(rows)) or 'none'}.",
        "",
        *table("The least favourable ratios", slowest),
        *table("The longest loads here", largest),
        *table("Loaded here, not by zeep", sorted((row for row in loaded if row.zeep.why), key=lambda row: row.id)),
        "## Not loaded here",
        "",
        *(f"- `{row.id}`: {' '.join(row.ours.why.split())[:160]}" for row in rows if row.ours.why),
        "",
    ]
    return "\n".join(lines)


def table(title: str, rows: list[Row]) -> list[str]:
    """Rows as a table."""
    head = ["| WSDL | KB | here, s | zeep, s | ratio | server, MB | reader, MB | zeep, MB |", "|---" + "|--:" * 7 + "|"]
    body = [
        f"| `{row.id}` | {row.kilobytes} | {row.ours.wall_s:.2f} | {'–' if row.zeep.why else f'{row.zeep.wall_s:.2f}'} "
        f"| {'–' if row.zeep.why else f'{row.ratio:.2f}'} | {row.ours.parent_mb} | {row.ours.child_mb} "
        f"| {'–' if row.zeep.why else row.zeep.parent_mb} |"
        for row in rows
    ]
    return [f"## {title}", "", *head, *body, ""]


def main() -> None:
    """All of the collection, or those whose names hold one of the words given."""
    whole = corpus()
    words = sys.argv[1:]
    entries = [one for one in whole.entries if one.complete and (not words or any(word in one.id for word in words))]
    rows = []
    for number, entry in enumerate(entries, 1):
        rows.append(measure(whole, entry))
        if sys.stderr.isatty():
            print(f"\r{number} of {len(entries)}", end="", file=sys.stderr)
    if words:
        print(report(rows))
    else:
        RESULT.write_text(report(rows), "utf-8")
        print(f"{RESULT}: over a bound: {len(problems(rows))}")
    sys.exit(1 if problems(rows) else 0)


if __name__ == "__main__":
    main()
