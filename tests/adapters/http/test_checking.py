"""What does not fit is told by its place, with all digits, before anything leaves."""

from __future__ import annotations

import pytest

from adapters.http.checking import Checker
from adapters.http.plan import Body, Part, Plan
from adapters.http.schemas import Json
from bridge.errors import DoesNotFit
from bridge.shapes.json import loads

ORDER: Json = {
    "type": "object",
    "required": ["sum"],
    "properties": {
        "sum": {"type": "number", "multipleOf": "0.01"},
        "kids": {"type": "array", "items": {"$ref": "#a/b%"}},
        "name": {"type": "string", "pattern": "^[a-z]+$"},
    },
    "additionalProperties": False,
}


def plan(field: str = "", *, required: bool = True) -> Plan:
    schema = loads(b'{"type": "integer", "maximum": 10}')
    order = loads(b'{"m": 0.01}')
    assert isinstance(schema, dict)
    assert isinstance(order, dict)
    order_schema: Json = {**ORDER, "properties": {**_properties(), "sum": {"type": "number", "multipleOf": order["m"]}}}
    parts = (Part("id", "id", "path", required=True, schema=schema),)
    body = Body(field=field, required=required, schema={"$ref": "#a/b%"})
    return Plan("PUT", "/o/{id}", parts, body, known=True, named={"a/b%": order_schema})


def _properties() -> Json:
    properties = ORDER["properties"]
    assert isinstance(properties, dict)
    return properties


def wrong(args: bytes, made: Plan | None = None) -> list[str]:
    checker = Checker(made or plan())
    assert checker.usable
    try:
        checker.check(loads(args))
    except DoesNotFit as error:
        return [one.pointer for one in error.errors]
    return []


@pytest.mark.parametrize(
    ("args", "places"),
    [
        (b'{"id": 3, "sum": 1.50, "kids": [{"sum": 0.01}]}', []),
        (b'{"id": 11, "sum": 1.005}', ["/id", "/sum"]),
        (b'{"sum": 1}', ["/id"]),
        (b'{"id": 1}', ["/sum"]),
        (b'{"id": 1, "sum": 1, "kids": [{"sum": 1}, {}]}', ["/kids/1/sum"]),
        (b'{"id": 1, "sum": 1, "more": 1}', ["/more"]),
        (b'{"id": 1, "sum": 1, "name": "A"}', ["/name"]),
        (b'{"id": 10.0, "sum": 99999999999999999999999999.99}', []),
        (b'{"id": 1, "sum": 99999999999999999999999999.999}', ["/sum"]),
        (b'{"id": 1, "sum": 1e999999}', [""]),
    ],
)
def test_each_place_is_told(args: bytes, places: list[str]) -> None:
    assert wrong(args) == places


def test_a_body_with_a_field_of_its_own() -> None:
    assert wrong(b'{"id": 1, "body": {}}', plan("body")) == ["/body/sum"]
    assert wrong(b'{"id": 1}', plan("body")) == []  # that it is missing is told where the request is made


def test_a_body_that_may_be_left_out() -> None:
    assert wrong(b'{"id": 1}', plan(required=False)) == []
    assert wrong(b'{"id": 1, "name": "a"}', plan(required=False)) == ["/sum"]


def test_a_pattern_that_is_hostile_is_matched_in_time() -> None:
    body = Body(schema={"type": "string", "pattern": "^(a+)+$"})
    assert wrong(b'"' + b"a" * 5000 + b'!"', Plan("POST", "/x", body=body, known=True)) == [""]


@pytest.mark.parametrize("pattern", ["(?=a)", "^(?!x).*$"])
def test_a_pattern_that_looks_around_is_understood(pattern: str) -> None:
    body = Body(schema={"type": "string", "pattern": pattern})
    assert wrong(b'"abc"', Plan("POST", "/x", body=body, known=True)) == []


def test_a_schema_that_cannot_be_compiled_checks_nothing() -> None:
    broken = Plan("POST", "/x", body=Body(schema={"type": "strong"}), known=True)
    assert not Checker(broken).usable
    Checker(broken).check("anything")


def test_many_mistakes_are_bounded() -> None:
    body = Body(schema={"type": "array", "items": {"type": "string"}})
    args = b"[" + b",".join([b"1"] * 10_000) + b"]"
    assert len(wrong(args, Plan("POST", "/x", body=body, known=True))) == 50


def test_alternatives_of_alternatives_that_do_not_fit_cost_no_more_with_each_level() -> None:
    rule = loads(
        b'{"oneOf": [{"type": "object", "required": ["and"], "properties": {"and": {"type": "array", "items":'
        b' {"$ref": "#rule"}}}}, {"type": "object", "required": ["or"], "properties": {"or": {"type": "array", "items":'
        b' {"$ref": "#rule"}}}}, {"type": "object", "required": ["is"], "properties": {"is": {"type": "integer"}}}]}'
    )
    assert isinstance(rule, dict)
    made = Plan("POST", "/q", (), Body(required=True, schema={"$ref": "#rule"}), known=True, named={"rule": rule})
    deep = b'{"is": "x"}'
    for _ in range(40):  # told in full each two levels take five to nine times as long
        deep = b'{"and": [' + deep + b"]}"
    assert wrong(deep, made) == [""]
    assert wrong(deep.replace(b'"x"', b"1"), made) == []
