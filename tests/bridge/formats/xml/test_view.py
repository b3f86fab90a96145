"""The projection of a layout: uses, tags and keys, and what a broken schema says of itself."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.errors import ContractError
from bridge.formats.xml.layout import XSD, ComplexType, Element, Group, Layout
from bridge.formats.xml.plan import ArrayUse, FreeUse, RecordUse, ScalarUse, Slot, SubstituteUse, VariantsUse
from bridge.formats.xml.view import View, ViewOptions, may_be_null, nil_attributes
from bridge.formats.xml.xsd import Source, read_schemas

SCHEMA = f"""<xs:schema xmlns:xs="{XSD}" xmlns:t="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">
  <xs:complexType name="Many"><xs:sequence><xs:element name="i" type="xs:int" maxOccurs="unbounded"/></xs:sequence>
  </xs:complexType>
  <xs:complexType name="ManyMarked">
    <xs:sequence><xs:element name="i" type="xs:int" maxOccurs="unbounded"/></xs:sequence>
    <xs:attribute name="n" type="xs:int" use="required"/></xs:complexType>
  <xs:complexType name="Text"><xs:simpleContent><xs:extension base="xs:int"/></xs:simpleContent></xs:complexType>
  <xs:complexType name="Base" abstract="true"><xs:sequence/></xs:complexType>
  <xs:complexType name="OneKind"><xs:complexContent><xs:extension base="t:Base"><xs:sequence/></xs:extension>
  </xs:complexContent></xs:complexType>
  <xs:complexType name="Alone" abstract="true"><xs:sequence/></xs:complexType>
  <xs:element name="head" type="t:Base"/><xs:element name="other" type="xs:int" substitutionGroup="t:head"/>
  <xs:element name="third" type="t:OneKind" substitutionGroup="t:head"/>
</xs:schema>"""


def view(**options: object) -> View:
    layout = read_schemas([Source("v.xsd", etree.fromstring(SCHEMA))], lambda *_: None)
    return View(layout, ViewOptions(**options))  # type: ignore[arg-type]  # settings by their names


def t(name: str) -> str:
    return f"{{urn:t}}{name}"


def test_uses() -> None:
    seen = view()
    assert seen.use_of(t("Many")) == ArrayUse(t("Many"))
    assert seen.use_of(t("ManyMarked")) == RecordUse(t("ManyMarked"))
    assert seen.use_of(t("Text")) == ScalarUse(f"{{{XSD}}}int")
    assert seen.use_of(t("Base")) == VariantsUse(t("Base"), (("oneKind", t("OneKind")),))
    assert seen.use_of(t("Alone")) == FreeUse(typed=False)
    assert seen.use_of(f"{{{XSD}}}anyType") == FreeUse()


def test_tags_follow_the_naming() -> None:
    assert view().tag(t("OneKind")) == "oneKind"
    assert view(naming="snake").tag(t("OneKind")) == "one_kind"
    assert view(naming="keep").tag(t("OneKind")) == "OneKind"
    assert view().in_hierarchy(t("OneKind"))
    assert not view().in_hierarchy(t("Many"))


def test_a_head_of_an_abstract_type_stands_for_what_derives_from_it() -> None:
    seen = view()
    use = seen.element_use(Element(t("head"), t("Base"), ref=True))
    assert isinstance(use, SubstituteUse)
    assert [tag for tag, _ in use.members] == ["head", "other", "third"]
    assert isinstance(seen.element_use(Element(t("head"), t("Base"))), VariantsUse)


def test_nil_and_required_attributes() -> None:
    seen = view()
    marked = Slot("element", name=t("e"), source=Element(t("e"), t("ManyMarked"), nillable=True))
    plain = Slot("element", name=t("e"), source=Element(t("e"), t("Many"), nillable=True))
    assert [slot.key for slot in nil_attributes(seen, RecordUse(t("ManyMarked")))] == ["n"]
    assert nil_attributes(seen, ArrayUse(t("Many"))) == []
    assert (may_be_null(seen, marked), may_be_null(seen, plain)) == (False, True)


def test_what_is_not_there_is_named() -> None:
    seen = View(Layout({}, {}, problems={"{urn:t}X": "X is broken"}), ViewOptions())
    with pytest.raises(ContractError, match="X is broken"):
        seen.use_of("{urn:t}X")
    with pytest.raises(ContractError, match="Y is not defined"):
        seen.complex("{urn:t}Y")
    with pytest.raises(ContractError, match="Z is not defined"):
        seen.simple("{urn:t}Z")


@pytest.mark.parametrize("name", ["{urn:t}", "{urn:t}a b", "", "a<b"])
def test_a_name_that_xml_cannot_carry_is_found_before_anything_is_sent(name: str) -> None:
    key = "{urn:t}R"
    broken = ComplexType(key, content=Group("sequence", (Element(name, f"{{{XSD}}}int"),)))
    with pytest.raises(ContractError, match="usable name"):
        View(Layout({key: broken}, {}), ViewOptions()).record(key)


@pytest.mark.parametrize(("kind", "least"), [("choice", 0), ("sequence", 1)])
def test_a_repeated_group_of_one_element_or_nothing(kind: str, least: int) -> None:
    items = (Element("{urn:t}a", f"{{{XSD}}}int"), Group("sequence", ()))
    made = ComplexType("{urn:t}R", content=Group(kind, items, max=None))
    [slot] = View(Layout({made.key: made}, {}), ViewOptions()).record(made.key).slots
    assert (slot.key, slot.min, slot.max, slot.many) == ("a", least, None, True)
