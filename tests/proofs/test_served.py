"""The collection through `serve` and `mock`: a seeded slice of it in `make test`, all of it in `make test-long`."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable

import pytest

from tests.adapters.soap.corpus import corpus
from tests.proofs.served import PAGE, Failed, Found, page, proofs, total

pytestmark = pytest.mark.corpus

SEED, SLICE, OPERATIONS = 20261121, 6, range(2, 60)
DONE_MIN = 0.995


@pytest.mark.timeout(300)
def test_a_slice_of_the_collection() -> None:
    fit = [one.id for one in corpus().entries if one.loads and one.complete and (one.n_ops or 0) in OPERATIONS]
    found = list(proofs(random.Random(SEED).sample(fit, SLICE)))
    print(total(found))
    assert _not_there(found) == []
    assert [(one.id, failed) for one in found for failed in one.failed] == []
    assert total(found).cases >= total(found).offered > 30


@pytest.mark.long
def test_the_whole_collection() -> None:
    found = list(proofs([entry.id for entry in corpus().entries]))
    PAGE.write_text(page(found), encoding="utf-8")
    print(total(found))
    complete = {entry.id for entry in corpus().entries if entry.complete}
    assert [one for one in _not_there(found) if one[0] in complete] == []
    assert total(found).cases >= total(found).offered > 6000
    assert total(found).share_done >= DONE_MIN


def _not_there(found: Iterable[Found]) -> list[tuple[str, str]]:
    return [(one.id, one.unread or one.broken) for one in found if one.unread or one.broken]


def test_the_page_names_what_failed() -> None:
    shop = Found("a/shop", operations=4, left_out={"Old": "its type is not defined"})
    shop.methods, shop.statuses = Counter(POST=3, GET=1), Counter({200: 2, 204: 1})
    shop.failed = [Failed("Pay", "POST /v1/it/pay", 502, "upstream_invalid: the answer"), Failed("See", "", 0, "gone")]
    text = page([shop, Found("b/gone", unread="http://gone.example/x.xsd could not be had")])
    assert "| offered | 3 |" in text
    assert "| **of these answered as told on each route** | **1 (33.333%)** |" in text
    assert "| asked with POST | 3 |" in text
    assert "| answered 204 as told | 1 |" in text
    assert "- `a/shop`: Pay (POST /v1/it/pay) answered 502: upstream_invalid: the answer" in text
    assert "- `a/shop`: See (no route): gone" in text
    assert "- `a/shop`: 1 × its type is not defined" in text
    assert "- `b/gone`: http://gone.example/x.xsd could not be had" in text


def test_a_wsdl_that_takes_too_long_is_a_finding() -> None:
    [found] = proofs([corpus().entries[0].id], limit_s=0.0)
    assert found.broken == "not done after 0 s"


def test_a_wsdl_that_is_not_there_is_a_finding() -> None:
    [found] = proofs(["nobody/nothing"])
    assert found.broken.startswith("StopIteration")
