"""Which documents are read, and in which namespace their components are."""

from __future__ import annotations

import pytest

from bridge.formats.xml.layout import ANY_TYPE, XSD, Element, Layout
from bridge.formats.xml.safe import parse_schema_document
from bridge.formats.xml.xsd import Source, read_schemas
from tests.bridge.formats.xml.xsd.schemas import complex_type, leaves, names, read, schema, t, xs

ORDER = '<xs:complexType name="Order"><xs:sequence><xs:element name="id" type="xs:int"/></xs:sequence></xs:complexType>'


def element(layout: Layout, name: str) -> Element:
    return layout.elements[name]


def test_import_by_location():
    main = '<xs:import namespace="urn:o" schemaLocation="o.xsd"/><xs:element name="a" xmlns:o="urn:o" type="o:Order"/>'
    layout = read(main, o=schema(ORDER, "urn:o"))
    assert element(layout, t("a")).type == "{urn:o}Order"
    assert names(layout, "{urn:o}Order") == ["id"]
    assert not layout.problems


def test_include_shares_the_namespace():
    layout = read('<xs:include schemaLocation="o.xsd"/><xs:element name="a" type="t:Order"/>', o=schema(ORDER))
    assert names(layout, t("Order")) == ["id"]


def test_chameleon_include_takes_the_namespace_of_each_includer():
    chameleon = schema(ORDER + '<xs:element name="b" type="Order"/>', "")
    other = schema('<xs:include schemaLocation="c.xsd"/>', "urn:other")
    main = '<xs:include schemaLocation="c.xsd"/><xs:import namespace="urn:other" schemaLocation="other.xsd"/>'
    layout = read(main, c=chameleon, other=other)
    for namespace in ("urn:t", "urn:other"):
        assert element(layout, f"{{{namespace}}}b").type == f"{{{namespace}}}Order"
        (found,) = leaves(complex_type(layout, f"{{{namespace}}}Order").content)
        assert isinstance(found, Element)
        assert found.name == f"{{{namespace}}}id"


def test_circles_of_imports_and_includes_end():
    a = schema('<xs:include schemaLocation="b.xsd"/><xs:element name="a" type="t:B"/>')
    b = schema('<xs:include schemaLocation="a.xsd"/><xs:complexType name="B"/><xs:element name="b" type="t:B"/>')
    layout = read('<xs:include schemaLocation="a.xsd"/>', a=a, b=b)
    assert set(layout.elements) == {t("a"), t("b")}
    assert not layout.notes


def test_a_schema_that_includes_itself_is_read_once():
    root = parse_schema_document(schema('<xs:include schemaLocation="me.xsd"/>' + ORDER).encode())
    again = parse_schema_document(schema('<xs:include schemaLocation="me.xsd"/>' + ORDER).encode())
    layout = read_schemas([Source("me.xsd", root)], lambda *_: Source("me.xsd", again))
    assert list(layout.types) == [xs("int"), t("Order")] or set(layout.types) == {xs("int"), t("Order")}
    assert not layout.notes


def test_inline_schemas_of_one_wsdl_see_each_other_without_import():
    one = schema('<xs:element name="a" xmlns:o="urn:o" type="o:Order"/>')
    wsdl = parse_schema_document(f"<types>{one}{schema('', 'urn:t')}{schema(ORDER, 'urn:o')}</types>".encode())
    layout = read_schemas([Source("x.wsdl", root) for root in wsdl], lambda *_: None)
    assert element(layout, t("a")).type == "{urn:o}Order"
    assert not layout.problems


def test_several_inline_schemas_of_one_namespace_add_up():
    layout = read(ORDER, '<xs:element name="a" type="t:Order"/>')
    assert names(layout, t("Order")) == ["id"]
    assert t("a") in layout.elements


