"""Where the children of a record belong when their names stand in several slots."""

from __future__ import annotations

import pytest

from bridge.formats.xml.attribution import Attribution, attribution_of
from bridge.formats.xml.layout import Element, Group, Wildcard
from bridge.formats.xml.plan import Alt, Leaf, Seq, Slot

A, B = Slot("element", key="a", name="a"), Slot("element", key="b", name="b")
EITHER = Group("choice", (Element("a", ""), Element("b", "")), 0, None)
ITEMS = Slot("items", key="items", members=(A, B), max=None, order=EITHER)
ONCE_THEN_AGAIN = Seq([Alt([Leaf(A), Leaf(B)]), Leaf(ITEMS, 0, None)])


def told(tree: Seq, tags: str) -> list[str | None]:
    found = Attribution(tree, lambda slot: [slot.name]).slots(tags)
    return [slot.key if slot else None for slot in found]


@pytest.mark.parametrize(
    ("tags", "slots"),
    [
        ("a", ["a"]),
        ("ab", ["a", "items"]),
        ("bab", ["b", "items", "items"]),
        ("axb", ["a", None, "items"]),
        ("", []),
    ],
)
def test_the_first_goes_to_its_own_place_and_the_rest_to_the_array(tags: str, slots: list[str | None]) -> None:
    assert told(ONCE_THEN_AGAIN, tags) == slots


def test_what_follows_decides_where_a_schema_is_ambiguous() -> None:
    """`a?, (a|b)*, a` gives the only `a` to the place that cannot do without."""
    last = Slot("element", key="last", name="a")
    tree = Seq([Leaf(A, 0), Leaf(ITEMS, 0, None), Leaf(last)])
    assert told(tree, "a") == ["last"]
    assert told(tree, "aba") == ["a", "items", "last"]


def test_groups_that_may_be_left_out_and_names_of_a_substitution_group() -> None:
    names = {"a": ["a", "c"], "b": ["b"]}
    tree = Seq([Seq([Leaf(A), Leaf(B)], optional=True), Leaf(ITEMS, 0, None)])
    found = Attribution(tree, lambda slot: names[slot.name]).slots("cba")
    assert [slot.key if slot else None for slot in found] == ["a", "b", "items"]


def test_wildcards_take_what_they_allow() -> None:
    free = Slot("any", key="@any", source=Wildcard(("urn:x",)))
    assert told(Seq([Leaf(A), Leaf(free, 0, None), Leaf(ITEMS, 0, None)]), "a") == ["a"]
    found = Attribution(Seq([Leaf(A), Leaf(free)]), lambda slot: [slot.name]).slots(["a", "{urn:x}e"])
    assert [slot.key for slot in found if slot] == ["a", "@any"]


def test_content_that_is_too_large_is_left_to_others() -> None:
    wide = Seq([Leaf(Slot("element", name=f"e{number}")) for number in range(700)])
    assert attribution_of(wide, lambda slot: [slot.name]) is None
