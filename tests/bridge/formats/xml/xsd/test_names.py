"""Small readings of single nodes."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.formats.xml.layout import XSD
from bridge.formats.xml.xsd.names import child, children, clark, documentation, flag, namespace_of, occurs, xs


def node(text: str) -> etree._Element:
    return etree.fromstring(text.replace("<x", f'<x xmlns:xs="{XSD}"', 1))


@pytest.mark.parametrize(("namespace", "local", "name"), [("urn:a", "b", "{urn:a}b"), ("", "b", "b")])
def test_clark_names(namespace: str, local: str, name: str):
    assert clark(namespace, local) == name
    assert namespace_of(name) == namespace


@pytest.mark.parametrize(("value", "expected"), [
    ("true", True), (" 1 ", True), ("false", False), ("0", False), ("yes", False),
])  # fmt: skip
def test_flags(value: str, expected: bool):
    assert flag(node(f'<x a="{value}"/>'), "a", default=not expected) is expected
    assert flag(node("<x/>"), "a", default=expected) is expected


@pytest.mark.parametrize(("said", "expected"), [
    ("", (1, 1)),
    ('minOccurs=" 0 "', (0, 1)),
    ('minOccurs="5" maxOccurs="2"', (2, 2)),
    ('minOccurs="-1"', (1, 1)),
    ('minOccurs="٣"', (1, 1)),
    ('maxOccurs=" unbounded "', (1, None)),
    ('maxOccurs="1234567890"', (1, None)),
])  # fmt: skip
def test_occurrences(said: str, expected: tuple[int, int | None]):
    assert occurs(node(f"<x {said}/>")) == expected


def test_children():
    parent = node('<x><xs:all/><y/><xs:any a="1"/><xs:any a="2"/></x>')
    first = child(parent, xs("any"), xs("list"))
    assert first is not None
    assert first.get("a") == "1"
    assert child(parent, xs("list")) is None
    assert [one.get("a") for one in children(parent, xs("any"))] == ["1", "2"]


def test_documentation_with_markup():
    said = "<xs:appinfo>no</xs:appinfo><xs:documentation>The <b>big</b>\n one</xs:documentation>"
    text = f"<xs:annotation>{said}</xs:annotation>"
    assert documentation(node(f"<x>{text}<y/></x>")) == "The big one"
    assert documentation(node("<x><y/></x>")) == ""
    assert documentation(node("<x/>")) == ""
