"""The judge of JSON keeps every digit, follows references, and says where what is wrong stands."""

from __future__ import annotations

import pytest

from adapters.soap.verify_components import Components, Misfit
from bridge.call import JsonValue
from bridge.shapes.json import loads

SCHEMAS = b"""{
  "Sum": {"type": "number", "maximum": 9007199254740993},
  "Line": {"type": "object", "properties": {"a/b": {"$ref": "#/components/schemas/Sum"}}, "required": ["a/b"]},
  "Lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}}
}"""


def components() -> Components:
    read = loads(SCHEMAS)
    assert isinstance(read, dict)
    return Components(read)


def judged(value: bytes) -> str:
    schema: JsonValue = {"anyOf": [{"$ref": "#/components/schemas/Lines"}, {"type": "null"}]}
    try:
        components().judge(schema)(loads(value))
    except Misfit as misfit:
        return f"{misfit.pointer} {misfit}"
    return ""


@pytest.mark.parametrize("value", [b"null", b"[]", b'[{"a/b": 9007199254740993}]', b'[{"a/b": 1.50}, {"a/b": -0}]'])
def test_what_fits(value: bytes) -> None:
    assert judged(value) == ""


def test_what_does_not_fit_is_told_where_it_is_wrong_the_furthest_in() -> None:
    assert judged(b'[{"a/b": 1}, {"a/b": 9007199254740994}]').startswith("/1/a~1b 9007199254740994 is greater")
    assert judged(b'[{"a": 1}]').startswith('/0 "a/b" is a required')


def test_of_what_is_long_it_is_only_told_that_it_does_not_fit() -> None:
    long = b'{"a/b": 1},' * 50
    assert judged(b"[" + long + b"1]") == " does not fit the published schema"
    assert judged(b"[" + long + b'{"a/b": 1}]') == ""
