"""JSON Schema says what the codec takes: each kind by example, and whatever is mutated from a sample is refused."""

from __future__ import annotations

import json as plain_json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bridge.call import JsonValue
from bridge.shapes.json import dumps
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
from bridge.shapes.samples import NoSample, sample
from bridge.shapes.schema import SchemaWriter, json_schema
from tests.bridge.shapes.strategies import records, shapes

TEXT = Scalar(Kind.STRING)
INT = Scalar(Kind.INTEGER, Facets(min_inclusive="-2147483648", max_inclusive="2147483647"), "int")
UNION = Union((Scalar(Kind.INTEGER), TEXT))
NODE = XmlNode()


def python(value: JsonValue) -> Any:
    return plain_json.loads(dumps(value))


def is_valid(shape: Shape | Described, text: str) -> bool:
    schema = json_schema(shape if isinstance(shape, Described) else Described(shape))
    return jsonschema_rs.Draft202012Validator(python(schema)).is_valid(plain_json.loads(text))


CASES: list[tuple[Shape, list[str], list[str]]] = [
    (TEXT, ['"a"', '""', '"\\t\U0001f600"'], ["1", "null", '"\\u0000"', '"\\u000b"', '"\\ufffe"']),
    (Scalar(Kind.STRING, Facets(min_length=2, max_length=3)), ['"ab"', '"😀😀"'], ['"a"', '"abcd"']),
    (Scalar(Kind.STRING, Facets(min_length=1, white_space="collapse")), ['"a b"'], ['" "', '"a "', '""']),
    (Scalar(Kind.STRING, Facets(white_space="collapse")), ['" a  "'], []),
    (Scalar(Kind.STRING, Facets(patterns=("[A-Z]+", "A.*"))), ['"AB"'], ['"B"', '"Ab"']),
    (Scalar(Kind.STRING, Facets(enumeration=("a", "b"))), ['"a"'], ['"c"', '""']),
    (Scalar(Kind.BOOLEAN), ["true", "false"], ['"true"', "1"]),
    (INT, ["1", "1.0", "1e2", "-2147483648"], ["1.5", "2147483648", '"1"', "true"]),
    (Scalar(Kind.INTEGER), ["123456789012345678901234567890"], []),
    (
        Scalar(Kind.INTEGER, Facets(max_inclusive="18446744073709551615")),
        ["18446744073709551615"],
        ["18446744073709551616"],
    ),
    (Scalar(Kind.INTEGER, Facets(total_digits=3)), ["999", "-999"], ["1000", "-1000"]),
    (Scalar(Kind.INTEGER, as_text=True), ['"12"', '"-0"'], ["12", '"1.5"', '"x"', '"01"']),
    (Scalar(Kind.DECIMAL, Facets(fraction_digits=2)), ["19.99", "0.07", "1e2", "4.35"], ["0.001", '"1"']),
    (
        Scalar(Kind.DECIMAL, Facets(total_digits=4, fraction_digits=2)),
        ["99.99", "999.9", "9999", "0.01"],
        ["999.99", "10000", "0.001"],
    ),
    (Scalar(Kind.DECIMAL, Facets(min_exclusive="0", max_exclusive="1.5")), ["0.1", "1.49"], ["0", "1.5"]),
    (Scalar(Kind.DECIMAL, as_text=True), ['"1.50"', '"1e2"'], ["1.5", '".5"', '"NaN"']),
    (Scalar(Kind.DOUBLE), ["1.5", '"INF"', '"-INF"', '"NaN"'], ['"1.5"', '"Infinity"', "null"]),
    (Scalar(Kind.FLOAT, Facets(min_inclusive="0")), ["0", '"INF"'], ["-1", '"NaN"', '"-INF"']),
    (Scalar(Kind.DOUBLE, Facets(enumeration=("1.0", "INF"))), ["1", '"INF"'], ["2", '"NaN"']),
    (
        Scalar(Kind.DATE),
        ['"2026-01-15"', '"2024-02-29Z"', '"2000-02-29"', '"-0044-03-15"', '"12026-12-31+14:00"'],
        ['"2026-02-29"', '"1900-02-29"', '"2026-04-31"', '"26-01-01"', '"2026-1-1"', '"2026-01-15T00:00:00"'],
    ),
    (
        Scalar(Kind.DATETIME),
        ['"2026-01-15T24:00:00"', '"2026-01-15T09:30:00.1234567-05:00"'],
        ['"2026-01-15 09:30:00"', '"2026-01-15T24:00:01"', '"2026-01-15T09:30:00+15:00"', '"2026-01-15T09:30:00Z\\n"'],
    ),
    (Scalar(Kind.TIME), ['"09:30:00"', '"24:00:00Z"'], ['"9:30:00"', '"09:60:00"']),
    (
        Scalar(Kind.DURATION),
        ['"P1Y"', '"-PT1.5S"', '"P1M2DT3H"', '"PT1H1S"'],
        ['"P"', '"PT"', '"P1DT"', '"P1H"', '"P-1D"'],
    ),
    (Scalar(Kind.MONTH_DAY), ['"--02-29"'], ['"--02-30"']),
    (Scalar(Kind.DATE, Facets(enumeration=("2026-01-01",))), ['"2026-01-01"'], ['"2026-01-02"']),
    (Scalar(Kind.BASE64), ['""', '"QUJD"', '"QQ=="'], ['"QQ"', '"Q===="', '"QUJD\\n"', '"*"']),
    (Scalar(Kind.HEX, Facets(length=2)), ['"QUI="'], ['"QQ=="', '"QUJD"', '"4142"']),
    (
        Scalar(Kind.BASE64, Facets(min_length=2, max_length=4)),
        ['"QUI="', '"QUJD"', '"QUJDRA=="'],
        ['"QQ=="', '"QUJDRUU="', '""'],
    ),
    (Scalar(Kind.QNAME), ['"{urn:x}a"', '"a"'], ['"p:a"', '"1a"', '"{urn:x}"', '""']),
    (UNION, ["1", '"a"'], ["1.5", "true", "null"]),
    (Union((Scalar(Kind.INTEGER), TEXT), Facets(enumeration=("1", "x"))), ["1", '"1"', '"x"'], ["2", '"y"']),
    (ListOf(INT, 1, 2, nullable_items=True), ["[1]", "[1, null]"], ["[]", "[1, 2, 3]", '["a"]', "null"]),
    (
        Items((Field("a", INT), Field("b", TEXT, nullable=True)), 1),
        ['[{"a": 1}, {"b": null}, {"a": 2}]'],
        ["[]", '[{"a": 1, "b": ""}]', "[{}]", '[{"c": 1}]', '[{"a": null}]'],
    ),
    (
        NODE,
        ['{"@name": "{urn:x}a", "@attributes": {"{urn:y}b": "c"}, "@content": ["t", {"@name": "i"}]}'],
        ['"a"', "{}", '{"@name": "a", "x": 1}', '{"@name": "a b"}', '{"@name": "a", "@attributes": {"xmlns": ""}}'],
    ),
    (XmlNode(named=False), ['"a"', "{}", '{"@type": "{urn:x}T", "@content": []}'], ["1", "null", '{"@content": [1]}']),
    (TextMap(), ['{"a": "b", "{urn:x}c": ""}'], ['{"a": 1}', '{"a b": ""}', "[]"]),
    (
        Record((Field("a", INT, required=True), Field("b", INT, nullable=True)), type_tag="t"),
        ['{"a": 1}', '{"a": 1, "b": null}', '{"@type": "t", "a": 1}'],
        ["{}", '{"a": null}', '{"a": 1, "c": 1}', '{"a": 1, "@type": "u"}'],
    ),
    (
        Record((Field("a", TEXT, fixed="x"), Field("b", INT, fixed="5", nullable=True))),
        ['{"a": "x", "b": 5}', '{"b": null}'],
        ['{"a": "y"}', '{"b": 6}', '{"a": null}'],
    ),
]


