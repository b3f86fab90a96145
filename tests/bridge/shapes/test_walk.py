"""References are found wherever they stand, and equality follows them."""

from __future__ import annotations

from bridge.shapes.model import Field, Items, Kind, ListOf, Record, Ref, Scalar, Shape, Union, Variant, Variants
from bridge.shapes.walk import names_in, same

TEXT = Scalar(Kind.STRING)


def test_names_stand_anywhere() -> None:
    shape = Record(
        (
            Field("a", ListOf(Ref("A"))),
            Field("b", Variants((Variant("b", Ref("B")), Variant("u", Union((TEXT, Ref("U"))), wrapped=True)))),
            Field("c", Items((Field("c", Ref("C")),))),
        )
    )
    assert set(names_in(shape)) == {"A", "B", "C", "U"}


def test_equal_names_may_mean_different_things() -> None:
    node: Shape = Record((Field("next", Ref("Node")), Field("leaf", Ref("Leaf"))))
    one: dict[str, Shape] = {"Node": node, "Leaf": TEXT}
    alike: dict[str, Shape] = {"Node": Record((Field("next", Ref("Node")), Field("leaf", Ref("Leaf")))), "Leaf": TEXT}
    other: dict[str, Shape] = {"Node": node, "Leaf": Scalar(Kind.BOOLEAN)}
    assert same(Ref("Node"), one, Ref("Node"), alike)
    assert same(Ref("Node"), one, Ref("Node"), one)
    assert not same(Ref("Node"), one, Ref("Node"), other)
    assert not same(Ref("Node"), one, Ref("Node"), {"Node": node})
