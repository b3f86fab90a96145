"""The place to show for a key, for a value, and for what is not there."""

from __future__ import annotations

from bridge.config.places import Mark, Places

PLACES = Places(
    Mark("f", 1, 1),
    keys={("a",): Mark("f", 2, 1), ("a", "b"): Mark("f", 3, 3)},
    values={("a",): Mark("f", 3, 3), ("a", "b"): Mark("f", 3, 6), ("a", "b", 0): Mark("f", 3, 7)},
)


def test_the_place_itself() -> None:
    assert PLACES.key(("a", "b")) == Mark("f", 3, 3)
    assert PLACES.value(("a", "b")) == Mark("f", 3, 6)
    assert PLACES.key(("a", "b", 0)) == Mark("f", 3, 7)


def test_what_is_not_there_is_where_it_would_belong() -> None:
    assert PLACES.value(("a", "c")) == Mark("f", 2, 1)
    assert PLACES.value(("x", "y")) == Mark("f", 1, 1)


def test_as_text() -> None:
    assert str(Mark("f", 3, 7).place("wrong", "right?")) == "f:3:7: wrong (right?)"
