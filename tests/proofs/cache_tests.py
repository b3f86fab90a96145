"""The public tests for HTTP caches through a served bridge that passes everything on; `python -m
tests.proofs.cache_tests [FOLDER]` writes docs/proofs/cache-tests.md.

FOLDER: a newer version of the suite than the registry's, with its packages installed beside it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journeys.running import started
from tests.servers.cache_tests import Suite, cache_origin, kinds, prepare, results

PAGE = Path(__file__).parents[2] / "docs" / "proofs" / "cache-tests.md"
CONFIG = """
state: {state}
server: {{port: 0, limits: {{connections_per_address: 2000}}}}
upstreams:
  origin:
    prefix: /origin
    http: {{base: "http://127.0.0.1:{port}", passthrough: {{locations: keep, cache: {{public: true, stale: 60s}}}}}}
    retry: {{attempts: 1}}
    breaker: off
"""
PLANTED = "{{public: true, stale: 60s}}", "null"
BEHAVED = True


@dataclass(frozen=True)
class Score:
    """How the tests went: the names of those that failed, by kind, with the reason; and how many there are."""

    failed: Mapping[str, Mapping[str, str]]
    total: Mapping[str, int]

    def passed(self, kind: str) -> int:
        return self.total[kind] - len(self.failed[kind])


async def run(suite: Suite, folder: Path, *, planted: bool = False) -> Score:
    """`planted`: without any cache, which the suite has to see."""
    text = CONFIG.replace(*PLANTED) if planted else CONFIG
    async with cache_origin(suite, folder) as port:
        file = folder / "bridge.yaml"
        file.write_text(text.format(port=port, state=folder / "state"))
        async with started(folder, "serve", str(file)) as bridge:
            told = await results(suite, f"{bridge.url}/origin")
    return score(await kinds(suite), told)


def score(kind_of: Mapping[str, str], told: Mapping[str, Any]) -> Score:
    failed: dict[str, dict[str, str]] = {kind: {} for kind in kind_of.values()}
    for name, kind in kind_of.items():
        if told.get(name) is not BEHAVED:
            failed[kind][name] = str((told.get(name) or ["", "was not run"])[1])
    return Score(failed, Counter(kind_of.values()))


def page(found: Score, without: Score) -> str:
    lines = [
        "# The public tests for HTTP caches",
        "",
        "Written by `python -m tests.proofs.cache_tests FOLDER`, with the suite of https://github.com/http-tests/cache-tests",
        "in FOLDER; the registry's older one runs with `make test`. The bridge passes everything on to the suite's own",
        "server (`passthrough`), and the suite's client asks through the bridge.",
        "",
        "| kind | passed | of | without the cache |",
        "|---|---|---|---|",
    ]
    for kind in ("required", "optimal", "check"):
        lines.append(f"| {kind} | {found.passed(kind)} | {found.total[kind]} | {without.passed(kind)} |")
    lines += ["", "Required ones that failed:", ""]
    lines += [f"- `{name}`: {why}" for name, why in found.failed["required"].items()]
    return "\n".join([*lines, ""])


async def main(folder: Path | None) -> None:
    suite = await asyncio.to_thread(prepare, folder)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        found = await run(suite, Path(one))
        without = await run(suite, Path(two), planted=True)
    print(*(f"{kind}: {found.passed(kind)} of {found.total[kind]}" for kind in found.total), sep="\n")
    if folder is not None:
        PAGE.write_text(page(found, without), "utf-8")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else None))
