"""Names that nothing has and comparisons that never hold are found; what a shape leaves open fits."""

from __future__ import annotations

import pytest

from bridge.shapes.jsonpath import Condition, Path
from bridge.shapes.jsonpath_fit import found_at, misfits
from bridge.shapes.model import (
    Described,
    Facets,
    Field,
    Items,
    Kind,
    ListOf,
    Record,
    Ref,
    Scalar,
    Shape,
    TextMap,
    Union,
    Variant,
    Variants,
    XmlNode,
)

TEXT, NUMBER, BOOLEAN = Scalar(Kind.STRING), Scalar(Kind.INTEGER), Scalar(Kind.BOOLEAN)
CIRCLE, SQUARE = Record((Field("radius", NUMBER),), type_tag="Circle"), Record((Field("side", NUMBER),))
TABLE: dict[str, Shape] = {
    "Node": Record((Field("label", TEXT), Field("next", Ref("Node")), Field("leaf", Record((Field("deep", NUMBER),))))),
}
ANSWER = Described(
    Record(
        (
            Field("ok", BOOLEAN, required=True),
            Field("maybe", BOOLEAN),
            Field("code", NUMBER),
            Field("big", Scalar(Kind.INTEGER, as_text=True)),
            Field("ratio", Scalar(Kind.DOUBLE)),
            Field("status", Scalar(Kind.STRING, Facets(enumeration=("open", "closed")))),
            Field("info", Record((Field("text", TEXT),))),
            Field("items", ListOf(Record((Field("a", NUMBER),)))),
            Field("mixed", Items((Field("x", TEXT), Field("y", NUMBER)))),
            Field(
                "shape",
                Variants((Variant("Circle", CIRCLE), Variant("Square", SQUARE), Variant("N", NUMBER, wrapped=True))),
            ),
            Field("node", Ref("Node")),
            Field("free", XmlNode()),
            Field("map", TextMap()),
            Field("either", Union((TEXT, NUMBER))),
        )
    ),
    TABLE,
)


@pytest.mark.parametrize(
    "text",
    [
        "@.ok == false",
        "@.maybe",
        "@.ok == true && @.code != 0",
        "@.big == '12'",
        "@.ratio == 'NaN' || @.ratio > 1",
        "@.status == 'open'",
        "@.status != 'gone'",
        "@.info.text == ''",
        "@.items[0].a == 1",
        "@.items[?@.a == 1]",
        "@.items[*].a",
        "@.mixed[*].y",
        "@.shape['@type'] == 'Circle'",
        "@.shape.radius > 1",
        "@.shape.value == 2",
        "@.node.next.next.label == 'x'",
        "@..deep",
        "@.free.anything.at.all == 1",
        "@.map.key == 'x'",
        "@.either == 1",
        "@.either == 'x'",
        "@['@unknown']",
        "length(@.items) > 1",
        "@.code == null",
        "@.*",
    ],
)
def test_what_can_be_fits(text: str) -> None:
    assert misfits(Condition(text).uses, ANSWER) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@.cod == 1", "@.cod: there is no 'cod' in the answer"),
        ("@.info.txt == 'x'", "@.info.txt: there is no 'txt' in the answer"),
        ("@.items.a == 1", "@.items.a: 'a' is asked of a list; say which item, such as [0] or [*]"),
        ("@.items[?@.b == 1]", "@.b: there is no 'b' in the answer"),
        ("@.code.x == 1", "@.code.x: 'x' is asked of what is no object"),
        ("@.info[0]", "@.info[0]: an item is asked of what is no list"),
        ("@.code == '1'", "@.code is a number, and '1' is a text"),
        ("@.big == 12", "@.big is a text, and 12 is a number"),
        ("@.ok == 'false'", "@.ok is true or false, and 'false' is a text"),
        ("@.info.text == true", "@.info.text is a text, and true is a truth value"),
        ("@.info == 'x'", "@.info is an object, and 'x' is a text"),
        ("@.items == 1", "@.items is a list, and 1 is a number"),
        ("@.status == 'opened'", "@.status is never 'opened'"),
        ("@.ok", "@.ok asks whether it is there, and it always is; write @.ok == true"),
        ("match(@.cod, 'x')", "@.cod: there is no 'cod' in the answer"),
    ],
)
def test_what_can_never_be_is_told(text: str, said: str) -> None:
    assert [one.text for one in misfits(Condition(text).uses, ANSWER)] == [said]


def test_every_depth_is_looked_at() -> None:
    node = Described(Ref("Node"), TABLE)
    assert misfits(Condition("@..deep").uses, node) == []
    (wrong,) = misfits(Condition("@..deeper").uses, node)
    assert wrong.name == "deeper"


def test_the_names_there_are_come_along() -> None:
    (wrong,) = misfits(Path("$.info.txt").uses, ANSWER)
    assert (wrong.name, wrong.known) == ("txt", ("text",))


def test_no_answer_at_all() -> None:
    (wrong,) = misfits(Condition("@.ok == true").uses, Described(None))
    assert "no answer" in wrong.text


def test_the_shape_a_path_leads_to() -> None:
    found = found_at(Path("$.info").uses, ANSWER)
    assert found is not None
    assert found.shape == Record((Field("text", TEXT),))
    for path in ("$.free.x", "$.shape", "$.*"):
        one = found_at(Path(path).uses, ANSWER)
        assert one is None or isinstance(one.shape, Variants)
    assert found_at(Path("$.info").uses, Described(None)) is None
