"""Stray white space in attributes, in every place where it was seen."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.wsdl.tidy import tidy
from bridge.formats.xml.layout import ComplexType, SimpleType
from tests.adapters.soap.wsdls import SCHEMA, read, wsdl

XS = "http://www.w3.org/2001/XMLSchema"


@pytest.mark.parametrize("space", [" ", "\n\t"])
def test_a_wsdl_full_of_stray_spaces_is_read_as_without_them(space: str) -> None:
    text = wsdl()
    for word in ("Get", "t:Get", "t:GetIn", "t:GetResponse", "xs:int", "id", "qualified", "literal", "t:Shop", "Shop"):
        for quote in ("'", '"'):
            text = text.replace(f"={quote}{word}{quote}", f"={quote}{space}{word}{space}{quote}")
    assert text.count(space) > wsdl().count(space) + 20
    assert read(text) == read(wsdl())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_values_keep_their_white_space(encoding: str) -> None:
    kind = '<xs:simpleType name=" P "><xs:restriction base=" xs:string "><xs:enumeration value=" a "/></xs:restriction>'
    data = f"<xs:schema xmlns:xs='{XS}'>{kind}</xs:simpleType></xs:schema>".encode(encoding)
    root = etree.fromstring(data)
    tidy(root, data)
    assert (root[0].get("name"), root[0][0].get("base"), root[0][0][0].get("value")) == ("P", "xs:string", " a ")


def test_what_is_no_description_is_left_alone() -> None:
    data = b"<a x=' 1 '/>"
    root = etree.fromstring(data)
    tidy(root, data)
    assert root.get("x") == " 1 "


def test_a_default_and_a_pattern_keep_theirs_in_a_contract() -> None:
    more = """<xs:simpleType name="P "><xs:restriction base="xs:string"><xs:pattern value="a "/></xs:restriction>
      </xs:simpleType><xs:complexType name="R"><xs:sequence><xs:element name=" e" default=" x" type="t:P"/>
      </xs:sequence></xs:complexType>"""
    layout = read(wsdl(schema=SCHEMA.replace("</xs:schema>", f"{more}</xs:schema>"))).layout
    found, record_type = layout.types["{urn:shop}P"], layout.types["{urn:shop}R"]
    assert isinstance(found, SimpleType)
    assert found.facets.patterns == ("a ",)
    assert isinstance(record_type, ComplexType)
    assert record_type.content is not None
    assert getattr(record_type.content.items[0], "default", None) == " x"
