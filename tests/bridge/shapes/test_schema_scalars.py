"""Scalars: what is said inline, what by reference, and that lengths of bytes are exact."""

from __future__ import annotations

import json
from base64 import b64encode

import jsonschema_rs
import pytest

from bridge.shapes.json import dumps
from bridge.shapes.model import Facets, Kind, Scalar
from bridge.shapes.schema_scalars import SHARED, Json, scalar_schema


def written(scalar: Scalar) -> Json:
    return scalar_schema(scalar, lambda name: {"$ref": f"#/{name}"})


@pytest.mark.parametrize(
    ("low", "high"), [(0, 0), (0, 4), (1, 1), (2, 2), (2, 7), (3, None), (5, 5), (None, 6), (4, 3)]
)
def test_lengths_of_bytes(low: int | None, high: int | None) -> None:
    scalar = Scalar(Kind.BASE64, Facets(min_length=low, max_length=high))
    validator = jsonschema_rs.Draft202012Validator(json.loads(dumps(written(scalar))))
    for size in range(12):
        fits = (low or 0) <= size and (high is None or size <= high)
        assert validator.is_valid(b64encode(bytes(size)).decode()) is fits, size


def test_dates_are_references_and_every_shared_pattern_has_a_valid_example() -> None:
    assert written(Scalar(Kind.DATETIME)) == {"$ref": "#/DateTime"}
    for name, schema in SHARED.items():
        [example] = json.loads(dumps(schema["examples"]))
        assert jsonschema_rs.Draft202012Validator(json.loads(dumps(schema))).is_valid(example), name


def test_an_enumeration_of_one_value_written_twice_is_one() -> None:
    assert written(Scalar(Kind.DECIMAL, Facets(enumeration=("1.0", "1.00", "x")))) == {
        "type": "number",
        "enum": ["1.00"],
    }


def test_many_digits_are_bounded_loosely_but_never_wrongly() -> None:
    schema = written(Scalar(Kind.DECIMAL, Facets(total_digits=18)))
    validator = jsonschema_rs.Draft202012Validator(json.loads(dumps(schema)))
    assert validator.is_valid(0.123456789)
    assert not validator.is_valid(10**18)


def test_a_pattern_that_cannot_be_said_is_left_out() -> None:
    free = written(Scalar(Kind.STRING))
    assert written(Scalar(Kind.STRING, Facets(patterns=(r"\w{1,4000}",)))) == free


def test_binary_values_say_what_they_hold_where_that_is_one_thing() -> None:
    said = {media: written(Scalar(Kind.BASE64, media=media)) for media in ("image/png", "image/*", "")}
    assert said["image/png"]["contentMediaType"] == "image/png"
    assert all("contentMediaType" not in said[media] for media in ("image/*", ""))