def test_prefixes_bound_in_the_wsdl_and_bound_again_below():
    text = (
        f'<w xmlns:xs="{XSD}" xmlns:o="urn:o">'
        '<xs:schema targetNamespace="urn:t"><xs:element name="a" type="o:Order"/>'
        '<xs:element name="b" xmlns:o="urn:p" type="o:Order"/></xs:schema>'
        f"{schema(ORDER, 'urn:o')}{schema(ORDER, 'urn:p')}</w>"
    )
    layout = read_schemas([Source("x.wsdl", root) for root in parse_schema_document(text.encode())], lambda *_: None)
    assert element(layout, t("a")).type == "{urn:o}Order"
    assert element(layout, t("b")).type == "{urn:p}Order"


def test_a_schema_without_target_namespace():
    layout = read(schema('<xs:element name="a" type="Order"/>' + ORDER, ""))
    assert element(layout, "a").type == "Order"
    assert names(layout, "Order") == ["id"]


def test_an_imported_document_without_namespace_is_taken_into_the_imported_one():
    main = '<xs:import namespace="urn:o" schemaLocation="o.xsd"/><xs:element name="a" xmlns:o="urn:o" type="o:Order"/>'
    assert element(read(main, o=schema(ORDER, "")), t("a")).type == "{urn:o}Order"


def test_a_name_without_prefix_is_found_in_the_target_namespace():
    layout = read('<xs:element name="a" type="Order"/>' + ORDER)
    assert element(layout, t("a")).type == t("Order")
    assert any("Order was not found in the default namespace" in note for note in layout.notes)


def test_what_cannot_be_had_is_a_note_and_what_needs_it_is_free_xml():
    main = (
        '<xs:import namespace="urn:o" schemaLocation="gone.xsd"/><xs:element name="a" xmlns:o="urn:o" type="o:Order"/>'
    )
    layout = read(main + '<xs:element name="b" type="xs:int"/>')
    assert layout.notes[0] == "The schema document gone.xsd could not be had"
    assert "no document defines; what is of it is described as free XML" in layout.notes[1]
    assert element(layout, t("a")).type == ANY_TYPE


def test_a_name_of_a_document_that_could_not_be_had_is_not_taken_for_another():
    main = (
        '<xs:import namespace="urn:o" schemaLocation="gone.xsd"/><xs:element name="a" xmlns:o="urn:o" type="o:Order"/>'
    )
    layout = read(main + '<xs:complexType name="Order"/>')
    assert element(layout, t("a")).type == ANY_TYPE


@pytest.mark.parametrize("prefix", ["nope:", "o:", ""])
def test_a_wrong_prefix_is_seen_through_when_one_component_has_the_name(prefix: str):
    other = schema('<xs:complexType name="Order"/><xs:element name="e" type="xs:int"/>', "urn:right")
    main = f"""<xs:element name="a" xmlns:o="urn:wrong" type="{prefix}Order"/><xs:complexType name="C">
        <xs:sequence xmlns:o="urn:wrong"><xs:element ref="{prefix}e"/></xs:sequence></xs:complexType>"""
    layout = read(main, other)
    assert element(layout, t("a")).type == "{urn:right}Order"
    assert [one.name for one in leaves(complex_type(layout, t("C")).content) if isinstance(one, Element)] == [
        "{urn:right}e"
    ]
    assert any("the only one alike" in note for note in layout.notes)


def test_of_two_components_of_one_name_neither_is_taken():
    others = [schema('<xs:complexType name="Order"/>', target) for target in ("urn:one", "urn:two")]
    assert element(read('<xs:element name="a" type="nope:Order"/>', *others), t("a")).type == ANY_TYPE


@pytest.mark.parametrize("draft", ["1999", "2000/08", "2000/10"])
def test_schemas_of_the_drafts_are_read_as_those_of_2001(draft: str):
    text = f"""<xs:schema xmlns:xs="http://www.w3.org/{draft}/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
        <xs:import namespace="http://www.w3.org/{draft}/XMLSchema"/>
        <xs:complexType name="C"><xs:sequence><xs:element name="at" type="xs:timeInstant" maxOccurs="*"/>
        <xs:element name="n" type="xs:int"/></xs:sequence></xs:complexType>
        <xs:element name="c" type="t:C"/></xs:schema>"""
    layout = read(text)
    (first, second) = leaves(complex_type(layout, t("C")).content)
    assert first == Element("at", f"{{{XSD}}}dateTime", max=None)
    assert second == Element("n", f"{{{XSD}}}int")
    assert not layout.notes


