"""Arrays of SOAP's encodings: one repeated element, whose type the attribute or the sequence names."""

from __future__ import annotations

import pytest

from bridge.formats.xml.layout import ANY_TYPE, Element, Layout
from tests.bridge.formats.xml.xsd.schemas import complex_type, read, schema, t, xs

SOAPENC = "http://schemas.xmlsoap.org/soap/encoding/"
ITEM = '<xs:complexType name="Item"><xs:sequence><xs:element name="a" type="xs:int"/></xs:sequence></xs:complexType>'


def array(inner: str, how: str = "restriction", base: str = "e:Array", name: str = "Items") -> str:
    return (
        f'<xs:complexType name="{name}" xmlns:e="{SOAPENC}" xmlns:w="http://schemas.xmlsoap.org/wsdl/">'
        f'<xs:complexContent><xs:{how} base="{base}">{inner}</xs:{how}></xs:complexContent></xs:complexType>'
    )


def named(array_type: str) -> str:
    return f'<xs:attribute ref="e:arrayType" w:arrayType="{array_type}"/>'


def only(layout: Layout, key: str) -> Element:
    content = complex_type(layout, key).content
    assert content is not None
    [one] = content.items
    assert isinstance(one, Element)
    return one


@pytest.mark.parametrize("how", ["restriction", "extension"])
def test_the_attribute_names_the_items(how: str):
    layout = read(schema(array(named("t:Item[]"), how) + ITEM))
    assert not layout.problems
    found, one = complex_type(layout, t("Items")), only(layout, t("Items"))
    assert (found.item, found.attributes, found.any_attribute, found.base) == (t("Item"), (), None, "")
    assert (one.name, one.type, one.min, one.max, one.nillable) == ("item", t("Item"), 0, None, True)


def test_the_only_element_names_the_items_and_gives_them_its_name():
    body = '<xs:sequence><xs:element name="number" type="xs:int" maxOccurs="unbounded"/></xs:sequence>'
    one = only(read(schema(array(body))), t("Items"))
    assert (one.name, one.type, one.max) == (t("number"), xs("int"), None)


def test_the_attribute_wins_over_what_the_element_says():
    body = f'<xs:sequence><xs:element name="x" type="xs:anyType"/></xs:sequence>{named("xs:int[]")}'
    one = only(read(schema(array(body))), t("Items"))
    assert (one.name, one.type, one.max) == (t("x"), xs("int"), None)


def test_what_says_nothing_is_an_array_of_anything():
    layout = read(schema(array("")))
    assert (complex_type(layout, t("Items")).item, only(layout, t("Items")).type) == (ANY_TYPE, ANY_TYPE)


def test_the_array_itself_is_one_of_anything():
    layout = read(schema(f'<xs:element name="a" type="e:Array" xmlns:e="{SOAPENC}"/>'))
    assert complex_type(layout, f"{{{SOAPENC}}}Array").item == ANY_TYPE
    assert not layout.derived


def test_an_array_of_arrays():
    layout = read(schema(array(named("t:Item[][5]")) + ITEM))
    inner = only(layout, t("Items")).type
    assert inner == t("Item") + "/#array"
    assert only(layout, inner).type == t("Item")


def test_an_array_derived_from_an_array_keeps_its_items():
    layout = read(schema(array(named("t:Item[]")) + ITEM + array("", base="t:Items", name="More")))
    assert only(layout, t("More")).type == t("Item")
    assert layout.derived[t("Items")] == (t("More"),)


@pytest.mark.parametrize("given", ["xs:int[,]", "xs:int[2,3]", "xs:int[,][]"])
def test_several_dimensions_are_refused(given: str):
    layout = read(schema(array(named(given))))
    assert "several dimensions" in layout.problems[t("Items")]


def test_an_array_of_what_is_not_defined_is_one_of_anything():
    layout = read(schema(array(named("t:Nothing[]"))))
    assert complex_type(layout, t("Items")).item == ANY_TYPE
    assert any("Nothing is not defined" in note for note in layout.notes)


def test_more_than_one_element_is_no_array():
    body = '<xs:sequence><xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/></xs:sequence>'
    found = complex_type(read(schema(array(body))), t("Items"))
    assert found.item == ""
    assert found.content is not None
    assert len(found.content.items) == 2


def test_the_simple_types_of_the_encoding_are_plain():
    layout = read(schema(f'<xs:element name="a" type="e:string" xmlns:e="{SOAPENC}"/>'))
    found = complex_type(layout, f"{{{SOAPENC}}}string")
    assert (found.text, found.attributes, found.any_attribute) == (xs("string"), (), None)


def test_an_array_of_soap_12_names_its_items():
    text = array('<xs:attribute ref="f:itemType" default="t:Item"/>', base="f:Array").replace(
        "xmlns:w=", 'xmlns:f="http://www.w3.org/2003/05/soap-encoding" xmlns:w='
    )
    layout = read(schema(text + ITEM))
    assert not layout.problems
    assert only(layout, t("Items")).type == t("Item")


def test_a_map_of_apache_needs_no_schema():
    layout = read(schema('<xs:element name="a" xmlns:m="http://xml.apache.org/xml-soap" type="m:Map"/>'))
    assert not layout.problems
    assert "{http://xml.apache.org/xml-soap}mapItem" in layout.types
