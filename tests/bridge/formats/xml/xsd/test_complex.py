"""Complex types, flattened: extension adds, restriction replaces, simple content has a text."""

from __future__ import annotations

import pytest

from bridge.formats.xml.layout import ANY_TYPE, Group, Wildcard
from tests.bridge.formats.xml.xsd.schemas import complex_type, names, read, simple_type, t, xs

BASE = (
    '<xs:complexType name="Base"><xs:sequence><xs:element name="a" type="xs:int"/>'
    '<xs:element name="b" type="xs:int" minOccurs="0"/></xs:sequence>'
    '<xs:attribute name="one" type="xs:int"/><xs:attribute name="two" type="xs:int"/></xs:complexType>'
)


def derived(how: str, body: str, name: str = "Derived", base: str = "t:Base") -> str:
    return (
        f'<xs:complexType name="{name}"><xs:complexContent><xs:{how} base="{base}">{body}</xs:{how}>'
        "</xs:complexContent></xs:complexType>"
    )


def element(name: str) -> str:
    return f'<xs:element name="{name}" type="xs:int"/>'


def test_extension_starts_with_the_base():
    body = f'<xs:sequence>{element("c")}</xs:sequence><xs:attribute name="three"/>'
    layout = read(derived("extension", body) + BASE)
    found = complex_type(layout, t("Derived"))
    assert names(layout, t("Derived")) == ["a", "b", "c"]
    assert [one.name for one in found.attributes] == ["one", "two", "three"]
    assert (found.base, found.derivation) == (t("Base"), "extension")
    assert found.content is not None
    assert (found.content.kind, len(found.content.items)) == ("sequence", 3)


def test_extension_by_a_choice_keeps_the_choice():
    body = f'<xs:choice maxOccurs="2">{element("c")}{element("d")}</xs:choice>'
    layout = read(derived("extension", body) + BASE)
    content = complex_type(layout, t("Derived")).content
    assert content is not None
    assert [one.kind for one in content.items if isinstance(one, Group)] == ["choice"]


def test_extension_without_content_of_its_own():
    layout = read(derived("extension", '<xs:attribute name="three"/>') + BASE)
    assert complex_type(layout, t("Derived")).content == complex_type(layout, t("Base")).content


def test_restriction_replaces_the_content_and_keeps_attributes():
    body = f'<xs:sequence>{element("a")}</xs:sequence><xs:attribute name="two" use="prohibited"/>'
    layout = read(derived("restriction", body) + BASE)
    found = complex_type(layout, t("Derived"))
    assert names(layout, t("Derived")) == ["a"]
    assert [one.name for one in found.attributes] == ["one"]
    assert (found.base, found.derivation) == (t("Base"), "restriction")


def test_restriction_to_nothing():
    layout = read(derived("restriction", "") + BASE)
    assert complex_type(layout, t("Derived")).content is None


def test_restriction_of_any_type_derives_from_nothing():
    layout = read(derived("restriction", f"<xs:sequence>{element('a')}</xs:sequence>", base="xs:anyType"))
    found = complex_type(layout, t("Derived"))
    assert (names(layout, t("Derived")), found.base, found.derivation, found.mixed) == (["a"], "", "", False)


def test_extension_of_any_type_is_free():
    layout = read(derived("extension", '<xs:attribute name="x"/>', base="xs:anyType"))
    found = complex_type(layout, t("Derived"))
    assert found.content == complex_type(layout, ANY_TYPE).content
    assert found.mixed
    assert found.any_attribute == Wildcard(process="lax")


@pytest.mark.parametrize("depth", [5, 90])
def test_chains_of_extension(depth: int):
    text = "".join(
        derived("extension", f"<xs:sequence>{element(f'e{n}')}</xs:sequence>", f"T{n}", f"t:T{n + 1}")
        for n in range(depth)
    )
    layout = read(f'{text}<xs:complexType name="T{depth}"><xs:sequence/></xs:complexType>')
    assert names(layout, t("T0")) == [f"e{n}" for n in reversed(range(depth))]
    assert layout.derived[t(f"T{depth}")] == tuple(t(f"T{n}") for n in range(depth))


def test_derivation_from_itself_is_a_problem():
    layout = read(derived("extension", "", "A", "t:B") + derived("extension", "", "B", "t:A") + BASE)
    assert set(layout.problems) == {t("A"), t("B")}
    assert t("Base") in layout.types


def test_derivation_over_very_many_steps_is_a_problem():
    text = "".join(derived("extension", "", f"T{n}", f"t:T{n + 1}") for n in range(3_000))
    layout = read(text + '<xs:complexType name="T3000"/>')
    assert t("T0") in layout.problems
    assert t("T3000") in layout.types


