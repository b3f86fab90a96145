"""Derived types and substitution groups, transitively."""

from __future__ import annotations

import pytest

from bridge.formats.xml.layout import ANY_TYPE
from tests.bridge.formats.xml.xsd.schemas import read, schema, t, xs


def extension(name: str, base: str, said: str = "") -> str:
    return (
        f'<xs:complexType name="{name}" {said}><xs:complexContent><xs:extension base="t:{base}"/></xs:complexContent>'
        "</xs:complexType>"
    )


def test_derived_types_in_document_order():
    layout = read(
        extension("Cat", "Pet") + extension("Pet", "Animal", 'abstract="true"') + '<xs:complexType name="Animal"/>'
        '<xs:element name="x"><xs:complexType><xs:complexContent><xs:extension base="t:Pet"/></xs:complexContent>'
        "</xs:complexType></xs:element>"
    )
    assert layout.derived == {t("Animal"): (t("Cat"), t("Pet")), t("Pet"): (t("Cat"),)}


def test_simple_types_are_no_variants():
    layout = read('<xs:simpleType name="a"><xs:restriction base="xs:int"/></xs:simpleType>')
    assert layout.derived == {}


def test_substitution_groups_are_transitive():
    layout = read(
        '<xs:element name="head" type="xs:int" abstract="true"/>'
        '<xs:element name="one" substitutionGroup="t:head"/>'
        '<xs:element name="between" type="xs:int" abstract="true" substitutionGroup="t:head"/>'
        '<xs:element name="two" type="xs:short" substitutionGroup="t:between"/>'
    )
    assert layout.substitutes == {t("head"): (t("one"), t("two")), t("between"): (t("two"),)}
    assert layout.elements[t("one")].type == xs("int")


def test_a_member_without_type_has_that_of_the_head_of_its_head():
    layout = read(
        '<xs:element name="c" substitutionGroup="t:b"/><xs:element name="b" substitutionGroup="t:a"/>'
        '<xs:element name="a"><xs:complexType/></xs:element>'
    )
    assert {one.type for one in layout.elements.values()} == {"{urn:t}/a"}


def test_circles_end():
    layout = read('<xs:element name="a" substitutionGroup="t:b"/><xs:element name="b" substitutionGroup="t:a"/>')
    assert layout.substitutes == {t("a"): (t("b"),), t("b"): (t("a"),)}
    assert layout.elements[t("a")].type == ANY_TYPE


def test_a_head_in_another_namespace():
    other = schema('<xs:element name="h"/>', "urn:o")
    layout = read('<xs:element name="a" xmlns:o="urn:o" substitutionGroup="o:h"/>', other)
    assert layout.substitutes == {"{urn:o}h": (t("a"),)}


def test_a_missing_head_is_forgotten():
    layout = read('<xs:element name="a" type="xs:int" substitutionGroup="t:no"/>')
    assert (layout.substitutes, layout.problems) == ({}, {})


def restriction(name: str, base: str) -> str:
    return (
        f'<xs:complexType name="{name}"><xs:complexContent><xs:restriction base="t:{base}"/></xs:complexContent>'
        "</xs:complexType>"
    )


@pytest.mark.parametrize(("said", "left"), [
    ("", ("E", "R", "ER")),
    ('block="extension"', ("R",)),
    ('block="restriction"', ("E",)),
    ('block="restriction extension"', ()),
    ('block="#all"', ()),
    ('block=""', ("E", "R", "ER")),
    ('final="extension"', ("R",)),
    ('final="#all"', ()),
])  # fmt: skip
def test_types_that_are_blocked_or_final_are_no_variants(said: str, left: tuple[str, ...]):
    layout = read(
        f'<xs:complexType name="A" {said}/>' + extension("E", "A") + restriction("R", "A") + restriction("ER", "E")
    )
    assert layout.derived.get(t("A"), ()) == tuple(t(one) for one in left)
    assert layout.derived[t("E")] == (t("ER"),)


def test_the_defaults_of_a_schema_count_where_a_type_says_nothing():
    types = '<xs:complexType name="A"/><xs:complexType name="B" block=""/>' + extension("C", "A") + extension("D", "B")
    assert read(schema(types, attributes='blockDefault="#all"')).derived == {t("B"): (t("D"),)}
    assert read(schema(types, attributes='finalDefault="extension"')).derived == {}


@pytest.mark.parametrize(("head", "kind", "left"), [
    ("", "", ("e", "r", "same")),
    ('block="substitution"', "", ()),
    ('block="#all"', "", ()),
    ('block="extension"', "", ("r", "same")),
    ('final="restriction"', "", ("e", "same")),
    ("", 'block="extension"', ("r", "same")),
    ("", 'final="#all"', ("same",)),
])  # fmt: skip
def test_substitutes_that_are_blocked_or_final_are_none(head: str, kind: str, left: tuple[str, ...]):
    members = "".join(
        f'<xs:element name="{name}" type="t:{of}" substitutionGroup="t:h"/>' for name, of in (("e", "E"), ("r", "R"))
    )
    types = f'<xs:complexType name="A" {kind}/>' + extension("E", "A") + restriction("R", "A")
    layout = read(
        f'<xs:element name="h" type="t:A" {head}/>{members}<xs:element name="same" substitutionGroup="t:h"/>{types}'
    )
    assert layout.substitutes.get(t("h"), ()) == tuple(t(one) for one in left)
