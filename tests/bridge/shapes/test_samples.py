"""Samples of arbitrary shapes are valid against the schema of the same shape."""

from __future__ import annotations

import json as plain_json

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bridge.call import JsonValue
from bridge.shapes.json import dumps
from bridge.shapes.model import (
    Branch,
    Choice,
    Described,
    Facets,
    Field,
    Items,
    Kind,
    ListOf,
    Record,
    Ref,
    Scalar,
    Variant,
    Variants,
)
from bridge.shapes.samples import NoSample, sample
from bridge.shapes.schema import json_schema
from tests.bridge.shapes.strategies import described

TEXT = Scalar(Kind.STRING)


def python(value: JsonValue) -> object:
    return plain_json.loads(dumps(value))


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(shape=described(), seed=st.integers(0, 5), optional=st.booleans())
def test_every_sample_is_valid(shape: Described, seed: int, optional: bool) -> None:
    try:
        value = sample(shape, seed, optional=optional)
    except NoSample:
        assume(False)
    schema = python(json_schema(shape))
    assert list(jsonschema_rs.Draft202012Validator(schema).iter_errors(python(value))) == []
    assert sample(shape, seed, optional=optional) == value


def tree(*, required: bool) -> Described:
    node = Record(
        (
            Field("name", TEXT, required=True),
            Field("child", Ref("Node"), required=required),
            Field("all", ListOf(Ref("Node"))),
        )
    )
    return Described(Ref("Node"), {"Node": node})


def test_recursion_is_cut_where_it_is_optional() -> None:
    leaf: JsonValue = {"name": "Ada Lovelace", "all": []}
    assert sample(tree(required=False)) == {"name": "Ada Lovelace", "all": [leaf]}


def test_a_record_that_must_hold_itself_has_no_sample() -> None:
    with pytest.raises(NoSample):
        sample(tree(required=True))


def test_a_way_out_of_recursion_is_found() -> None:
    leaf, pair = Record((), type_tag="leaf"), Record((Field("left", Ref("Tree"), required=True),), type_tag="pair")
    table = {"Leaf": leaf, "Pair": pair, "Tree": Variants((Variant("pair", Ref("Pair")), Variant("leaf", Ref("Leaf"))))}
    assert "leaf" in dumps(sample(Described(Ref("Tree"), table)))


def test_the_seed_chooses_branches_and_values() -> None:
    fields = (Field("a", TEXT), Field("b", Scalar(Kind.STRING, Facets(enumeration=("x", "y")))))
    record = Record(fields, (Choice((Branch(("a",), ("a",)), Branch(("b",), ("b",)))),))
    assert [sample(Described(record), seed) for seed in range(4)] == [{"a": "a"}, {"b": "y"}, {"a": "a"}, {"b": "y"}]


def test_only_what_is_required_when_asked_so() -> None:
    record = Record((Field("id", TEXT, required=True), Field("note", TEXT), Field("none", TEXT, nullable=True)))
    assert sample(Described(record), optional=False) == {"id": "A-1001"}
    assert sample(Described(record)) == {"id": "A-1001", "note": "note", "none": "none"}


def test_wide_and_deep_contracts_stay_small() -> None:
    table = {f"T{n}": Record(tuple(Field(f"f{m}", Ref(f"T{(n * 7 + m) % 50}")) for m in range(20))) for n in range(50)}
    assert len(dumps(sample(Described(Ref("T0"), table)))) < 50_000


def test_no_content_has_no_sample() -> None:
    with pytest.raises(NoSample):
        sample(Described(None))


def test_as_many_items_as_must_be() -> None:
    members = (Field("x", TEXT, required=True), Field("y", TEXT, required=True))
    for shape, size in (
        (ListOf(TEXT, 10, 10), 10),
        (ListOf(TEXT, 3), 3),
        (Items((Field("x", TEXT),), 10, 10), 10),
        (Items(members, 6, 6), 6),
    ):
        for optional in (True, False):
            made = sample(Described(shape), optional=optional)
            assert isinstance(made, list)
            assert len(made) == size
