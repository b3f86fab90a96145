"""Mistakes in published schemas: what is taken out, and that nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from adapters.soap.judge_files import SchemaFiles
from adapters.soap.judge_mends import mend
from tests.adapters.soap.wsdls import SCHEMA, pinned, wsdl

HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:v="urn:vendor">'


def mended(text: str) -> str:
    root = etree.fromstring(f"{HEAD}{text}</xs:schema>")
    mend(root)
    return etree.tostring(root[0], encoding="unicode")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ('<xs:element name=" a "/>', "name"),
        ('<xs:element ref="\n v:a"/>', "ref"),
        ('<xs:attribute name="a" type="xs:int "/>', "type"),
        ('<xs:restriction base=" xs:int"/>', "base"),
        ('<xs:list itemType="xs:int\t"/>', "itemType"),
        ('<xs:element name="a" substitutionGroup=" v:head "/>', "substitutionGroup"),
    ],
)
def test_blanks_around_names_are_no_part_of_them(said: str, name: str) -> None:
    value = etree.fromstring(mended(said)).get(name)
    assert value
    assert value == value.strip()


def test_blanks_within_values_stay() -> None:
    assert 'value=" a "' in mended('<xs:enumeration value=" a "/>')
    assert 'default=" a "' in mended('<xs:attribute name="b" default=" a "/>')


def test_attributes_that_stand_where_none_may_are_taken_out() -> None:
    assert "nillable" not in mended('<xs:attribute name="a" nillable="true"/>')
    assert "maxOccurs" not in mended('<xs:complexType name="a" maxOccurs="3"/>')


def test_what_xml_schema_knows_and_what_vendors_add_stays() -> None:
    kept = mended('<xs:sequence id="s" minOccurs="0" maxOccurs="3" v:note="x"/>')
    assert all(one in kept for one in ('id="s"', 'minOccurs="0"', 'maxOccurs="3"', 'v:note="x"'))


def test_libxml2_loads_names_with_blanks(tmp_path: Path) -> None:
    """libxml2 alone takes a blank for a part of the name, and refuses the whole schema."""
    more = '<xs:element name="Spaced " type=" xs:int"/></xs:schema>'
    main = SchemaFiles(pinned(wsdl(schema=SCHEMA.replace("</xs:schema>", more))), tmp_path).main()
    judge = etree.XMLSchema(file=str(main))
    assert judge.validate(etree.fromstring('<Spaced xmlns="urn:shop">1</Spaced>'))
    assert not judge.validate(etree.fromstring('<Spaced xmlns="urn:shop">x</Spaced>'))
