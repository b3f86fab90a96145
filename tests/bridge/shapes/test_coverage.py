"""The books of what was shown: counts go up and down with the goals, and units know whether something is left."""

from __future__ import annotations

from bridge.shapes.coverage import PLAIN, Ledger, Node, distances, distinct, settle


def ledger() -> tuple[Ledger, Node, Node]:
    books = Ledger()
    above, below = books.unit("Above", None), books.unit("Below", None)
    above.root = Node("Above", "above", above, None)
    inner = Node("Above.inner", "reference", above, above.root, ref=below)
    above.root.kids.append(inner)
    below.root = Node("Below", "below", below, None)
    books.plan(inner, " absent")
    books.plan(below.root, " edge")
    settle(books.units, lambda node: 1, lambda node: node.shape == "free")
    return books, inner, below.root


def test_goals_are_counted_where_they_stand_and_above() -> None:
    books, inner, below = ledger()
    assert inner.parent is not None
    assert (books.planned, books.reached, inner.parent.open[PLAIN]) == (2, 0, 1)
    books.meet(inner, " absent")
    assert (books.reached, inner.parent.open[PLAIN], list(books.unmet())) == (1, 0, ["Below edge"])
    books.reopen(inner, " absent", PLAIN)
    assert (books.reached, inner.parent.open[PLAIN]) == (0, 1)
    assert books.open_units[PLAIN] == inner.unit.bit | below.unit.bit


def test_a_unit_with_nothing_left_is_not_open() -> None:
    books, inner, below = ledger()
    books.meet(below, " edge")
    assert books.open_units[PLAIN] == inner.unit.bit


def test_what_a_place_leads_to_is_known() -> None:
    _, inner, below = ledger()
    assert inner.parent is not None
    assert inner.parent.reach == inner.reach == below.unit.bit


def test_the_way_to_what_is_wanted_is_measured_in_steps() -> None:
    books, inner, below = ledger()
    assert distances(books.units, below.unit.bit, free=False) == [below.unit.bit, below.unit.bit | inner.unit.bit]


def test_what_free_xml_may_hold_is_only_met_there() -> None:
    books, inner, below = ledger()
    inner.shape = "free"
    settle(books.units, lambda node: 1, lambda node: node.shape == "free")
    assert (inner.reach, inner.wide) == (0, below.unit.bit)
    assert len(distances(books.units, below.unit.bit, free=False)) == 1
    assert len(distances(books.units, below.unit.bit, free=True)) == 2


def test_values_are_told_apart_by_their_labels() -> None:
    assert distinct([("value A", "A1"), ("value A", "A2"), ("x", "y")]) == [
        ("value A", "A1"),
        ("value A (2)", "A2"),
        ("x", "y"),
    ]
