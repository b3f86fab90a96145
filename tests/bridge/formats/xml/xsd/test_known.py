"""The built-in copies: complete, free of problems, and used when a server no longer hands its own out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.formats.xml.xsd import Source, known, read_schemas
from bridge.formats.xml.xsd.known import known_document, known_location
from tests.bridge.formats.xml.xsd.schemas import read, schema

FOLDER = Path(known.__file__).parent / "known"
FILES = sorted(path.name for path in FOLDER.glob("*.xsd"))


def test_the_map_names_every_copy_and_nothing_else():
    table = json.loads((FOLDER / "map.json").read_text())
    assert sorted(set(table.values())) == FILES
    assert (FOLDER / "LICENSES.md").read_text().count("|") > 10


@pytest.mark.parametrize("file", FILES)
def test_each_copy_reads_without_problems_and_is_found_by_its_namespace(file: str):
    root = known_document(known.PREFIX + file)
    layout = read_schemas([Source("copy.xsd", root)], lambda *_: None)
    assert layout.problems == {}
    assert layout.types or layout.attributes or layout.elements
    assert known_location(root.get("targetNamespace", "")) == known.PREFIX + file


def test_addresses():
    assert known_location("https://www.w3.org/2001/xml.xsd") == known_location("http://www.w3.org/XML/1998/namespace")
    assert known_location("http://www.w3.org/2001/xml.xsd") == "known:xml.xsd"
    assert known_location("http://example.com/") == ""
    assert known_location("") == ""


@pytest.mark.parametrize("said", [
    "",
    '<xs:import namespace="http://www.w3.org/2005/08/addressing"/>',
    '<xs:import namespace="http://www.w3.org/2005/08/addressing" schemaLocation="http://h.example/gone.xsd"/>',
])  # fmt: skip
def test_a_well_known_namespace_needs_no_document(said: str):
    layout = read(
        f'{said}<xs:element name="a" xmlns:w="http://www.w3.org/2005/08/addressing" type="w:AttributedURIType"/>'
    )
    assert not layout.problems
    assert "{http://www.w3.org/2005/08/addressing}AttributedURIType" in layout.types
    # Only what is used of a copy is taken over.
    assert "{http://www.w3.org/2005/08/addressing}EndpointReferenceType" not in layout.types


def test_the_own_document_of_a_service_is_stronger_than_a_copy():
    own = schema('<xs:simpleType name="AttributedURIType"><xs:restriction base="xs:int"/></xs:simpleType>')
    own = own.replace("urn:t", "http://www.w3.org/2005/08/addressing")
    layout = read(
        '<xs:import namespace="http://www.w3.org/2005/08/addressing" schemaLocation="own.xsd"/>'
        '<xs:element name="a" xmlns:w="http://www.w3.org/2005/08/addressing" type="w:AttributedURIType"/>',
        own=own,
    )
    found = layout.types["{http://www.w3.org/2005/08/addressing}AttributedURIType"]
    assert found.base.endswith("}int")
