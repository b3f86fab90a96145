"""Simple types: atoms, lists, unions, without names and within each other."""

from __future__ import annotations

from bridge.shapes.model import Kind
from tests.bridge.formats.xml.xsd.schemas import complex_type, read, simple_type, t, xs


def test_a_union_of_named_and_unnamed_types():
    layout = read(
        '<xs:simpleType name="u"><xs:union memberTypes="xs:int t:other">'
        '<xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="all"/></xs:restriction></xs:simpleType>'
        '</xs:union></xs:simpleType><xs:simpleType name="other"><xs:restriction base="xs:date"/></xs:simpleType>'
    )
    found = simple_type(layout, t("u"))
    assert found.members == (xs("int"), t("other"), t("u/#1"))
    assert (found.kind, found.item, found.base) == (None, "", "")
    assert simple_type(layout, t("u/#1")).facets.enumeration == ("all",)


def test_a_union_that_is_restricted_keeps_its_members():
    layout = read(
        '<xs:simpleType name="u"><xs:union memberTypes="xs:int xs:string"/></xs:simpleType>'
        '<xs:simpleType name="r"><xs:restriction base="t:u"><xs:enumeration value="1"/></xs:restriction>'
        "</xs:simpleType>"
    )
    found = simple_type(layout, t("r"))
    assert (found.members, found.facets.enumeration, found.base) == ((xs("int"), xs("string")), ("1",), t("u"))


def test_a_list_of_an_unnamed_type():
    layout = read(
        '<xs:simpleType name="l"><xs:list><xs:simpleType><xs:restriction base="xs:int"/></xs:simpleType></xs:list>'
        "</xs:simpleType>"
    )
    assert simple_type(layout, t("l")).item == t("l/#item")
    assert simple_type(layout, t("l/#item")).kind == Kind.INTEGER


def test_built_in_lists_bring_their_items():
    layout = read('<xs:element name="a" type="xs:IDREFS"/>')
    assert simple_type(layout, xs("IDREFS")).item in layout.types


def test_a_restriction_of_an_unnamed_base():
    layout = read(
        '<xs:simpleType name="r"><xs:restriction><xs:simpleType><xs:restriction base="xs:string">'
        '<xs:minLength value="1"/></xs:restriction></xs:simpleType><xs:maxLength value="2"/></xs:restriction>'
        "</xs:simpleType>"
    )
    facets = simple_type(layout, t("r")).facets
    assert (facets.min_length, facets.max_length) == (1, 2)


def test_order_of_definition_does_not_matter_and_chains_cost_no_stack():
    count = 90
    text = "".join(
        f'<xs:simpleType name="s{n}"><xs:restriction base="t:s{n + 1}"><xs:pattern value="p{n}"/></xs:restriction>'
        "</xs:simpleType>"
        for n in range(count)
    )
    layout = read(text + f'<xs:simpleType name="s{count}"><xs:restriction base="xs:string"/></xs:simpleType>')
    assert not layout.problems
    assert len(simple_type(layout, t("s0")).facets.patterns) == count


def test_circles_are_problems():
    layout = read(
        '<xs:simpleType name="a"><xs:restriction base="t:b"/></xs:simpleType>'
        '<xs:simpleType name="b"><xs:restriction base="t:a"/></xs:simpleType>'
        '<xs:simpleType name="c"><xs:restriction base="xs:int"/></xs:simpleType>'
    )
    assert {t("a"), t("b")} == set(layout.problems)
    assert t("c") in layout.types


def test_what_says_nothing_is_a_problem():
    layout = read('<xs:simpleType name="a"/><xs:simpleType name="b"><xs:union/></xs:simpleType>')
    assert "neither" in layout.problems[t("a")]
    assert "no members" in layout.problems[t("b")]


def test_a_list_of_a_complex_type_is_a_problem():
    layout = read('<xs:complexType name="c"/><xs:simpleType name="l"><xs:list itemType="t:c"/></xs:simpleType>')
    assert "simple type" in layout.problems[t("l")]


def test_restricting_the_text_of_a_complex_type_is_forgiven():
    layout = read(
        '<xs:complexType name="c"><xs:simpleContent><xs:extension base="xs:string"/></xs:simpleContent>'
        "</xs:complexType>"
        '<xs:simpleType name="s"><xs:restriction base="t:c"><xs:maxLength value="3"/></xs:restriction></xs:simpleType>'
    )
    assert complex_type(layout, t("c")).text == xs("string")
    assert simple_type(layout, t("s")).facets.max_length == 3


def test_a_base_that_is_not_defined_is_a_text_with_the_facets_that_are_said():
    layout = read(
        '<xs:simpleType name="S"><xs:restriction base="t:No"><xs:maxLength value="3"/></xs:restriction></xs:simpleType>'
        '<xs:complexType name="C"><xs:simpleContent><xs:extension base="t:No"/></xs:simpleContent></xs:complexType>'
    )
    assert simple_type(layout, t("S")).facets.max_length == 3
    assert complex_type(layout, t("C")).text == xs("anySimpleType")
    assert not layout.problems
