"""Types that an element does not let in."""

from __future__ import annotations

import pytest
import xmlschema

from bridge.formats.xml.blocked import unblocked
from bridge.formats.xml.instances import XmlCoverage, xml_instances
from tests.bridge.formats.xml.xsd.schemas import read

TYPES = """
  <xs:complexType name="Base"><xs:sequence><xs:element name="a" type="xs:int" minOccurs="0"/></xs:sequence>
  </xs:complexType>
  <xs:complexType name="More"><xs:complexContent><xs:extension base="Base"/></xs:complexContent></xs:complexType>
  <xs:complexType name="Less"><xs:complexContent><xs:restriction base="Base"><xs:sequence>
    <xs:element name="a" type="xs:int"/></xs:sequence></xs:restriction></xs:complexContent></xs:complexType>
  <xs:complexType name="LessMore"><xs:complexContent><xs:extension base="Less"/></xs:complexContent></xs:complexType>"""


def schema(block: str, default: str = "") -> str:
    return f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:s" targetNamespace="urn:s" {default}>
      <xs:element name="e" type="Base" {block}/>{TYPES}</xs:schema>"""


@pytest.mark.parametrize(
    ("block", "default", "left"),
    [
        ("", "", ["More", "Less", "LessMore"]),
        ('block="extension"', "", ["Less"]),
        ('block="restriction"', "", ["More"]),
        ('block="extension restriction"', "", []),
        ('block="#all"', "", []),
        ('block="substitution"', "", ["More", "Less", "LessMore"]),
        ('block=""', 'blockDefault="#all"', []),
    ],
)
def test_each_step_of_a_derivation_counts(block: str, default: str, left: list[str]) -> None:
    """As `xmlschema` sees it; `blockDefault` is the types' own block, too, which an element cannot lift."""
    text = schema(block, default)
    layout, judge = read(text), xmlschema.XMLSchema(text)
    element = layout.elements["{urn:s}e"]
    assert [key.rpartition("}")[2] for key in unblocked(layout, element)] == left
    shown = set()
    for one in xml_instances(layout, element, XmlCoverage()):
        judge.validate(one.xml.decode())
        shown |= {name for name in ("More", "LessMore") if f':{name}"' in one.xml.decode()}
    assert shown == {"More", "LessMore"} & set(left)


def test_the_default_of_the_schema_is_the_block_of_its_elements() -> None:
    layout = read(schema("", 'blockDefault="extension"'))
    assert layout.elements["{urn:s}e"].block == ("extension",)
    assert read(schema('block=""', 'blockDefault="extension"')).elements["{urn:s}e"].block == ()
