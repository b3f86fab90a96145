"""The one value a client means."""

from __future__ import annotations

import pytest

from adapters.soap.attachments.choosing import chosen, places
from bridge.errors import NotAcceptable
from bridge.shapes.model import Kind, Scalar

DECLARED = ("/scan", "/items/*/data")
SHAPES = {"/scan": Scalar(Kind.BASE64), "/items/*/data": Scalar(Kind.BASE64, media="image/png")}


def test_all_that_is_declared_or_the_one_that_is_set() -> None:
    assert places(SHAPES, "") == (DECLARED, "")
    assert places(SHAPES, "/items/*/data") == (("/items/*/data",), "image/png")
    for declared, chosen_ in (({}, ""), (SHAPES, "/other")):
        with pytest.raises(NotAcceptable) as caught:
            places(declared, chosen_)
        assert caught.value.outcome == "not_sent"


@pytest.mark.parametrize(
    "json",
    [
        '{"scan":"AAAA"}',
        '{"scan":null,"items":[{"data":"AAAA"}]}',
        '{"items":[{},{"data":"AAAA"},{"data":null}]}',
    ],
)
def test_where_there_is_one_it_is_found(json: str) -> None:
    assert chosen(json, DECLARED) == "AAAA"
    assert chosen('"AAAA"', ("",)) == "AAAA"
    assert chosen('{"a/b":{"c~d":"AAAA"}}', ("/a~1b/c~0d",)) == "AAAA"


@pytest.mark.parametrize("json", ["", "null", "{}", '{"scan":null}', '{"scan":"A","items":[{"data":"B"}]}'])
def test_none_and_several_are_told_after_the_call(json: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        chosen(json, DECLARED)
    assert caught.value.outcome == "applied"
