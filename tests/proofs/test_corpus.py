"""The collection of real WSDLs: which operations work, seen by an independent judge.

`make test` proves a seeded slice, `make test-long` all of it and writes docs/proofs/corpus.md.
"""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.adapters.soap.corpus import PROJECT, corpus
from tests.proofs.corpus import Findings, prove

pytestmark = pytest.mark.corpus

SEED, SLICE = 20261121, 60
VALID_MIN = 0.95
REPORT = PROJECT / "docs" / "proofs" / "corpus.md"


def proofs(names: list[str]) -> list[Findings]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(prove, names, chunksize=4))


def total(found: list[Findings]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for one in found:
        counts.update(one.counts)
    return counts


def share_valid(counts: Counter[str]) -> float:
    judged = counts["valid"] + counts["invalid"]
    return counts["valid"] / judged if judged else 0.0


@pytest.mark.timeout(300)
def test_a_slice_of_the_collection() -> None:
    names = random.Random(SEED).sample([entry.id for entry in corpus().entries if entry.loads], SLICE)
    found = proofs(names)
    counts = total(found)
    print(f"{len(found)} WSDLs: {dict(counts)}")
    assert counts["literal"] > 100
    assert share_valid(counts) >= VALID_MIN
    assert [one.id for one in found if one.unread] == []
    assert not [(one.id, problem) for one in found for problem in one.problems if problem[1] == "no sample"]


@pytest.mark.long
def test_the_whole_collection() -> None:
    found = proofs([entry.id for entry in corpus().entries])
    counts = total(found)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(report(found, counts), encoding="utf-8")
    loads = {entry.id for entry in corpus().entries if entry.loads}
    served = [one for one in found if one.counts["literal"] > one.counts["left out"] or one.counts["encoded"]]
    print(f"{len(found)} WSDLs, {len(served)} read: {dict(counts)}")
    assert len([one for one in found if one.id in loads and not one.unread]) >= 311  # the 4 others have no SOAP port
    assert share_valid(counts) >= VALID_MIN
    assert counts["no sample"] <= counts["literal"] * 0.002


def report(found: list[Findings], counts: Counter[str]) -> str:
    """What docs/proofs/corpus.md says."""
    judged = counts["valid"] + counts["invalid"]
    lines = [
        "# The collection of real WSDLs",
        "",
        "Written by `make test-long` (tests/proofs/test_corpus.py). Every operation with literal messages gets a",
        "codec, a schema and sample messages; libxml2, with the schemas of the WSDL itself, judges the samples.",
        "",
        "| | |",
        "|---|---|",
        f"| WSDLs | {len(found)} |",
        f"| of them read | {sum(not one.unread for one in found)} |",
        f"| operations | {counts['operations']} |",
        f"| with encoded messages (not served yet) | {counts['encoded']} |",
        f"| with literal messages | {counts['literal']} |",
        f"| left out, because the WSDL lacks what they need | {counts['left out']} |",
        f"| without a sample | {counts['no sample']} |",
        f"| that libxml2 could judge | {judged} |",
        f"| **valid, request and answer** | **{counts['valid']} ({counts['valid'] / judged:.2%})** |",
        f"| invalid | {counts['invalid']} |",
        f"| that libxml2 could not judge | {counts['not judged']} |",
        f"| WSDLs whose schemas libxml2 cannot load | {sum(bool(one.unjudged) for one in found)} |",
        "",
        "## Not read",
        "",
        *(f"- `{one.id}`: {one.unread}" for one in found if one.unread),
        "",
        "## Left out, invalid or without a sample",
        "",
    ]
    for one in found:
        kinds = Counter((what, detail.split("Traceback")[0][:200]) for _, what, detail in one.problems)
        lines += [f"- `{one.id}`: {count} × {what}: {_cell(detail)}" for (what, detail), count in kinds.items()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace(str(Path.cwd()), ".").split())
