"""Orders of arrays of single-key objects that the schema allows."""

from __future__ import annotations

from bridge.formats.xml.items import model_of, orders_of
from bridge.formats.xml.layout import Element, Group
from bridge.formats.xml.plan import Slot

A, B = Element("a", ""), Element("b", "")


def items(order: Group | None, *required: str, text: bool = False) -> Slot:
    members = [Slot("element", key=f"the{name}", name=name, min=int(name in required)) for name in "ab"]
    texts = [Slot("text", key="@text")] if text else []
    return Slot("items", key="items", members=(*members, *texts), max=None, order=order, least=1)


def test_where_any_order_is_right_none_is_told() -> None:
    assert orders_of(items(Group("choice", (A, B), 1, None))) == ()
    assert orders_of(items(None)) == ()


def test_the_plainest_comes_first_and_all_are_right() -> None:
    group = Group("sequence", (A, B), 1, None)
    orders = orders_of(items(group, "a", "b"))
    assert orders[0] == ("thea", "theb")
    model = model_of(items(group))
    assert model is not None
    assert all(model.wrong(key[3:] for key in order) is None for order in orders)


def test_a_name_that_stands_twice_is_shown_twice() -> None:
    """Once through with each member once would not be allowed."""
    assert orders_of(items(Group("sequence", (A, B, A)), "a", "b")) == (("thea", "theb", "thea"),)


def test_texts_of_mixed_content_are_shown_where_each_member_once_is_right() -> None:
    assert orders_of(items(Group("sequence", (A, B)), "a", "b", text=True)) == ()
    assert orders_of(items(Group("sequence", (A, B, A)), "a", "b", text=True)) == (("thea", "theb", "thea"),)


def test_what_is_too_large_is_not_told() -> None:
    wide = Group("sequence", tuple(Element(f"e{number}", "") for number in range(700)))
    assert model_of(items(wide)) is None
    assert orders_of(items(wide)) == ()
