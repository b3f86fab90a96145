"""Which keys go together, told from the keys alone; the published schema must agree."""

from __future__ import annotations

import itertools

import jsonschema_rs
import pytest

from bridge.shapes.instance_choices import allowed, cost_of_choices
from bridge.shapes.model import Branch, Choice
from bridge.shapes.schema_choices import constraints

INNER = Choice((Branch(("c",), ("c",)), Branch(("d",), ("d",))), required=False)
CHOICES = [
    Choice((Branch(("a",), ("a",)), Branch(("b", "e"), ("b",)))),
    Choice((Branch(("a",), ("a",)), Branch(("b",), ("b",))), required=False),
    Choice((Branch(("a", "c", "d"), ("a",), (INNER,)), Branch(("b",), ("b",)))),
    Choice((Branch(("a", "b"), ("a", "b")),), required=False),
    Choice((Branch(("a",)), Branch(("b",), ("b",)))),
]


@pytest.mark.parametrize("choice", CHOICES)
def test_what_is_allowed_is_what_the_schema_says(choice: Choice) -> None:
    validator = jsonschema_rs.Draft202012Validator({"type": "object", **constraints([choice])})
    for count in range(6):
        for keys in itertools.combinations("abcde", count):
            assert allowed([choice], set(keys)) == validator.is_valid(dict.fromkeys(keys, 1)), keys


def test_the_cheapest_way_is_paid() -> None:
    costs = {"a": 5.0, "b": 2.0, "c": 1.0, "d": 1.0, "e": 1.0}
    assert [cost_of_choices([choice], costs) for choice in CHOICES] == [2, 0, 2, 0, 0]
