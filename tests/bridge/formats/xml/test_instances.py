"""XML instances: what they show, that an independent judge finds them valid, and that they come to an end."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.formats.xml.instance_text import STYLES
from bridge.formats.xml.instances import NoSample, XmlCoverage, XmlInstance, xml_instances
from bridge.formats.xml.layout import XSI, Layout
from tests.bridge.formats.xml.xsd.schemas import read

HEAD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:s" targetNamespace="urn:s"
    elementFormDefault="qualified">"""

SHOP = f"""{HEAD}
 <xs:element name="order" type="Order"/>
 <xs:element name="pay" type="Pay" abstract="true"/>
 <xs:element name="card" substitutionGroup="pay" type="Card"/>
 <xs:element name="known" type="xs:int"/>
 <xs:complexType name="Pay"><xs:sequence><xs:element name="sum" type="xs:decimal"/></xs:sequence></xs:complexType>
 <xs:complexType name="Card"><xs:complexContent><xs:extension base="Pay">
  <xs:sequence><xs:element name="no" type="xs:token"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
 <xs:complexType name="Line"><xs:choice><xs:element name="sku" type="Sku"/><xs:element name="text" type="xs:string"/>
  </xs:choice><xs:attribute name="no" type="xs:int" use="required"/><xs:attribute name="gift" type="xs:boolean"/>
 </xs:complexType>
 <xs:simpleType name="Sku"><xs:restriction base="xs:string"><xs:pattern value="[A-Z]{{2}}[0-9]{{3}}"/></xs:restriction>
 </xs:simpleType>
 <xs:simpleType name="Sizes"><xs:list itemType="xs:int"/></xs:simpleType>
 <xs:simpleType name="Either"><xs:union memberTypes="xs:int Sku"/></xs:simpleType>
 <xs:complexType name="Note" mixed="true"><xs:choice minOccurs="0" maxOccurs="unbounded">
  <xs:element name="b" type="xs:string"/><xs:element name="i" type="xs:string"/></xs:choice></xs:complexType>
 <xs:complexType name="Every"><xs:all><xs:element name="x" type="xs:dateTime"/>
  <xs:element name="y" type="xs:base64Binary" minOccurs="0"/></xs:all></xs:complexType>
 <xs:complexType name="Order"><xs:sequence>
  <xs:element name="paid" type="Pay" nillable="true"/>
  <xs:element ref="pay" minOccurs="0"/>
  <xs:element name="line" type="Line" maxOccurs="unbounded"/>
  <xs:choice maxOccurs="unbounded"><xs:element name="a" type="xs:double"/><xs:element name="b" type="xs:hexBinary"/>
  </xs:choice>
  <xs:element name="status" type="xs:string" default="new" minOccurs="0"/>
  <xs:element name="fixed" type="xs:int" fixed="7" minOccurs="0"/>
  <xs:element name="sizes" type="Sizes"/><xs:element name="either" type="Either"/>
  <xs:element name="note" type="Note" minOccurs="0"/><xs:element name="every" type="Every"/>
  <xs:element name="kind" type="xs:QName"/><xs:element name="parts" type="Order" minOccurs="0"/>
  <xs:element name="plain" type="xs:int" form="unqualified" minOccurs="0"/>
  <xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="2"/>
 </xs:sequence><xs:anyAttribute namespace="##other" processContents="skip"/></xs:complexType>
</xs:schema>"""


def made(layout: Layout, name: str = "{urn:s}order", **bounds: int) -> tuple[list[XmlInstance], XmlCoverage]:
    coverage = XmlCoverage()
    return list(xml_instances(layout, layout.elements[name], coverage, **bounds)), coverage


def test_every_instance_is_valid_and_every_goal_is_reached() -> None:
    found, coverage = made(read(SHOP))
    judge = etree.XMLSchema(etree.fromstring(SHOP))
    for one in found:
        judge.assertValid(etree.fromstring(one.xml))
    assert list(coverage.unmet()) == []
    assert coverage.reached == coverage.planned