@pytest.mark.parametrize(("shape", "good", "bad"), CASES, ids=str)
def test_what_fits_and_what_does_not(shape: Shape, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not is_valid(shape, text)] == []
    assert [text for text in bad if is_valid(shape, text)] == []
    assert is_valid(Described(shape, nullable=True), "null"), "any shape can be made nullable"
    assert not is_valid(shape, "null")


def payment() -> Described:
    card = Record((Field("number", TEXT, required=True),), type_tag="card")
    cash = Record((), type_tag="cash")
    members = (
        Variant("cash", Ref("Cash"), default=True),
        Variant("card", Ref("Card")),
        Variant("note", INT, wrapped=True),
    )
    return Described(Ref("Payment"), {"Card": card, "Cash": cash, "Payment": Variants(members)})


def test_variants() -> None:
    good = ["{}", '{"@type": "cash"}', '{"@type": "card", "number": "1"}', '{"@type": "note", "value": 1}']
    bad = ['{"number": "1"}', '{"@type": "card"}', '{"@type": "other"}', '{"@type": "note"}', '{"value": 1}', "1"]
    assert [text for text in good if not is_valid(payment(), text)] == []
    assert [text for text in bad if is_valid(payment(), text)] == []


def test_the_discriminator_names_every_member_and_each_is_a_reference() -> None:
    writer = SchemaWriter(payment().table, rename=lambda name, _: f"shop.{name}")
    writer.of(payment().shape or TEXT)
    schema = writer.components()["shop.Payment"]
    assert isinstance(schema, dict)
    prefix = "#/components/schemas/shop."
    mapping = {"cash": f"{prefix}Cash", "card": f"{prefix}Card", "note": f"{prefix}note.value"}
    assert schema["discriminator"] == {"propertyName": "@type", "mapping": mapping}
    assert "shop.note.value" in writer.components()


