"""The whole fault matrix: `python -m tests.proofs.faults [--plant BUG] [FAULT…]` writes docs/proofs/faults.md.

With a planted bug, or with faults chosen by the beginning of their names, it prints and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.faults.case import ATTEMPTS, KINDS, Case
from tests.faults.catalogue import cases, every_byte
from tests.faults.judge import LATE_S_MAX, Judge, Verdict
from tests.faults.process import PLANTS
from tests.faults.world import ANSWER_MAX, DEADLINE_S, TIMEOUT_S, world

PAGE = Path(__file__).parents[2] / "docs" / "proofs" / "faults.md"
ROWS = {
    "slow": "slower than the timeout, silent after accept / head / half a body, one byte at a time; for good",
    "slow-once": "the same, the first attempt only",
    "cut": "RST or FIN at bytes of the request and of the answer, half-closed, refused",
    "each-byte": "a write that is cut off after each single byte of its request, and of its answer",
    "stale": "a kept connection that ends when it is used again",
    "garbage": "no HTTP, no XML, no JSON, HTML with 200, wrong type, wrong lengths, broken codings",
    "huge": "a gigabyte, chunks or a head without end, gzip bombs",
    "page": "5xx pages of a gateway or a crashed server, 401, 407",
    "soap-fault": "faults that blame the server, with 200 and 500",
    "fine": "odd and good: small chunks, no length, late but in time, closed while idle",
    "tls": "expired, not yet valid, wrong name, self-signed, unknown authority, alerts, cuts, our certificate refused",
    "dns": "no such name, no server, slow, an address where nobody listens, a dead IPv6 address beside a good IPv4 one",
}


async def judged(chosen: list[Case], plant: str) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        async with world(Path(folder), chosen, plant=plant) as running:
            return await Judge(running).run()


def page(verdict: Verdict, took_s: float, faults: Counter[str]) -> str:
    rows = "\n".join(f"| {name} | {ROWS[name]} | {faults[name]} | {verdict.rows[name]} |" for name in ROWS)
    wrong = "\n".join(f"- {text}" for text in verdict.wrong)
    return f"""# What the bridge does when the system behind fails

Made by `make faults`: {verdict.cases:,} cases in {took_s:.0f} s. The bridge runs as a process of its own; a proxy
between it and the systems behind (PHP's SoapServer, an HTTP server that speaks JSON) breaks what passes, byte by byte.
Each fault meets operations that are {", ".join(KINDS)}s, for good and, where a further attempt is of use, only once.

For each case it is compared with what has to be: the status, the code and the `outcome` of the problem; how many
connections reached the system and how many effects it counted ({ATTEMPTS} attempts at the most, a write is never
repeated once a byte of it may have arrived); that the answer is there by the deadline and {LATE_S_MAX * 1000:.0f} ms
(timeout {TIMEOUT_S} s, deadline {DEADLINE_S} s; what a busy machine costs is measured beside it, by a page that needs
nothing, and added twice); and that the only place of the upstream is free again, by a next call that is served.
Answers over {ANSWER_MAX:,} bytes are cut off; the memory of the process may grow by 64 MB.

| row | faults | of them | cases |
|---|---|---|---|
{rows}

The latest answer came {max(verdict.latest_s, 0) * 1000:.0f} ms after its deadline by the bridge's own log. The most
that one huge answer took was {verdict.grown_kb / 1000:.1f} MB.

{wrong or "Nothing was wrong."}

Bugs that can be planted, to see that the matrix sees them (`python -m tests.proofs.faults --plant BUG`):
{", ".join(f"`{name}`" for name in PLANTS)}. Each is seen in `tests/faults/test_matrix.py`.

Python {platform.python_version()}, {platform.system()}.
"""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--plant", default="", choices=PLANTS)
    parser.add_argument("fault", nargs="*")
    given = parser.parse_args()
    chosen = [case for case in (*cases(), *every_byte()) if not given.fault or case.id.startswith(tuple(given.fault))]
    began = time.monotonic()
    verdict = asyncio.run(judged(chosen, given.plant))
    print(*verdict.wrong[:50], f"{verdict.cases} cases, {len(verdict.wrong)} wrong", sep="\n")
    if not given.plant and not given.fault:
        faults = Counter(row for row, _ in {(case.fault.row, case.fault) for case in chosen})
        PAGE.write_text(page(verdict, time.monotonic() - began, faults), encoding="utf-8")
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
