"""The attributes of a type."""

from __future__ import annotations

import pytest

from bridge.formats.xml.layout import Attribute, ComplexType, Wildcard
from tests.bridge.formats.xml.xsd.schemas import complex_type, read, schema, simple_type, t, xs


def of(body: str, *, more: str = "", attributes: str = "") -> ComplexType:
    """The type whose attributes are `body`."""
    layout = read(schema(f'<xs:complexType name="c">{body}</xs:complexType>{more}', attributes=attributes))
    assert not layout.problems
    return complex_type(layout, t("c"))


def test_everything_an_attribute_says():
    found = of(
        '<xs:attribute name="a" type="xs:int" use="required"/><xs:attribute name="b" type="xs:int" default="1"/>'
        '<xs:attribute name="c" type="xs:int" fixed="2"><xs:annotation><xs:documentation>Why</xs:documentation>'
        '</xs:annotation></xs:attribute><xs:attribute name="d"/><xs:attribute name="e" use="prohibited"/>'
    )
    assert found.attributes == (
        Attribute("a", xs("int"), required=True),
        Attribute("b", xs("int"), default="1"),
        Attribute("c", xs("int"), fixed="2", doc="Why"),
        Attribute("d", xs("anySimpleType")),
    )


@pytest.mark.parametrize(("defaults", "form", "qualified"), [
    ("", "", False),
    ('attributeFormDefault="qualified"', "", True),
    ('attributeFormDefault="qualified"', 'form="unqualified"', False),
    ("", 'form="qualified"', True),
])  # fmt: skip
def test_form(defaults: str, form: str, qualified: bool):
    (found,) = of(f'<xs:attribute name="a" {form}/>', attributes=defaults).attributes
    assert found.name == (t("a") if qualified else "a")


def test_a_reference_says_its_own_use_and_value():
    more = '<xs:attribute name="g" type="xs:int" default="1"/>'
    (found,) = of('<xs:attribute ref="t:g" use="required" default="2"/>', more=more).attributes
    assert found == Attribute(t("g"), xs("int"), required=True, default="2")
    (found,) = of('<xs:attribute ref="t:g"/>', more=more).attributes
    assert found == Attribute(t("g"), xs("int"), default="1")


@pytest.mark.parametrize("name", ["lang", "space", "base", "id"])
def test_the_attributes_of_xml_itself_need_no_import(name: str):
    (found,) = of(f'<xs:attribute ref="xml:{name}"/>').attributes
    assert found.name == f"{{http://www.w3.org/XML/1998/namespace}}{name}"


def test_an_unnamed_type():
    layout = read(
        '<xs:complexType name="c"><xs:attribute name="a"><xs:simpleType><xs:restriction base="xs:int"/>'
        "</xs:simpleType></xs:attribute></xs:complexType>"
        '<xs:attribute name="g"><xs:simpleType><xs:restriction base="xs:int"/></xs:simpleType></xs:attribute>'
    )
    assert simple_type(layout, t("c/@a")).name == "int"
    assert layout.attributes[t("g")].type == "{urn:t}/@g"


GROUPS = (
    '<xs:attributeGroup name="g"><xs:attribute name="x"/><xs:attributeGroup ref="t:h"/></xs:attributeGroup>'
    '<xs:attributeGroup name="h"><xs:attribute name="y"/><xs:anyAttribute namespace="##other"/></xs:attributeGroup>'
)


def test_groups():
    found = of('<xs:attribute name="a"/><xs:attributeGroup ref="t:g"/>', more=GROUPS)
    assert [one.name for one in found.attributes] == ["a", "x", "y"]
    assert found.any_attribute == Wildcard(("##other",), "urn:t")


def test_several_wildcards_let_in_what_all_of_them_do():
    groups = GROUPS + '<xs:attributeGroup name="i"><xs:anyAttribute namespace="urn:x urn:t urn:y"/></xs:attributeGroup>'
    found = of('<xs:attributeGroup ref="t:g"/><xs:attributeGroup ref="t:i"/><xs:anyAttribute/>', more=groups)
    assert found.any_attribute == Wildcard(("urn:x", "urn:y"))
    nothing = of('<xs:attributeGroup ref="t:i"/><xs:anyAttribute namespace="##local"/>', more=groups)
    assert nothing.any_attribute is None


def test_circles_of_groups_add_nothing():
    circle = (
        '<xs:attributeGroup name="g"><xs:attribute name="x"/><xs:attributeGroup ref="t:h"/></xs:attributeGroup>'
        '<xs:attributeGroup name="h"><xs:attribute name="y"/><xs:attributeGroup ref="t:g"/></xs:attributeGroup>'
    )
    found = of('<xs:attributeGroup ref="t:g"/>', more=circle)
    assert [one.name for one in found.attributes] == ["x", "y"]


@pytest.mark.parametrize(("base", "own", "expected"), [
    ("##any", "", ("##any",)),
    ("", "##any", ("##any",)),
    ("urn:a", "urn:b", ("urn:a", "urn:b")),
    ("urn:a", "##any", ("##any",)),
    ("##other", "##other", ("##other",)),
    ("##other", "##local", ("##any",)),
])  # fmt: skip
def test_extension_joins_wildcards(base: str, own: str, expected: tuple[str, ...]):
    def wildcard(said: str) -> str:
        return f'<xs:anyAttribute namespace="{said}"/>' if said else ""

    found = of(
        f'<xs:complexContent><xs:extension base="t:b">{wildcard(own)}</xs:extension></xs:complexContent>',
        more=f'<xs:complexType name="b">{wildcard(base)}</xs:complexType>',
    )
    assert found.any_attribute is not None
    assert found.any_attribute.namespaces == expected


def test_restriction_drops_the_wildcard():
    found = of(
        '<xs:complexContent><xs:restriction base="t:b"/></xs:complexContent>',
        more='<xs:complexType name="b"><xs:anyAttribute/></xs:complexType>',
    )
    assert found.any_attribute is None


def test_what_is_missing_matters_only_where_it_is_required():
    layout = read(
        '<xs:complexType name="a"><xs:attribute ref="t:no"/><xs:attribute name="x"/></xs:complexType>'
        '<xs:complexType name="b"><xs:attribute ref="t:no" use="required"/></xs:complexType>'
        '<xs:complexType name="c"><xs:attributeGroup ref="t:no"/></xs:complexType>'
    )
    assert [one.name for one in complex_type(layout, t("a")).attributes] == ["x"]
    assert set(layout.problems) == {t("b")}
    assert len(layout.notes) == 2
