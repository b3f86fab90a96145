"""`verify` over the collection of real WSDLs: each in a process of its own, with a time limit, two at a time.

`make corpus` runs all of it and writes docs/proofs/corpus.md anew. One that misbehaves is a finding, not the end.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from adapters.soap.codec import Projection
from adapters.soap.contract import Contract
from adapters.soap.verify import Bounds, verify
from adapters.soap.verify_report import OperationReport, Report
from adapters.soap.wsdl.reader import read_contract
from bridge.clock import SystemClock
from bridge.errors import BridgeError
from bridge.shapes.samples import NoSample
from tests.adapters.soap.corpus import FOLDER, PROJECT, corpus

PAGE = PROJECT / "docs" / "proofs" / "corpus.md"
WORKERS, LIMIT_S = 2, 300.0
_SPAWN = multiprocessing.get_context("forkserver")


@dataclass
class Found:
    """One WSDL. `unread`: why it was not read; `broken`: what ended the proof; `described`: operations that have
    schema and samples."""

    id: str
    unread: str = ""
    missing: list[str] = field(default_factory=list)
    broken: str = ""
    described: int = 0
    undescribed: dict[str, str] = field(default_factory=dict)
    report: Report | None = None
    seconds: float = 0.0

    @property
    def operations(self) -> list[OperationReport]:
        return self.report.operations if self.report else []


def prove(name: str, bounds: Bounds) -> Found:
    """Everything about one WSDL of the manifest."""
    found, started = Found(name), time.monotonic()
    entry = corpus().named(name)
    found.missing = [*entry.remote_unresolved, *(place for _, place in entry.missing_relative)]
    try:
        docs = asyncio.run(corpus().documents(entry))
        contract = read_contract(docs, every_port=True)
    except BridgeError as error:
        found.unread = " ".join(error.detail.replace(f"{FOLDER}/", "").split())
        return found
    _describe(contract, found)
    found.report = verify(contract, docs, clock=SystemClock(), bounds=bounds)
    found.seconds = time.monotonic() - started
    return found


def _describe(contract: Contract, found: Found) -> None:
    projection = Projection(contract)
    for name in contract.operations:
        try:
            assert projection.operation(name).example.request
            found.described += 1
        except (BridgeError, NoSample, RecursionError) as error:
            found.undescribed[name] = str(error) or type(error).__name__


# ── processes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def proofs(names: Iterable[str], bounds: Bounds | None = None, *, limit_s: float = LIMIT_S) -> Iterator[Found]:
    """In the order of the names, as they are done."""
    _SPAWN.set_forkserver_preload(["adapters.soap.verify", "adapters.soap.wsdl.reader"])
    with ThreadPoolExecutor(WORKERS) as pool:
        yield from pool.map(lambda name: _apart(name, bounds or Bounds(), limit_s), names)


def _apart(name: str, bounds: Bounds, limit_s: float) -> Found:
    ours, theirs = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_child, args=(theirs, name, bounds))
    process.start()
    theirs.close()
    try:
        if ours.poll(limit_s):
            return ours.recv()  # type: ignore[no-any-return]  # what _child sends
        return Found(name, broken=f"not done after {limit_s:g} s")
    except EOFError:
        return Found(name, broken="its process died")
    finally:
        process.kill()
        process.join()
        ours.close()


def _child(to: Connection, name: str, bounds: Bounds) -> None:
    try:
        to.send(prove(name, bounds))
    except Exception as error:  # noqa: BLE001  a finding of any kind is listed and does not stop the others
        to.send(Found(name, broken=f"{type(error).__name__}: {error} {traceback.format_exc(limit=-3)[-600:]}"))


# ── the numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Total:
    """Sums over the collection."""

    counts: Counter[str]
    values: int
    documents: int
    operations: int
    described: int

    @property
    def judged(self) -> int:
        return self.counts["lossless"] + self.counts["not lossless"]

    @property
    def share_judged(self) -> float:
        return self.judged / self.operations if self.operations else 0.0

    @property
    def share_lossless(self) -> float:
        return self.counts["lossless"] / self.judged if self.judged else 0.0

    def __str__(self) -> str:
        return (
            f"{self.operations} operations, {self.described} with schema and samples, {self.judged} judged "
            f"({self.share_judged:.2%}), of these {self.counts['lossless']} lossless ({self.share_lossless:.3%}); "
            f"{self.values} JSON values and {self.documents} XML documents went both ways; {dict(self.counts)}"
        )


def total(found: Iterable[Found]) -> Total:
    every = list(found)
    operations = [one for each in every for one in each.operations]
    return Total(
        Counter(one.outcome for one in operations),
        sum(one.values for one in operations),
        sum(one.documents for one in operations),
        len(operations),
        sum(one.described for one in every),
    )


def main() -> int:
    """Names of WSDLs, or none for all of them; SECONDS bounds each."""
    names = sys.argv[1:] or [entry.id for entry in corpus().entries]
    found = []
    for one in proofs(names, Bounds(total_s=float(os.environ.get("SECONDS_MAX", "100")))):
        found.append(one)
        counts = Counter(operation.outcome for operation in one.operations)
        print(f"{len(found)}/{len(names)} {one.id} {one.seconds:.1f} s {dict(counts)} {one.broken}", flush=True)
        for operation in one.operations:
            for reason in operation.reasons[:1] if operation.outcome == "not lossless" else ():
                said = f"{operation.name}, {reason.message}, {reason.check} {reason.pointer}: {reason.said}"
                print(f"    {said[:300]} | {reason.made[:200]}", flush=True)
            if operation.outcome == "not judged":
                print(f"    {operation.name}: {operation.why[:200]}")
    print(total(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