def test_what_must_be_shown_is_shown() -> None:
    goals = {goal for one in made(read(SHOP))[0] for goal in one.goals}
    assert {
        "Order/sequence/paid nil",
        "Order/sequence/paid xsi:type=Card",
        "Order/sequence/pay is card",
        "Order/sequence/pay[0]",
        "Order/sequence/line[2]",
        "Line/choice -> branch 2",
        "Line@gift absent",
        "Order/sequence/status empty for its default",
        "Order/sequence/choice[3]",
        "Note mixed with text",
        "Every/all reversed",
        "Order/sequence/any foreign",
        "Order free attribute",
        "double edge INF",
        "Either edge member 2, likely",
    } <= goals
    assert {f"order with {style}" for style in STYLES} <= goals


def test_rounds_of_a_choice_differ() -> None:
    orders = {
        tuple(str(child.tag)[-1] for child in parent if child.tag in {"{urn:s}a", "{urn:s}b"})
        for one in made(read(SHOP))[0]
        for parent in etree.fromstring(one.xml).iter("{urn:s}order", "{urn:s}parts")
    }
    assert any(order[:2] == ("a", "b") for order in orders)
    assert any(order[:2] == ("b", "a") for order in orders)


def test_styles_differ_and_mean_the_same() -> None:
    texts = [one.xml.decode() for one in made(read(SHOP))[0]]
    for sign in ("<![CDATA[", "<!-- within -->", "<?skip this?>", "&#x", 'xmlns="urn:s"', "<n2:order"):
        assert any(sign in text for text in texts), sign


def test_free_instances_say_so() -> None:
    for one in made(read(SHOP))[0]:
        assert one.free == (b"urn:example:free" in one.xml)


def test_the_same_seed_makes_the_same() -> None:
    layout = read(SHOP)
    assert made(layout)[0] == made(layout)[0]
    assert made(layout)[0] != made(layout, seed=1)[0]


def test_bounds_hold() -> None:
    found, _ = made(read(SHOP), instances_max=5, nodes_max=60)
    assert len(found) <= 5
    assert all(sum(1 for _ in etree.fromstring(one.xml).iter()) <= 60 for one in found)


def test_what_is_shared_is_shown_once() -> None:
    layout, coverage = read(SHOP), XmlCoverage()
    first = list(xml_instances(layout, layout.elements["{urn:s}order"], coverage))
    again = list(xml_instances(layout, ("{urn:t}again", "{urn:s}Order"), coverage))
    assert len(again) == len(STYLES) < len(first)
    assert etree.fromstring(again[0].xml).tag == "{urn:t}again"


def test_required_recursion_is_no_sample() -> None:
    endless = f"""{HEAD}<xs:element name="order" type="T"/><xs:complexType name="T"><xs:sequence>
      <xs:element name="t" type="T"/></xs:sequence></xs:complexType></xs:schema>"""
    with pytest.raises(NoSample):
        made(read(endless))


def test_derived_types_are_named_with_a_prefix_in_scope() -> None:
    for one in made(read(SHOP))[0]:
        for element in etree.fromstring(one.xml).iter():
            kind = element.get(f"{{{XSI}}}type")
            assert kind is None or element.nsmap[kind.partition(":")[0]] == "urn:s"


def test_who_has_no_more_time_gets_no_more() -> None:
    layout, coverage = read(SHOP), XmlCoverage()
    found = xml_instances(layout, layout.elements["{urn:s}order"], coverage)
    next(found)
    reached = coverage.reached
    left = iter(range(5))
    coverage.should_stop = lambda: next(left, None) is None  # in the middle of the second
    assert list(found) == []
    assert coverage.reached == reached


@pytest.mark.parametrize(("least", "most"), [(4, "unbounded"), (4, "6"), (3, "3")])
def test_a_choice_that_must_be_repeated_has_its_rounds_backwards_as_well(least: int, most: str) -> None:
    text = f"""{HEAD}<xs:element name="order"><xs:complexType><xs:choice minOccurs="{least}" maxOccurs="{most}">
      <xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/></xs:choice></xs:complexType>
      </xs:element></xs:schema>"""
    judge, found = etree.XMLSchema(etree.fromstring(text)), made(read(text))[0]
    for one in found:
        judge.assertValid(etree.fromstring(one.xml))
    starts = {str(next(etree.fromstring(one.xml).iterchildren("*")).tag)[-1] for one in found}
    assert starts == {"a", "b"}
