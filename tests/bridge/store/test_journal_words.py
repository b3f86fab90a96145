"""The words an entry is found by."""

from __future__ import annotations

import pytest

from bridge.errors import BadRequest
from bridge.shapes.json import loads
from bridge.store.journal_words import EXTRACT_BYTES_MAX, Extractor, searched


def test_an_extract_has_the_values_and_not_the_names() -> None:
    value = loads('{"order": {"id": 4711, "lines": [{"sku": "A-17"}]}, "name": "Ada ÖSEN"}'.encode())
    assert Extractor().words(value, "shop.Create_Order") == "shop create order ada ösen 4711 a 17"


def test_what_is_masked_is_not_in_it() -> None:
    extractor = Extractor(["*password*", "pin"], lambda text: text.replace("s3cret", "***"))
    value = loads(
        b'{"userPassword": "hunter2", "PIN": "1234", "deep": [{"password": {"x": "hunter3"}}], "note": "s3cret"}'
    )
    assert extractor.words(value) == ""
    assert extractor.of_text("it was s3cret") == "it was"


def test_an_extract_has_a_bound_and_each_word_once() -> None:
    text = Extractor().words([f"word{n} again" for n in range(5000)])
    words = text.split(" ")
    assert len(text.encode()) <= EXTRACT_BYTES_MAX
    assert len(words) == len(set(words)) > 100
    assert len(Extractor().words("x" * 10_000)) == 64


def test_what_is_above_comes_before_what_is_deep() -> None:
    text = Extractor().words({"lines": [{"text": f"deep{n}"} for n in range(5000)], "customer": "ada"})
    assert text.startswith("ada ")


def test_a_search_is_split_like_the_extract() -> None:
    assert searched("Ada  A-17* ö") == (("ada", False), ("a", False), ("17", True), ("ö", False))
    assert [word for word, _ in searched("ÖSEN")] == ["ösen"]  # composed and taken apart are one


@pytest.mark.parametrize("text", ["", " *** ", "'; --", " ".join("abcdefghijklmnopqrstuvwxyz")])
def test_a_search_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="from 1 to 16"):
        searched(text)
