"""What a schema says of keys that exclude or need each other."""

from __future__ import annotations

from bridge.formats.xml.choices import choices_of, needs_of
from bridge.formats.xml.plan import Alt, Leaf, Seq, Slot
from bridge.shapes.instance_choices import allowed
from bridge.shapes.model import Branch, Choice

A, B, C = (Slot("element", key=key) for key in "abc")
MANY = Slot("element", key="m", many=True, max=None)


def test_a_choice_names_its_branches() -> None:
    assert choices_of(Seq([Alt([Leaf(A), Leaf(B, 0)])])) == [
        Choice((Branch(("a",), ("a",)), Branch(("b",))), required=False)
    ]


def test_a_group_comes_whole_or_not_at_all() -> None:
    choices = choices_of(Seq([Seq([Leaf(A), Leaf(B)], optional=True)]))
    assert [keys for keys in ("", "a", "b", "ab") if allowed(choices, keys)] == ["", "ab"]


def test_a_group_that_may_be_left_out_is_no_duty_of_a_choice() -> None:
    choices = choices_of(Seq([Alt([Seq([Leaf(A), Leaf(B, 0)], optional=True), Leaf(C)])]))
    assert [keys for keys in ("", "a", "b", "ab", "c", "ac") if allowed(choices, keys)] == ["", "a", "ab", "c"]


def test_an_array_with_another_place_is_needed_but_does_not_tell_the_way() -> None:
    choices = choices_of(Seq([Alt([Leaf(MANY), Leaf(B)]), Leaf(C, 0), Leaf(MANY, 0)]))
    assert [keys for keys in ("", "c", "m", "b", "mb", "mc") if allowed(choices, keys)] == ["m", "b", "mb", "mc"]
    assert list(needs_of(choices)) == ["m"]
    nested = choices_of(Seq([Alt([Seq([Alt([Leaf(MANY), Leaf(B)]), Leaf(MANY, 0)]), Leaf(C)])]))
    assert list(needs_of(nested)) == ["m"]
