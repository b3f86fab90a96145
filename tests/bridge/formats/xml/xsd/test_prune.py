"""A broken component takes with it only what cannot do without it."""

from __future__ import annotations

from bridge.formats.xml.layout import ANY_TYPE, Element, Layout
from tests.bridge.formats.xml.xsd import schemas
from tests.bridge.formats.xml.xsd.schemas import complex_type, leaves, names, t


def read(body: str) -> Layout:
    """With a type No that derives from itself, which nobody can describe."""
    no = '<xs:complexType name="No"><xs:complexContent><xs:extension base="t:No"/></xs:complexContent></xs:complexType>'
    return schemas.read(body + no)


def record(name: str, body: str) -> str:
    return f'<xs:complexType name="{name}">{body}</xs:complexType>'


def sequence(*elements: str) -> str:
    return f"<xs:sequence>{''.join(elements)}</xs:sequence>"


GONE = '<xs:element name="gone" type="t:No"/>'
GONE_OPTIONAL = '<xs:element name="gone" type="t:No" minOccurs="0"/>'
FINE = '<xs:element name="fine" type="xs:int"/>'


def test_a_required_element_breaks_its_type_and_what_requires_that():
    layout = read(
        record("A", sequence(FINE, GONE))
        + record("B", sequence('<xs:element name="a" type="t:A"/>'))
        + '<xs:element name="b" type="t:B"/><xs:element name="f" type="xs:int"/>'
    )
    assert set(layout.problems) == {t("No"), t("A"), t("B"), t("b")}
    cause = ", because {urn:t}No: it derives from itself, or over too many steps"
    assert (
        layout.problems[t("b")]
        == f"the element {t('b')}: {t('B')}: its element {t('a')} is of {t('A')}, which cannot be used{cause}"
    )
    assert set(layout.elements) == {t("f")}


def test_an_optional_element_is_left_out_and_noted():
    layout = read(
        record("A", sequence(FINE, GONE_OPTIONAL))
        + record("B", sequence('<xs:element name="a" type="t:A"/>', '<xs:element name="c" type="t:C" minOccurs="0"/>'))
        + record("C", sequence(GONE))
    )
    assert names(layout, t("A")) == ["fine"]
    assert names(layout, t("B")) == ["a"]
    assert set(layout.problems) == {t("No"), t("C")}
    assert len(layout.notes) == 2


def test_an_optional_group_is_left_out_whole():
    layout = read(
        record("A", sequence(FINE, f'<xs:sequence minOccurs="0">{FINE.replace("fine", "x")}{GONE}</xs:sequence>'))
    )
    assert names(layout, t("A")) == ["fine"]


def test_a_choice_does_without_a_branch_but_not_without_all():
    layout = read(record("A", f"<xs:choice>{FINE}{GONE}</xs:choice>") + record("B", f"<xs:choice>{GONE}</xs:choice>"))
    assert names(layout, t("A")) == ["fine"]
    assert t("B") in layout.problems


def test_what_is_not_defined_at_all_breaks_nothing_and_is_free_xml():
    layout = schemas.read(
        record("A", sequence('<xs:element ref="t:no"/>'))
        + record("B", sequence('<xs:element name="gone" type="t:Nowhere"/>') + '<xs:attribute name="a" type="t:Nope"/>')
    )
    assert not layout.problems
    (first,), (second,) = (list(leaves(complex_type(layout, t(name)).content)) for name in "AB")
    assert (first, second) == (Element(t("no"), ANY_TYPE, ref=True), Element(t("gone"), ANY_TYPE))
    assert [one.type for one in complex_type(layout, t("B")).attributes] == [schemas.xs("anySimpleType")]
    assert len(layout.notes) == 3


def test_a_broken_base_breaks_what_derives_from_it():
    layout = read(
        record("A", '<xs:complexContent><xs:extension base="t:No"/></xs:complexContent>')
        + record("B", '<xs:complexContent><xs:extension base="t:A"/></xs:complexContent>')
        + '<xs:simpleType name="S"><xs:restriction base="t:No"/></xs:simpleType>'
        + '<xs:simpleType name="U"><xs:union memberTypes="xs:int t:S"/></xs:simpleType>'
        + record("T", '<xs:simpleContent><xs:extension base="t:U"/></xs:simpleContent>')
    )
    assert set(layout.problems) == {t("No"), t("A"), t("B"), t("S"), t("U"), t("T")}
    assert layout.derived == {}


def test_attributes():
    layout = read(
        record("A", '<xs:attribute name="a" type="t:No"/><xs:attribute name="b" type="xs:int"/>')
        + record("B", '<xs:attribute name="a" type="t:No" use="required"/>')
        + record("C", '<xs:attribute name="a" type="t:A"/>')
    )
    assert [one.name for one in complex_type(layout, t("A")).attributes] == ["b"]
    assert t("B") in layout.problems
    assert t("C") in layout.problems


def test_a_recursive_type_that_is_broken_ends():
    layout = read(record("A", sequence('<xs:element name="a" type="t:A" minOccurs="0"/>', GONE)))
    assert set(layout.problems) == {t("No"), t("A")}


def test_nothing_broken_nothing_changed():
    layout = schemas.read(record("A", sequence(FINE)))
    assert (layout.problems, layout.notes) == ({}, ())