def test_a_record_under_another_tag_is_a_component_of_its_own() -> None:
    table: dict[str, Shape] = {"Card": Record((Field("n", INT),), type_tag="cardType")}
    shape = Variants((Variant("card", Ref("Card")), Variant("visa", Ref("Card"))))
    assert is_valid(Described(shape, table), '{"@type": "visa", "n": 1}')
    assert not is_valid(Described(shape, table), '{"@type": "cardType", "n": 1}')
    assert not is_valid(Described(shape, table), '{"n": 1}')


def test_answers_may_hold_what_nobody_expected() -> None:
    value = '{"@unknown": [{"@name": "x"}, {"@attributes": {"y": "z"}}]}'
    assert is_valid(Record(()), value)
    assert '"readOnly":true' in dumps(json_schema(Described(Record(()))))


def test_no_digit_of_a_bound_is_lost_and_no_format_is_claimed() -> None:
    bound = "79228162514264337593543950335.000000000000000001"
    text = dumps(json_schema(Described(Scalar(Kind.DECIMAL, Facets(max_inclusive=bound)))))
    assert f'"maximum":{bound}' in text
    assert '"format"' not in dumps(json_schema(Described(Scalar(Kind.DATETIME))))


def test_defaults_are_typed() -> None:
    record = Record((Field("n", INT, default="+07"), Field("t", TEXT, default="07"), Field("bad", INT, default="x")))
    text = dumps(json_schema(Described(record)))
    assert '"default":7' in text
    assert '"default":"07"' in text
    assert text.count('"default"') == 2


@st.composite
def mutations(draw: st.DrawFn) -> tuple[Record, dict[str, JsonValue], str]:
    """A record, a valid value without anything optional, and the key of one required field."""
    record = draw(records(shapes([])))
    try:
        value = sample(Described(record), optional=False)
    except NoSample:
        assume(False)
    required = [field.key for field in record.fields if field.required]
    assume(required and isinstance(value, dict))
    return record, value, draw(st.sampled_from(required))  # type: ignore[return-value]  # assumed above


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(case=mutations())
def test_a_changed_sample_is_refused(case: tuple[Record, dict[str, JsonValue], str]) -> None:
    record, value, key = case
    validator = jsonschema_rs.Draft202012Validator(python(json_schema(Described(record))))
    assert validator.is_valid(python(value))
    assert not validator.is_valid(python({**value, "surprise": "x"}))
    assert not validator.is_valid(python({name: one for name, one in value.items() if name != key}))
    assert not validator.is_valid(python({**value, key: {"surprise": {}}}))
    [field] = [field for field in record.fields if field.key == key]
    assert validator.is_valid(python({**value, key: None})) == field.nullable


def test_a_type_named_like_a_shared_component_keeps_its_own_schema() -> None:
    table: dict[str, Shape] = {"Duration": Record((Field("start", Scalar(Kind.DURATION)),))}
    written = json_schema(Described(Ref("Duration"), table))
    valid = jsonschema_rs.Draft202012Validator(plain_json.loads(dumps(written)))
    assert valid.is_valid({"start": "P1D"})
    assert not valid.is_valid("P1D")
    assert not valid.is_valid({"start": {"start": "P1D"}})


@pytest.mark.parametrize("name", ["ArrayOfVilkår", "a b", "50%", "a/b~c", "名前"])
def test_a_reference_to_any_name_is_a_uri(name: str) -> None:
    described = Described(Ref(name), {name: Record((Field("no", INT, required=True),))})
    schema = json_schema(described)
    assert str(schema["$ref"]).isascii()
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    assert next(iter(definitions)) == name
    assert is_valid(described, '{"no": 1}')
    assert not is_valid(described, '{"no": "x"}')
