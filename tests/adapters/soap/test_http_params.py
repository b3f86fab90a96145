"""Messages as names and texts, and back."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.codec import OperationCodec
from adapters.soap.http_params import NotFlat, Pairs, Params
from bridge.call import JsonValue
from bridge.shapes.json import loads
from tests.adapters.soap.forms import Form, codec

SIMPLE = {"text": "x:string", "number": "x:int", "list": "t:Strings"}


def params(parts: dict[str, str]) -> tuple[OperationCodec, Params]:
    made = codec(Form(parts))
    assert made.http is not None
    return made, made.http.params


def pairs(parts: dict[str, str], value: JsonValue) -> Pairs:
    made, found = params(parts)
    body = etree.fromstring(made.encode_request(value))[0]
    return found.pairs(body)


@pytest.mark.parametrize(
    ("parts", "text", "expected"),
    [
        (SIMPLE, '{"text":"","number":7,"list":["a","","b"]}', "text= number=7 list=a list= list=b"),
        (SIMPLE, '{"text":"x","number":7,"list":[]}', "text=x number=7"),
        (SIMPLE, '{"text":"x","number":7,"list":[null,"b"]}', "text=x number=7 list=b"),
        ({"order": "=t:Order"}, '{"no":1,"tag":["a","b"]}', "no=1 tag=a tag=b"),
        ({"order": "=t:Order"}, '{"no":1}', "no=1"),
        ({"a": "=t:string", "b": "x:boolean"}, '{"string":"x","b":true}', "a=x b=true"),
        ({}, "{}", ""),
    ],
)
def test_a_message_is_names_and_texts_and_they_are_the_message(parts: dict[str, str], text: str, expected: str) -> None:
    found = pairs(parts, loads(text.encode()))
    assert found == [tuple(pair.split("=")) for pair in expected.split()]
    again = params(parts)[1].element(found)
    body = etree.Element("Body")
    body.append(again)
    assert params(parts)[1].pairs(body) == found


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([("text", "a")], "Missing parameter: number."),
        ([("text", "a"), ("number", "1"), ("more", "1")], "Unknown parameter: more."),
        ([("text", "a"), ("text", "b"), ("number", "1")], "The parameter text is there 2 times."),
        ([("text", "a\x00"), ("number", "1")], "characters that XML cannot hold"),
    ],
)
def test_what_is_not_the_message_is_refused(given: Pairs, reason: str) -> None:
    with pytest.raises(NotFlat, match=reason):
        params(SIMPLE)[1].element(given)
