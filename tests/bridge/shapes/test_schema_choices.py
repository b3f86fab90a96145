"""Choices against the definition: an object fits when some branch explains all the keys that it has."""

from __future__ import annotations

import json
from itertools import chain, combinations

import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st

from bridge.shapes.json import dumps
from bridge.shapes.model import Branch, Choice
from bridge.shapes.schema_choices import constraints, keys_of, may_be_empty
from tests.bridge.shapes.strategies import branches

ABC = [Branch((key,), (key,)) for key in "abc"]


def explains(choice: Choice, keys: set[str]) -> bool:
    """The definition, as slow and plain as can be."""
    own = keys & {key for branch in choice.branches for key in keys_of(branch)}
    if not own and not choice.required:
        return True
    return any(
        own <= set(keys_of(branch))
        and set(branch.required) <= own
        and all(explains(one, own) for one in branch.choices)
        for branch in choice.branches
    )


def agrees(choice: Choice) -> bool:
    keys = sorted({key for branch in choice.branches for key in keys_of(branch)})
    validator = jsonschema_rs.Draft202012Validator(json.loads(dumps(constraints([choice]))))
    subsets = chain.from_iterable(combinations(keys, size) for size in range(len(keys) + 1))
    return all(validator.is_valid(dict.fromkeys(subset, 1)) == explains(choice, set(subset)) for subset in subsets)


@given(data=st.data())
def test_small_choices(data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, 5))
    shared = ["k0"] if data.draw(st.booleans()) else []
    keys = [f"k{index}" for index in range(6)]
    parts = (keys[:cut], shared + [key for key in keys[cut:] if key not in shared])
    assert agrees(Choice(tuple(data.draw(branches(part)) for part in parts), data.draw(st.booleans())))


def test_one_of_where_branches_exclude_each_other() -> None:
    assert "oneOf" in constraints([Choice(tuple(ABC))])
    assert "anyOf" in constraints([Choice((Branch(("a", "b"), ("a",)), Branch(("a", "c"), ("a",))))])


def test_large_choices_stay_linear_and_mean_the_same() -> None:
    many = Choice(tuple(Branch((f"a{n}", f"b{n}"), (f"a{n}",)) for n in range(200)), required=True)
    schema = constraints([many])
    assert len(dumps(schema)) < 40_000
    validator = jsonschema_rs.Draft202012Validator(json.loads(dumps(schema)))
    assert validator.is_valid({"a7": 1})
    assert validator.is_valid({"a7": 1, "b7": 1})
    assert not any(map(validator.is_valid, ({}, {"b7": 1}, {"a7": 1, "a8": 1}, {"a7": 1, "b8": 1})))
    optional = constraints([Choice(many.branches, required=False)])
    assert jsonschema_rs.Draft202012Validator(json.loads(dumps(optional))).is_valid({})


def test_several_choices_hold_at_once() -> None:
    schema = constraints([Choice(tuple(ABC[:2])), Choice((ABC[2],), required=False)])
    validator = jsonschema_rs.Draft202012Validator(json.loads(dumps(schema)))
    assert [validator.is_valid(value) for value in ({"a": 1}, {"b": 1, "c": 1}, {"c": 1}, {"a": 1, "b": 1})] == [
        True,
        True,
        False,
        False,
    ]
    assert constraints([]) == {}


def test_what_a_way_needs_may_be_there_on_other_ways_too() -> None:
    choice = Choice((Branch((), needs=("m",)), Branch(("b",), ("b",))))
    valid = jsonschema_rs.Draft202012Validator(json.loads(dumps(constraints([choice]))))
    assert [keys for keys in ("", "m", "b", "mb") if valid.is_valid(dict.fromkeys(keys, 1))] == ["m", "b", "mb"]
    assert not may_be_empty(choice)
