"""Instances of shapes: they show what they promise, fit the published schema, and come to an end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, assume, given, settings

from bridge.call import JsonValue
from bridge.shapes.instances import Coverage, Instance, NoSample, instances, refuse
from bridge.shapes.json import Number, dumps
from bridge.shapes.model import (
    Branch,
    Choice,
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
from bridge.shapes.schema import json_schema
from tests.bridge.shapes import strategies

TEXT, WHOLE = Scalar(Kind.STRING, name="string"), Scalar(Kind.INTEGER, Facets(white_space="collapse"), "integer")
PAYMENT = Variants((Variant("card", Ref("Card"), default=True), Variant("iban", TEXT, wrapped=True)))
ORDER = Record(
    (
        Field("id", TEXT, required=True),
        Field("note", TEXT, nullable=True),
        Field("lines", ListOf(Ref("Line"), nullable_items=True), required=True),
        Field("payment", Ref("Payment"), required=True),
        Field("byMail", TEXT),
        Field("byPhone", TEXT),
        Field("extension", TEXT),
        Field("parts", ListOf(Ref("Order"))),
        Field("amount", Scalar(Kind.DECIMAL, Facets(min_inclusive="0", total_digits=6, fraction_digits=2))),
        Field("either", Union((WHOLE, Scalar(Kind.STRING, Facets(enumeration=("all", "12")))))),
    ),
    choices=(
        Choice((Branch(("byMail",), ("byMail",)), Branch(("byPhone", "extension"), ("byPhone",))), required=False),
    ),
)
TABLE: dict[str, Shape] = {
    "Order": ORDER,
    "Line": Record((Field("sku", TEXT, required=True), Field("fixed", WHOLE, fixed="7"))),
    "Card": Record((Field("no", TEXT, required=True),), type_tag="card"),
    "Payment": PAYMENT,
}


def made(shape: Shape, *, instances_max: int = 200, values_max: int = 400, seed: int = 0) -> list[Instance]:
    described = Described(shape, TABLE)
    return list(instances(described, Coverage(), instances_max=instances_max, values_max=values_max, seed=seed))


def values(found: Sequence[Instance]) -> list[JsonValue]:
    return [one.value for one in found]


def scalars(kind: Kind, facets: Facets) -> set[str]:
    return {str(value) for value in values(made(Scalar(kind, facets, str(kind))))}


def test_every_decision_is_a_goal_that_is_reached() -> None:
    coverage = Coverage()
    goals = {goal for one in instances(Described(Ref("Order"), TABLE), coverage) for goal in one.goals}
    assert {
        "Order.note absent",
        "Order.note present",
        "Order.note=null",
        "Order.lines[0]",
        "Order.lines[1]",
        "Order.lines[2]",
        "Order.lines[null]",
        "Payment is card",
        "Payment is iban",
        "Order.{byMail|byPhone} -> byMail",
        "Order.{byMail|byPhone} -> byPhone",
        "Order.{byMail|byPhone} -> none",
        "Order.extension absent",
        "Order.either is member 1",
        "Order.either is member 2",
        "Order.amount edge minInclusive",
        "Order.amount edge totalDigits",
        "Order.amount edge fractionDigits",
    } <= goals
    assert list(coverage.unmet()) == []
    assert coverage.reached == coverage.planned


def test_goals_are_what_the_values_show() -> None:
    found = made(Ref("Order"))
    by_goal = {goal: one.value for one in found for goal in one.goals}

    def orders(value: JsonValue) -> list[dict[str, JsonValue]]:
        assert isinstance(value, dict)
        parts = value.get("parts", [])
        assert isinstance(parts, list)
        return [value, *(inner for part in parts for inner in orders(part))]

    assert any("note" not in order for order in orders(by_goal["Order.note absent"]))
    assert any(order.get("note", "") is None for order in orders(by_goal["Order.note=null"]))
    assert any(order["lines"] == [] for order in orders(by_goal["Order.lines[0]"]))
    assert any(
        "byPhone" in order and "byMail" not in order for order in orders(by_goal["Order.{byMail|byPhone} -> byPhone"])
    )
    assert any(order.get("either") == "all" for value in by_goal.values() for order in orders(value))
    assert all(order.get("either") != "12" for value in by_goal.values() for order in orders(value))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.described())
def test_all_fit_the_schema_whatever_the_shape(described: Described) -> None:
    coverage = Coverage()
    try:
        found = list(instances(described, coverage))
    except NoSample:
        assume(False)
    validator = jsonschema_rs.Draft202012Validator(json.loads(dumps(json_schema(described))))
    for one in found:
        validator.validate(json.loads(dumps(one.value), parse_float=Decimal))
    assert found


def test_what_is_shared_is_shown_once() -> None:
    coverage = Coverage()
    assert len(list(instances(Described(Ref("Order"), TABLE), coverage, name="first"))) > 1
    again = list(instances(Described(Ref("Order"), TABLE), coverage, name="second"))
    assert [one.goals for one in again] == [("second present",)]


def test_the_same_seed_makes_the_same() -> None:
    assert made(Ref("Order")) == made(Ref("Order"))
    assert values(made(Ref("Order"))) != values(made(Ref("Order"), seed=3))


def test_bounds_hold() -> None:
    def size(value: JsonValue) -> int:
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        return 1 + sum(size(one) for key, one in inner if key != "@type")

    found = made(Ref("Order"), instances_max=4, values_max=40)
    assert len(found) == 4
    assert max(map(size, values(found))) <= 40


def test_recursion_ends_where_it_may_and_is_refused_where_it_must_go_on() -> None:
    endless: dict[str, Shape] = {"A": Record((Field("a", Ref("B"), required=True),)), "B": Ref("A")}
    with pytest.raises(NoSample):
        list(instances(Described(Ref("A"), endless), Coverage()))
    tree: dict[str, Shape] = {"T": Record((Field("left", Ref("T")), Field("right", Ref("T"))))}
    assert values(list(instances(Described(Ref("T"), tree), Coverage()))) == [{"left": {"right": {}}}]


def test_items_show_each_member_alone_and_pairs_in_both_orders() -> None:
    shape = Items((Field("a", TEXT), Field("b", WHOLE), Field("@text", TEXT)))
    found = made(shape)
    orders = {
        tuple(key for item in one.value if isinstance(item, dict) for key in item)
        for one in found
        if isinstance(one.value, list)
    }
    assert {(), ("a",), ("b",), ("@text",), ("a", "b"), ("b", "a"), ("@text", "a"), ("@text", "a", "@text")} <= orders
    assert all(("@text", "@text") not in pairwise(order) for order in orders)
    assert all(one.unsure for one in found if one.value)


def test_a_refused_order_is_not_made_again_and_its_other_goals_are() -> None:
    shape = Items((Field("a", WHOLE), Field("b", WHOLE)))
    coverage, shown = Coverage(), set[str]()
    for one in instances(Described(shape), coverage):
        assert isinstance(one.value, list)
        if len(one.value) == 1:
            refuse(one, coverage)
        else:
            shown.update(one.goals)
    assert coverage.reached == coverage.planned - len(list(coverage.unmet()))
    assert "value.a edge forty digits" in shown
    assert list(coverage.unmet()) == []


def test_free_xml_says_so() -> None:
    record = Record((Field("@any", XmlNode()), Field("@attributes", TextMap()), Field("x", TEXT)))
    found = made(record)
    assert any(one.free for one in found)
    for one in found:
        assert isinstance(one.value, dict)
        assert one.free == bool(one.value.keys() & {"@any", "@attributes"})


def test_where_only_typed_elements_are_valid_the_one_that_ends_is_taken() -> None:
    typed = (Field("again", Ref("Holder"), required=True), Field("end", TEXT, required=True))
    table: dict[str, Shape] = {
        "Holder": Record((Field("@any", Ref("Any"), required=True),)),
        "Any": XmlNode(typed=typed, example=""),
    }
    found = list(instances(Described(Ref("Holder"), table), Coverage()))
    assert {"Any is again", "Any is end"} <= {goal for one in found for goal in one.goals}
    endless = table | {"Any": XmlNode(typed=typed[:1], example="")}
    [only] = instances(Described(Ref("Holder"), endless), Coverage())
    assert only.free
    assert '"@name":"note"' in dumps(only.value)


@pytest.mark.parametrize(
    "inner",
    [
        Field("inner", Ref("Holder"), required=True, nullable=True),
        Field("inner", ListOf(Ref("Holder"), min_items=1, nullable_items=True), required=True),
    ],
)
def test_what_holds_itself_ends_with_null(inner: Field) -> None:
    table: dict[str, Shape] = {"Holder": Record((Field("no", TEXT, required=True), inner))}
    found = list(instances(Described(Ref("Holder"), table), Coverage()))
    assert "Holder.no edge likely" in {goal for one in found for goal in one.goals}


def test_an_id_stands_once() -> None:
    name = Scalar(Kind.STRING, Facets(white_space="collapse"), "ID")
    for value in values(made(ListOf(name))):
        assert isinstance(value, list)
        assert len(set(map(str, value))) == len(value)


def test_a_default_leaves_no_empty_text() -> None:
    texts = [
        value["x"]
        for value in values(made(Record((Field("x", TEXT, required=True, default="new"),))))
        if isinstance(value, dict)
    ]
    assert "new" in texts
    assert "" not in texts


def test_a_fixed_value_is_the_only_one() -> None:
    assert values(made(Record((Field("x", WHOLE, required=True, fixed="7"),)))) == [{"x": Number("7")}]


def test_nil_with_nothing_beside_it_is_null() -> None:
    nil = Record((Field("@nil", Scalar(Kind.BOOLEAN), required=True, fixed="true"), Field("unit", TEXT)))
    found = values(made(Record((Field("x", Union((WHOLE, nil)), required=True, nullable=True),))))
    assert {"x": {"@nil": True}} not in found
    assert {"x": None} in found
    assert any(
        isinstance(one, dict) and isinstance(one["x"], dict) and one["x"].get("unit") is not None for one in found
    )


@pytest.mark.parametrize(
    ("kind", "facets", "expected"),
    [
        (Kind.STRING, Facets(), {"", " ", "a]]>b", "a\tb\nc", "a\rb\r\nc"}),
        (Kind.STRING, Facets(max_length=2, min_length=1), {"Z", "ll", "\U0001f600" * 2}),
        (Kind.STRING, Facets(enumeration=("a", "b")), {"a", "b"}),
        (Kind.INTEGER, Facets(min_inclusive="-128", max_inclusive="127"), {"-128", "127", "0", "-127", "126"}),
        (Kind.INTEGER, Facets(min_exclusive="0"), {"1", "1234567890123456789012345678901234567890"}),
        (Kind.DECIMAL, Facets(total_digits=5, fraction_digits=2), {"999.99", "-999.99", "0.01", "0"}),
        (Kind.DOUBLE, Facets(), {"INF", "-INF", "NaN", "1.7976931348623157E308", "4.9E-324", "-0"}),
        (Kind.BOOLEAN, Facets(), {"True", "False"}),
        (Kind.BASE64, Facets(), {"", "/w==", "//4=", "//79"}),
        (Kind.HEX, Facets(length=2), {"//4="}),
        (Kind.DATE, Facets(), {"0001-01-01", "9999-12-31", "2024-02-29", "2026-02-28+14:00"}),
        (Kind.DATETIME, Facets(), {"2026-01-15T24:00:00", "2026-01-15T12:00:00.1234567"}),
        (Kind.DATE, Facets(min_inclusive="2020-01-01"), {"2020-01-01"}),
        (Kind.YEAR, Facets(), {"-0044", "2026Z"}),
        (Kind.QNAME, Facets(), {"{urn:example}name", "name"}),
        (Kind.URI, Facets(), {"", "urn:example:a:b", "../up/file.xml"}),
    ],
)
def test_each_kind_shows_its_edges(kind: Kind, facets: Facets, expected: set[str]) -> None:
    assert expected <= scalars(kind, facets)


def test_nothing_at_all_has_no_instance() -> None:
    assert list(instances(Described(None), Coverage())) == []


def test_who_has_no_more_time_gets_no_more() -> None:
    coverage = Coverage()
    found = instances(Described(Ref("Order"), TABLE), coverage)
    first = next(found)
    reached = coverage.reached
    left = iter(range(5))
    coverage.should_stop = lambda: next(left, None) is None  # in the middle of the second
    assert list(found) == []
    assert coverage.reached == reached
    coverage.should_stop = lambda: False
    again = [goal for one in instances(Described(Ref("Order"), TABLE), coverage) for goal in one.goals]
    assert not {*first.goals} & {*again} - {"value present"}
    assert list(coverage.unmet()) == []


def test_a_plan_that_was_stopped_is_finished_later() -> None:
    coverage = Coverage()
    coverage.should_stop = lambda: True
    assert list(instances(Described(Ref("Order"), TABLE), coverage)) == []
    coverage.should_stop = lambda: False
    assert len(list(instances(Described(Ref("Order"), TABLE), coverage, name="again"))) > 1
    assert list(coverage.unmet()) == ["value present"]
