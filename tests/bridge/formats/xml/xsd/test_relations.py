"""Derived types and substitution groups, transitively."""

from __future__ import annotations

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