@pytest.mark.parametrize(("on_type", "on_content", "mixed"), [
    ("", "", False),
    ('mixed="true"', "", True),
    ("", 'mixed="true"', True),
    ('mixed="true"', 'mixed="false"', False),
])  # fmt: skip
def test_mixed(on_type: str, on_content: str, mixed: bool):
    layout = read(
        f'{BASE}<xs:complexType name="D" {on_type}><xs:complexContent {on_content}><xs:restriction base="t:Base"/>'
        "</xs:complexContent></xs:complexType>"
    )
    assert complex_type(layout, t("D")).mixed is mixed


def test_abstract_and_documentation():
    layout = read(
        '<xs:complexType name="C" abstract="true"><xs:annotation><xs:documentation>A  thing</xs:documentation>'
        "</xs:annotation><xs:sequence/></xs:complexType>"
    )
    found = complex_type(layout, t("C"))
    assert (found.abstract, found.doc, found.content) == (True, "A thing", None)


PRICE = (
    '<xs:complexType name="Price"><xs:simpleContent><xs:extension base="xs:decimal">'
    '<xs:attribute name="currency" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType>'
)


def simple_content(how: str, body: str, name: str = "D") -> str:
    return (
        f'<xs:complexType name="{name}"><xs:simpleContent><xs:{how} base="t:Price">{body}</xs:{how}>'
        "</xs:simpleContent></xs:complexType>"
    )


def test_simple_content():
    layout = read(PRICE)
    found = complex_type(layout, t("Price"))
    assert (found.text, found.content, found.base, found.derivation) == (xs("decimal"), None, "", "")
    assert [one.name for one in found.attributes] == ["currency"]


def test_simple_content_extended_again():
    layout = read(simple_content("extension", '<xs:attribute name="tax"/>') + PRICE)
    found = complex_type(layout, t("D"))
    assert (found.text, found.base, found.derivation) == (xs("decimal"), t("Price"), "extension")
    assert [one.name for one in found.attributes] == ["currency", "tax"]


def test_simple_content_restricted_by_facets():
    layout = read(simple_content("restriction", '<xs:fractionDigits value="2"/>') + PRICE)
    found = complex_type(layout, t("D"))
    assert found.text == t("D/#text")
    text = simple_type(layout, found.text)
    assert (text.base, text.facets.fraction_digits, text.key) == (xs("decimal"), 2, found.text)


def test_simple_content_restricted_twice_merges_facets():
    layout = read(
        simple_content("restriction", '<xs:fractionDigits value="2"/>')
        + simple_content("restriction", '<xs:minInclusive value="0"/>', "E").replace("t:Price", "t:D")
        + PRICE
    )
    facets = simple_type(layout, complex_type(layout, t("E")).text).facets
    assert (facets.fraction_digits, facets.min_inclusive) == (2, "0")


def test_simple_content_restricted_in_attributes_only_keeps_its_text():
    layout = read(simple_content("restriction", '<xs:attribute name="currency" use="prohibited"/>') + PRICE)
    found = complex_type(layout, t("D"))
    assert (found.text, found.attributes) == (xs("decimal"), ())


def test_simple_content_restricted_to_an_unnamed_type():
    inline = '<xs:simpleType><xs:restriction base="xs:int"/></xs:simpleType><xs:maxInclusive value="9"/>'
    layout = read(simple_content("restriction", inline) + PRICE)
    text = simple_type(layout, complex_type(layout, t("D")).text)
    assert (text.name, text.facets.max_inclusive) == ("int", "9")


def test_mixed_content_restricted_to_text():
    layout = read(
        '<xs:complexType name="Price" mixed="true"><xs:sequence><xs:element name="x" minOccurs="0"/></xs:sequence>'
        "</xs:complexType>"
        + simple_content("restriction", '<xs:simpleType><xs:restriction base="xs:int"/></xs:simpleType>')
    )
    found = complex_type(layout, t("D"))
    assert (found.content, found.mixed, simple_type(layout, found.text).name) == (None, False, "int")


def test_simple_content_of_a_record_is_a_problem():
    layout = read(BASE + simple_content("extension", "").replace("t:Price", "t:Base"))
    assert "simple content" in layout.problems[t("D")]


def test_complex_content_of_a_simple_base_is_read_as_simple_content():
    layout = read(derived("extension", '<xs:attribute name="x"/>', base="xs:string"))
    assert complex_type(layout, t("Derived")).text == xs("string")


def test_content_that_derives_from_nothing_is_the_types_own():
    inside = '<xs:sequence><xs:element name="item" type="xs:int" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>'
    bare = f'<xs:complexType name="D"><xs:complexContent>{inside}</xs:complexContent></xs:complexType>'
    layout = read(bare)
    assert complex_type(layout, t("D")) == complex_type(
        read(f'<xs:complexType name="D">{inside}</xs:complexType>'), t("D")
    )
    assert any("neither restriction nor extension" in note for note in layout.notes)
    layout = read('<xs:complexType name="D"><xs:complexContent/></xs:complexType>')
    assert "neither restriction nor extension" in layout.problems[t("D")]
