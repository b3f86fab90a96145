"""`verify` over the collection of real WSDLs: each in a process of its own, with a time limit, two at a time.

`make corpus` runs all of it and writes docs/proofs/corpus.md anew. One that misbehaves is a finding, not the end.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from adapters.soap.codec import Projection
from adapters.soap.contract import Contract
from adapters.soap.verify import Bounds, verify
from adapters.soap.verify_report import OperationReport, Report
from adapters.soap.wsdl.reader import read_contract
from bridge.clock import SystemClock
from bridge.errors import BridgeError
from bridge.shapes.samples import NoSample
from tests.adapters.soap.corpus import FOLDER, PROJECT, corpus
from tests.proofs.apart import Apart
from tests.proofs.lines import cell

PAGE = PROJECT / "docs" / "proofs" / "corpus.md"
LIMIT_S = 300.0
PER_OPERATION_S = 0.12


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
    # What has a thousand operations needs more time than what has one.
    longer = replace(bounds, total_s=bounds.total_s + PER_OPERATION_S * len(contract.operations))
    found.report = verify(contract, docs, clock=SystemClock(), bounds=longer)
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


def proofs(names: Iterable[str], bounds: Bounds | None = None, *, limit_s: float = LIMIT_S) -> Iterator[Found]:
    """In the order of the names, as they are done."""
    apart = Apart(partial(prove, bounds=bounds or Bounds()), _broken, limit_s)
    yield from apart.each(names, preload=["adapters.soap.verify", "adapters.soap.wsdl.reader"])


def _broken(name: str, said: str) -> Found:
    return Found(name, broken=said)


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


def page(found: list[Found]) -> str:
    """What docs/proofs/corpus.md says."""
    sums, cut = total(found), sum(bool(one.report and one.report.stopped) for one in found)
    lines = [
        "# The collection of real WSDLs",
        "",
        "Written by `make corpus` (tests/proofs/corpus.py): `legacy-bridge verify` over every WSDL. JSON values that",
        "cover the shapes and XML documents that cover the schemas go both ways; libxml2 and xmlschema judge, with the",
        "schemas of the WSDL itself.",
        "",
        "An operation counts as lossless when every one of its values and documents came back equal and was valid. Not",
        "judged by the schemas: `xs:key`, `xs:unique` and `xs:keyref` (the values are made up), and values that hold",
        "free XML. Where libxml2 refuses what xmlschema finds valid, the value counts as valid, listed at the end.",
        "Operations over HTTP GET and POST are judged in the form of their messages, not of their queries.",
        "",
        "| | |",
        "|---|---|",
        f"| WSDLs | {len(found)} |",
        f"| of them read | {sum(not one.unread and not one.broken for one in found)} |",
        f"| operations | {sums.operations} |",
        f"| with a schema and samples | {sums.described} |",
        f"| left out, because the WSDL lacks what they need | {sums.counts['left out']} |",
        f"| **judged** | **{sums.judged} ({sums.share_judged:.2%})** |",
        f"| **of these lossless, and valid both ways** | **{sums.counts['lossless']} ({sums.share_lossless:.3%})** |",
        f"| not lossless | {sums.counts['not lossless']} |",
        f"| not judged | {sums.counts['not judged']} |",
        f"| JSON values that went both ways | {sums.values} |",
        f"| XML documents that went both ways | {sums.documents} |",
        f"| WSDLs in which libxml2 cannot load the schemas, so that xmlschema judges alone | {_unloaded(found)} |",
        f"| WSDLs in which the time was over before everything was tried | {cut} |",
        "",
        "## Not read",
        "",
        *(f"- `{one.id}`: {cell(one.unread or one.broken)}" for one in found if one.unread or one.broken),
        "",
    ]
    for outcome, title in (("not lossless", "Not lossless"), ("not judged", "Not judged"), ("left out", "Left out")):
        lines += [f"## {title}", "", *_listed(found, outcome), ""]
    lines += ["## Where the two judges disagree", "", *_contradictions(found), ""]
    return "\n".join(lines)


def _unloaded(found: list[Found]) -> int:
    return sum(bool(one.report and one.report.judge) for one in found)


def _listed(found: list[Found], outcome: str) -> Iterator[str]:
    for each in found:
        reasons = Counter(_reason(one) for one in each.operations if one.outcome == outcome)
        yield from (f"- `{each.id}`: {count} × {reason}" for reason, count in reasons.items())


def _reason(one: OperationReport) -> str:
    if one.why or not one.reasons:
        return cell(one.why)
    first = one.reasons[0]
    return cell(f"{first.message}, {first.check}{f' at {first.pointer}' if first.pointer else ''}: {first.said}")


def _contradictions(found: list[Found]) -> Iterator[str]:
    for each in found:
        told = Counter(cell(said) for one in each.operations for said in one.contradictions)
        yield from (f"- `{each.id}`: {count} × {said}" for said, count in told.items())


def main() -> int:
    """Names of WSDLs, or none for all of them, which writes the page; SECONDS_MAX bounds each."""
    names = sys.argv[1:] or [entry.id for entry in corpus().entries]
    found = []
    for one in proofs(names, Bounds(total_s=float(os.environ.get("SECONDS_MAX", "100")))):
        found.append(one)
        counts = Counter(operation.outcome for operation in one.operations)
        print(f"{len(found)}/{len(names)} {one.id} {one.seconds:.1f} s {dict(counts)} {one.broken}", flush=True)
        for operation in one.operations:
            if operation.outcome in {"not lossless", "not judged"}:
                print(f"    {operation.name}: {_reason(operation)}", flush=True)
    if not sys.argv[1:]:
        PAGE.write_text(page(found), encoding="utf-8")
    print(f"{len(found)} WSDLs, {sum(bool(one.unread) for one in found)} not read: {total(found)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
