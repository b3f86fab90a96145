"""What parts refer to."""

from __future__ import annotations

import pytest

from adapters.soap.contract import Part
from adapters.soap.wsdl.types import Types
from bridge.formats.xml.layout import ComplexType, Element, Layout

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


def test_a_name_without_prefix_is_looked_for_in_the_own_namespace() -> None:
    assert TYPES.element_name("E", "urn:a") == "{urn:a}E"
    assert TYPES.type_name("{http://schemas.xmlsoap.org/wsdl/}T", "urn:a") == "{urn:a}T"
    assert TYPES.type_name("{urn:b}T", "urn:a") == "{urn:b}T"
    assert TYPES.type_name("{http://schemas.xmlsoap.org/wsdl/}", "urn:a") == ""
