"""An example is what the author gives, else a value that fits."""

from __future__ import annotations

import jsonschema_rs
import pytest

from adapters.http.checking import _python
from adapters.http.examples import Json, example_of
from bridge.shapes.json import dumps, loads


def given(text: str) -> Json:
    value = loads(text.encode())
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ('{"examples": [7, 8]}', "7"),
        ('{"type": "string", "default": "d"}', '"d"'),
        ('{"const": null}', "null"),
        ('{"enum": ["b", "a"]}', '"b"'),
        ('{"oneOf": [{"type": "boolean"}, {"type": "string"}]}', "true"),
        ('{"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]}', '{"a":1,"b":2}'),
        ('{"type": ["null", "integer"], "minimum": 5}', "5"),
        ('{"$ref": "#N"}', '{"kids":[{"kids":[]}]}'),
        ("{}", "{}"),
    ],
)
def test_the_author_goes_first(schema: str, example: str) -> None:
    named = {"N": given('{"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#N"}}}}')}
    made = example_of(given(schema), named)
    assert dumps(made).startswith(example[:8])


@pytest.mark.parametrize(
    "schema",
    [
        '{"type": "integer", "exclusiveMinimum": 5, "maximum": 9}',
        '{"type": "number", "maximum": -0.5}',
        '{"type": "integer", "exclusiveMaximum": 1}',
        '{"type": "string", "minLength": 9, "maxLength": 9}',
        '{"type": "string", "maxLength": 2}',
        '{"type": "array", "minItems": 3, "items": {"type": "boolean"}}',
        '{"type": "array", "maxItems": 0}',
        '{"type": "object", "required": ["a"], "properties": {"a": {"properties": {"b": {"type": "null"}}}}}',
    ],
)
def test_it_fits(schema: str) -> None:
    assert jsonschema_rs.Draft202012Validator(_python(given(schema))).is_valid(_python(example_of(given(schema), {})))


def test_what_needs_itself_comes_to_an_end() -> None:
    endless = {"N": given('{"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#N"}}}')}
    assert dumps(example_of({"$ref": "#N"}, endless)).endswith("}")
