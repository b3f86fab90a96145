"""Which places the properties of a record fill."""

from __future__ import annotations

import pytest

from bridge.call import JsonValue
from bridge.formats.xml.encode_places import Places, TooManyWays
from bridge.formats.xml.layout import ComplexType
from bridge.formats.xml.plan import Alt, Leaf, RecordPlan, Seq, Slot
from tests.cpu import costs_at_most

B, C = Slot("element", key="b"), Slot("element", key="c")
A = Slot("element", key="a", many=True, max=None)


def row(tree: Seq, **value: JsonValue) -> str | None:
    filled = Places(RecordPlan(ComplexType("t"), [], tree)).filled(value)
    return None if filled is None else "".join(leaf.slot.key * times for leaf, times in filled)


AROUND = Seq([Leaf(A, 0, None), Leaf(B), Leaf(A, 2, 2)])
EITHER = Seq([Alt([Leaf(A), Leaf(B)]), Leaf(C), Leaf(A, 0)])


def test_no_place_takes_what_a_later_one_needs() -> None:
    assert row(AROUND, a=[1, 2], b=0) == "baa"
    assert row(AROUND, a=[1, 2, 3, 4], b=0) == "aabaa"
    assert row(AROUND, a=[1], b=0) is None


def test_a_branch_is_taken_where_the_rest_fits() -> None:
    assert row(EITHER, a=[1], c=0) == "ac"
    assert row(EITHER, a=[1], b=0, c=0) == "bca"
    assert row(EITHER, a=[1, 2], c=0) == "aca"
    assert row(EITHER, a=[1, 2], b=0, c=0) is None


def test_a_group_that_may_be_left_out() -> None:
    tree = Seq([Seq([Leaf(A), Leaf(B)], optional=True), Leaf(A, 0)])
    assert row(tree, a=[1]) == "a"
    assert row(tree, a=[1, 2], b=0) == "aba"
    assert row(tree) == ""


def test_large_arrays_cost_no_more_than_their_length() -> None:
    many: list[JsonValue] = [1] * 100_000
    with costs_at_most(1):
        found = Places(RecordPlan(ComplexType("t"), [], AROUND)).filled({"a": many, "b": 0})
    assert found is not None
    assert [times for _, times in found] == [99_998, 1, 2]


def test_there_is_an_end_to_trying() -> None:
    tree = Seq([Leaf(A, 0, None) for _ in range(6)])
    with pytest.raises(TooManyWays):
        row(tree, a=[1] * 1000)
