"""The collection of real WSDLs through `verify`: a seeded slice of it in `make test`, all of it in `make test-long`."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from adapters.soap.verify import Bounds
from adapters.soap.verify_report import OperationReport, Reason, Report
from tests.adapters.soap.corpus import corpus
from tests.proofs.corpus import PAGE, Found, page, proofs, total

pytestmark = pytest.mark.corpus

SEED, SLICE, OPERATIONS_MAX = 20261121, 26, 60
JUDGED_MIN, LOSSLESS_MIN = 0.95, 0.995


@pytest.mark.timeout(300)
def test_a_slice_of_the_collection() -> None:
    fit = [one.id for one in corpus().entries if one.loads and one.complete and (one.n_ops or 0) <= OPERATIONS_MAX]
    found = list(proofs(random.Random(SEED).sample(fit, SLICE), Bounds(instances_max=40, total_s=8)))
    print(f"{len(found)} WSDLs: {total(found)}")
    print([(one.id, each.name, each.reasons[0].said) for one in found for each in one.operations if each.reasons])
    assert _broken(found) == []
    assert total(found).operations > 80
    assert total(found).share_judged >= JUDGED_MIN
    assert total(found).share_lossless >= LOSSLESS_MIN - 0.01  # of a slice: one operation weighs more


@pytest.mark.long
def test_the_whole_collection() -> None:
    found = list(proofs([entry.id for entry in corpus().entries]))
    PAGE.write_text(page(found), encoding="utf-8")
    print(f"{len(found)} WSDLs: {total(found)}")
    complete = {entry.id for entry in corpus().entries if entry.complete}
    assert _broken(found) == []
    assert len([one for one in found if one.id in complete and one.unread]) <= 3
    assert total(found).share_judged >= JUDGED_MIN
    assert total(found).share_lossless >= LOSSLESS_MIN


def _broken(found: Iterable[Found]) -> list[tuple[str, str]]:
    return [(one.id, one.broken) for one in found if one.broken]


def test_the_page_names_what_is_not_lossless() -> None:
    wrong = OperationReport("Pay", values=1, contradictions=["one says so"])
    wrong.add(Reason("request", "json", "1.50 became 1.5", "{}", "/sum"))
    unjudged = OperationReport("See")
    unjudged.unjudged("there is no schema")
    read = Found("a/shop", described=2, report=Report("", "", "", [OperationReport("Get", values=3), wrong, unjudged]))
    text = page([read, Found("b/gone", unread="http://gone.example/x.xsd could not be had")])
    assert "| **judged** | **2 (66.67%)** |" in text
    assert "| **of these lossless, and valid both ways** | **1 (50.000%)** |" in text
    assert "- `a/shop`: 1 × request, json at /sum: 1.50 became 1.5" in text
    assert "- `a/shop`: 1 × there is no schema" in text
    assert "- `b/gone`: http://gone.example/x.xsd could not be had" in text
    assert "- `a/shop`: 1 × one says so" in text


def test_a_wsdl_that_takes_too_long_is_a_finding() -> None:
    name = corpus().entries[0].id
    [found] = proofs([name], limit_s=0.0)
    assert found.broken == "not done after 0 s"
