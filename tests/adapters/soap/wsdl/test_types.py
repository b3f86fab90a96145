"""What parts refer to."""

from __future__ import annotations

import pytest

from adapters.soap.contract import Part
from adapters.soap.wsdl.types import Types, with_items
from bridge.formats.xml.layout import ANY_TYPE, XSD, ComplexType, Element, Layout

TYPES = Types(
    Layout(
        types={"{urn:a}T": ComplexType("{urn:a}T")},
        elements={"{urn:a}E": Element("{urn:a}E", "{urn:a}T")},
        problems={"{urn:a}Broken": "it derives from itself"},
    )
)


@pytest.mark.parametrize("part", [Part("p", element="{urn:a}E"), Part("p", type="{urn:a}T")])
def test_what_is_there_lacks_nothing(part: Part) -> None:
    assert TYPES.lacks(part) == ""


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (Part("p"), "neither an element nor a type"),
        (Part("p", element="{urn:a}T"), "not defined"),
        (Part("p", type="{urn:a}Broken"), "derives from itself"),
        (Part("p", type="{undeclared prefix q}T"), "prefix is not declared"),
    ],
)
def test_what_is_not_there_says_why(part: Part, reason: str) -> None:
    assert reason in TYPES.lacks(part)


def types(*, complete: bool = True) -> Types:
    elements = {name: Element(name, "{urn:a}T") for name in ("{urn:a}E", "{urn:b}Only", "{urn:b}Two", "{urn:c}Two")}
    layout = Layout({"{urn:a}T": ComplexType("{urn:a}T"), "{urn:b}U": ComplexType("{urn:b}U")}, elements)
    return Types(layout, complete=complete)


WSDL = "{http://schemas.xmlsoap.org/wsdl/}"


@pytest.mark.parametrize(
    ("written", "element"),
    [
        ("{urn:a}E", "{urn:a}E"),
        ("E", "{urn:a}E"),
        (f"{WSDL}E", "{urn:a}E"),
        ("{urn:wrong}Only", "{urn:b}Only"),
        ("{undeclared prefix q}Only", "{urn:b}Only"),
    ],
)
def test_the_element_that_is_meant(written: str, element: str) -> None:
    assert types().by_element("p", written, "urn:a") == Part("p", element=element)


@pytest.mark.parametrize("complete", [True, False])
def test_where_documents_lack_no_other_component_is_taken(complete: bool) -> None:
    found = types(complete=complete)
    part = found.by_element("p", "{urn:wrong}Only", "urn:a")
    assert part.element == ("{urn:b}Only" if complete else "{urn:wrong}Only")
    assert found.lacks(part) == ""


def test_an_element_that_is_not_defined_is_free_xml_under_its_name_and_told() -> None:
    found = types()
    part = found.by_element("p", "{urn:a}Two", "urn:a")
    assert found.layout.elements[part.element] == Element("{urn:a}Two", ANY_TYPE)
    assert ANY_TYPE in found.layout.types
    assert found.warnings == [
        "the part p needs the element {urn:a}Two: it is not defined in any schema; it is free XML"
    ]


def test_an_element_that_names_a_type_is_an_element_of_that_type() -> None:
    found = types()
    assert found.by_element("p", "{urn:a}T", "urn:a") == Part("p", element="{urn:a}T")
    assert found.layout.elements["{urn:a}T"].type == "{urn:a}T"
    assert "names the type" in found.warnings[0]


def test_without_a_namespace_there_is_no_name_to_make_an_element_of() -> None:
    found = types()
    assert "prefix is not declared" in found.lacks(found.by_element("p", "{undeclared prefix q}Two", "urn:a"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{urn:a}T", "{urn:a}T"),
        (f"{WSDL}T", "{urn:a}T"),
        ("{urn:wrong}U", "{urn:b}U"),
        (f"{WSDL}string", f"{{{XSD}}}string"),
        ("{undeclared prefix xsd}int", f"{{{XSD}}}int"),
        (f"{{{XSD}}}timeInstant", f"{{{XSD}}}dateTime"),
        (f"{{{XSD}}}timeinstant", f"{{{XSD}}}dateTime"),
        (f"{{{XSD}}}Notation", f"{{{XSD}}}NOTATION"),
        (f"{{{XSD}}}NCNames", f"{{{XSD}}}anySimpleType"),
        ("{urn:a}Nowhere", ANY_TYPE),
        ("{urn:a}E", "{urn:a}T"),
    ],
)
def test_the_type_that_is_meant(written: str, meant: str) -> None:
    found = types()
    part = found.by_type("p", written, "urn:a", rpc=True)
    assert part == Part("p", type=meant)
    assert found.lacks(part) == ""


def test_the_built_in_is_meant_before_a_type_of_its_name() -> None:
    found = Types(Layout({"{urn:b}string": ComplexType("{urn:b}string")}, {}))
    assert found.by_type("p", "{undeclared prefix xsd}string", "urn:a", rpc=True).type == f"{{{XSD}}}string"


def test_the_message_is_told() -> None:
    found = types()
    found.by_element("p", "{urn:a}Two", "urn:a", of="M")
    assert found.warnings[0].startswith("the part p of the message M needs the element")


def test_a_type_that_names_an_element_is_that_element_in_document_style() -> None:
    assert types().by_type("p", "{urn:a}E", "urn:a", rpc=False) == Part("p", element="{urn:a}E")


def test_a_list_brings_its_items() -> None:
    assert list(with_items(f"{{{XSD}}}NMTOKENS")) == [f"{{{XSD}}}NMTOKENS", f"{{{XSD}}}NMTOKEN"]


def test_a_part_without_element_and_type_has_neither() -> None:
    assert types().by_type("p", WSDL, "urn:a", rpc=True) == Part("p")
