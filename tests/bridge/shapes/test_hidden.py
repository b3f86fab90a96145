"""A field that is ours disappears from a shape and from values, and is put back where it belongs."""

from __future__ import annotations

import pytest

from bridge.shapes.hidden import holds, put, taken_out, without
from bridge.shapes.model import Branch, Choice, Described, Field, Kind, ListOf, Record, Ref, Scalar, Shape

TEXT = Scalar(Kind.STRING)
AUTH = Record((Field("token", TEXT), Field("lang", TEXT)))
TABLE: dict[str, Shape] = {"Auth": AUTH, "Only": Record((Field("token", TEXT),))}
ASKED = Described(
    Record(
        (Field("auth", Ref("Auth")), Field("only", Ref("Only")), Field("a", TEXT), Field("list", ListOf(AUTH))),
        (Choice((Branch(("a", "auth"), ("a",)), Branch(("only",), ("only",)))),),
    ),
    TABLE,
)


def test_a_field_goes_and_what_else_uses_its_type_keeps_it() -> None:
    seen = without(ASKED, ("auth", "token"))
    assert seen is not None
    assert isinstance(seen.shape, Record)
    assert seen.shape.fields[0].shape == Record((Field("lang", TEXT),))
    assert seen.table["Auth"] is AUTH


def test_an_object_that_held_nothing_else_goes_with_it_and_leaves_its_choice() -> None:
    seen = without(ASKED, ("only", "token"))
    assert seen is not None
    assert isinstance(seen.shape, Record)
    assert [field.key for field in seen.shape.fields] == ["auth", "a", "list"]
    assert seen.shape.choices[0].branches[1] == Branch((), ())


@pytest.mark.parametrize("keys", [("nothing",), ("a", "b"), ("auth", "nothing"), ("list", "token")])
def test_a_way_that_leads_nowhere(keys: tuple[str, ...]) -> None:
    assert without(ASKED, keys) is None
    assert without(Described(None), keys) is None


def test_values() -> None:
    value = put({"x": "1"}, ("auth", "token"), "t")
    assert value == {"x": "1", "auth": {"token": "t"}}
    assert holds(value, ("auth", "token"))
    assert not holds(value, ("auth", "lang"))
    assert not holds("text", ("auth",))
    assert taken_out(value, ("auth", "token")) == {"x": "1"}
    both = {"auth": {"token": "t", "lang": "de"}, "x": "1"}
    assert list(taken_out(both, ("auth", "token")) or {}) == ["auth", "x"]
    assert taken_out(both, ("nothing",)) == both
    assert put(None, ("a",), "t") == {"a": "t"}
    assert put({"a": "no object"}, ("a", "b"), "t") == {"a": "no object"}
