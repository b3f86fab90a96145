"""A shape that is any JSON, with the schema that its own system gave; and objects with further keys."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from bridge.shapes.jsonpath import Condition
from bridge.shapes.jsonpath_fit import misfits
from bridge.shapes.model import AnyJson, Described, Field, Kind, Record, Ref, Scalar
from bridge.shapes.samples import sample
from bridge.shapes.schema import SchemaWriter, json_schema

ORDER = AnyJson(
    schema='{"type": "object", "properties": {"next": {"$ref": "#Order", "description": "d"}, "n": {"const": 1.50}}}',
    refs=("Order",),
    example='{"n": 1.50}',
)
TEXT = Scalar(Kind.STRING)


def test_anything_is_allowed_where_nothing_is_known() -> None:
    assert SchemaWriter({}).of(AnyJson()) == {}
    assert sample(Described(AnyJson())) == {}


def test_the_schema_of_the_system_is_given_with_its_references_and_digits() -> None:
    schema = json_schema(Described(Ref("Order"), {"Order": ORDER}))
    order = schema["$defs"]["Order"]  # type: ignore[call-overload,index]  # JSON of unknown form
    assert order["properties"]["next"] == {"$ref": "#/$defs/Order", "description": "d"}
    assert str(order["properties"]["n"]["const"]) == "1.50"


def test_its_example_is_its_sample() -> None:
    assert sample(Described(ORDER)) == {"n": "1.50"}


def test_an_open_record_has_any_further_keys() -> None:
    record = Described(Record((Field("id", TEXT, required=True),), open=True))
    validator = Draft202012Validator(json_schema(record))
    assert validator.is_valid({"id": "1", "more": {"deep": [1]}})
    assert not validator.is_valid({"more": 1})
    assert "@unknown" not in str(json_schema(record))


@pytest.mark.parametrize("shape", [AnyJson(), Record((), open=True)])
def test_what_may_be_anything_may_be_asked_for_anything(shape: AnyJson | Record) -> None:
    assert misfits(Condition("@.no.such[0] == 1").uses, Described(shape)) == []
