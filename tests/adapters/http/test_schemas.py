"""Schemas of both versions become one kind, and shapes where nothing is lost."""

from __future__ import annotations

import pytest

from adapters.http.schemas import Json, Schemas, parameter_shape, pointed, record_of, references, shape_of
from bridge.shapes.json import loads
from bridge.shapes.model import AnyJson, Kind, ListOf, Record, Ref, Scalar, Union


def document(text: str) -> Json:
    value = loads(text.encode())
    assert isinstance(value, dict)
    return value


def made(text: str, *, modern: bool = False) -> tuple[Json, Schemas]:
    schemas = Schemas(
        document(
            '{"components": {"schemas": {"A": {"type": "object", "properties": '
            '{"a": {"$ref": "#/components/schemas/A"}}}}}}'
        ),
        modern=modern,
    )
    return schemas.schema(loads(text.encode())), schemas


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{"type": "string", "nullable": true}', '{"type": ["string", "null"]}'),
        ('{"enum": ["a"], "type": "string", "nullable": true}', '{"enum": ["a", null], "type": ["string", "null"]}'),
        ('{"minimum": 1, "exclusiveMinimum": true}', '{"exclusiveMinimum": 1}'),
        ('{"maximum": 9, "exclusiveMaximum": false}', '{"maximum": 9}'),
        (
            '{"allOf": [{"type": "string"}], "nullable": true}',
            '{"anyOf": [{"allOf": [{"type": "string"}]}, {"type": "null"}]}',
        ),
        ('{"type": "string", "example": "x", "xml": {}, "x-y": 1}', '{"type": "string", "examples": ["x"]}'),
        ('{"$ref": "#/components/schemas/A", "description": "not here"}', '{"$ref": "#A"}'),
    ],
)
def test_what_3_0_says_otherwise(old: str, new: str) -> None:
    assert made(old)[0] == loads(new.encode())


def test_3_1_says_it_as_json_schema_does() -> None:
    text = '{"type": ["string", "null"], "exclusiveMinimum": 1, "nullable": true}'
    assert made(text, modern=True)[0] == {"type": ["string", "null"], "exclusiveMinimum": "1"}
    beside = '{"$ref": "#/components/schemas/A", "description": "beside"}'
    assert made(beside, modern=True)[0] == {"$ref": "#A", "description": "beside"}


def test_a_schema_may_refer_to_itself() -> None:
    schema, schemas = made('{"$ref": "#/components/schemas/A"}')
    assert schema == {"$ref": "#A"}
    assert schemas.table() == {"A": schemas.table()["A"]}
    record = schemas.table()["A"]
    assert isinstance(record, Record)
    assert record.fields[0].shape == Ref("A")


@pytest.mark.parametrize("target", ["#/components/schemas/B", "https://evil.example/x.json", "other.yaml#/A", "#/a/0"])
def test_a_reference_that_leads_nowhere_allows_anything_and_is_told(target: str) -> None:
    schema, schemas = made(f'{{"$ref": "{target}"}}')
    assert schema == {}
    assert target in next(iter(schemas.problems))


def test_circles_of_references_come_to_an_end() -> None:
    circle = document('{"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}')
    schemas = Schemas(circle, modern=False)
    assert schemas.schema({"$ref": "#/a"}) == {"$ref": "#a"}
    assert parameter_shape({"$ref": "#a"}, schemas.named) == parameter_shape({}, {})


def test_what_is_nested_too_deeply_allows_anything() -> None:
    schemas = Schemas({}, modern=False)
    schema: Json = {"type": "string"}
    for _ in range(200):
        schema = {"items": schema}
    schemas.schema(schema)
    assert schemas.problems


def test_pointers_have_escapes() -> None:
    found = document('{"a/b": {"c~d": [7]}}')
    assert pointed(found, "#/a~1b/c~0d/0") == "7"
    with pytest.raises(KeyError):
        pointed(found, "#/a~1b/c~0d/1")


def test_shapes_say_what_they_can_and_the_rest_stays_a_schema() -> None:
    lines = shape_of(document('{"type": "array", "items": {"$ref": "#A"}, "maxItems": 3}'), {})
    assert lines == ListOf(Ref("A"), 0, 3)
    closed = shape_of(document('{"type": "object", "properties": {"a": {}}, "additionalProperties": false}'), {})
    assert isinstance(closed, AnyJson)
    both = shape_of(document('{"anyOf": [{"$ref": "#A"}, {"$ref": "#B"}]}'), {})
    assert isinstance(both, AnyJson)
    assert both.refs == ("A", "B")
    record = record_of(document('{"type": "object", "properties": {"a": {}}, "required": ["a", "b"]}'), {})
    assert [(one.key, one.required) for one in record.fields] == [("a", True), ("b", True)]


def test_parameters_are_simple_as_far_as_the_schema_says() -> None:
    def of(text: str) -> object:
        return parameter_shape(document(text), {})

    whole = of('{"type": "integer", "maximum": 9}')
    assert isinstance(whole, Scalar)
    assert (whole.kind, whole.facets.max_inclusive) == (Kind.INTEGER, "9")
    names = of('{"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}')
    assert isinstance(names, ListOf)
    assert isinstance(names.item, Scalar)
    assert names.item.facets.enumeration == ("a", "b")
    assert isinstance(of('{"type": "object", "properties": {"a": {"type": "string"}}}'), Record)
    assert isinstance(of('{"anyOf": [{"type": "string"}]}'), Union)
    assert isinstance(of('{"type": ["string", "null"]}'), Scalar)


def test_references_are_found_wherever_they_stand() -> None:
    value = document('{"properties": {"a": {"$ref": "#A"}}, "allOf": [{"items": {"$ref": "#B"}}]}')
    assert references(value) == ["A", "B"]