@pytest.mark.parametrize("second", ["xs:int", "xs:string"])
def test_of_two_definitions_the_first_stands(second: str):
    layout = read('<xs:element name="a" type="xs:int"/>', f'<xs:element name="a" type="{second}"/>')
    assert element(layout, t("a")).type == xs("int")
    assert bool(layout.notes) == (second != "xs:int")


def test_imports_of_the_schema_namespace_are_passed_over():
    main = f'<xs:import namespace="{XSD}" schemaLocation="http://www.w3.org/2001/XMLSchema.xsd"/>'
    assert not read(main).notes


REDEFINED = """
<xs:complexType name="Base"><xs:sequence><xs:element name="z" type="xs:int"/></xs:sequence></xs:complexType>
<xs:complexType name="Order"><xs:complexContent><xs:extension base="t:Base"><xs:sequence>
  <xs:element name="a" type="t:Code"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
<xs:simpleType name="Code"><xs:restriction base="xs:string"><xs:maxLength value="9"/></xs:restriction></xs:simpleType>
<xs:group name="G"><xs:sequence><xs:element name="g" type="xs:int"/></xs:sequence></xs:group>
<xs:attributeGroup name="A"><xs:attribute name="one"/></xs:attributeGroup>
<xs:complexType name="User"><xs:sequence><xs:group ref="t:G"/></xs:sequence><xs:attributeGroup ref="t:A"/>
</xs:complexType>"""
REDEFINING = """<xs:redefine schemaLocation="o.xsd">
<xs:complexType name="Order"><xs:complexContent><xs:extension base="t:Order"><xs:sequence>
  <xs:element name="b" type="xs:int"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
<xs:simpleType name="Code"><xs:restriction base="t:Code"><xs:minLength value="2"/></xs:restriction></xs:simpleType>
<xs:group name="G"><xs:sequence><xs:group ref="t:G"/><xs:element name="h" type="xs:int"/></xs:sequence></xs:group>
<xs:attributeGroup name="A"><xs:attributeGroup ref="t:A"/><xs:attribute name="two"/></xs:attributeGroup>
</xs:redefine>"""


def test_redefine():
    layout = read(REDEFINING, o=schema(REDEFINED))
    assert not layout.problems
    assert names(layout, t("Order")) == ["z", "a", "b"]
    assert complex_type(layout, t("Order")).base == t("Base")
    assert layout.derived == {t("Base"): (t("Order"),)}
    code = layout.types[t("Code")]
    assert (code.facets.min_length, code.facets.max_length) == (2, 9)
    assert names(layout, t("User")) == ["g", "h"]
    assert {one.name for one in complex_type(layout, t("User")).attributes} == {"one", "two"}
    assert not [key for key in layout.types if "~" in key]


def test_redefine_of_what_redefines():
    outer = REDEFINING.replace("o.xsd", "i.xsd").replace('"b"', '"c"').replace('"h"', '"i"').replace('"two"', '"three"')
    layout = read(outer.replace('value="2"', 'value="3"'), i=schema(REDEFINING), o=schema(REDEFINED))
    assert names(layout, t("Order")) == ["z", "a", "b", "c"]
    assert layout.types[t("Code")].facets.min_length == 3
    assert names(layout, t("User")) == ["g", "h", "i"]
    assert {one.name for one in complex_type(layout, t("User")).attributes} == {"one", "two", "three"}


def test_a_redefinition_of_nothing_is_a_problem():
    layout = read(REDEFINING + '<xs:element name="x" type="xs:int"/>')
    assert t("Order") in layout.problems
    assert t("x") in layout.elements
