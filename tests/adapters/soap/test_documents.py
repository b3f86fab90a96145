"""The document set and what documents refer to."""

from __future__ import annotations

import msgspec
import pytest
from lxml import etree

from adapters.soap.documents import DocumentSet, Reference, namespaces, parse_document, references
from bridge.errors import ContractError

WSDL = b"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <import namespace="urn:a" location="a.wsdl"/><import namespace="urn:nowhere"/>
  <types><xs:schema targetNamespace="urn:s"><xs:import namespace="urn:b" schemaLocation=" b.xsd "/>
  <xs:import namespace="urn:c"/></xs:schema></types></definitions>"""
XSD = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x"><xs:include
  schemaLocation="i.xsd"/><xs:redefine schemaLocation="r.xsd"/><xs:element name="import"/></xs:schema>"""


def test_references_are_those_with_a_location() -> None:
    assert references(etree.fromstring(WSDL)) == [
        Reference("wsdl", "a.wsdl", "urn:a"),
        Reference("schema", "b.xsd", "urn:b"),
    ]
    assert [reference.target for reference in references(etree.fromstring(XSD))] == ["i.xsd", "r.xsd"]


def test_what_xml_schema_says_of_itself_is_never_asked_for() -> None:
    line = '<xs:import namespace="http://www.w3.org/2001/XMLSchema" schemaLocation="http://www.w3.org/2001/XMLSchema.xsd"/>'
    root = etree.fromstring(f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{line}</xs:schema>')
    assert references(root) == []


def test_namespaces_are_those_of_the_schemas() -> None:
    assert namespaces(etree.fromstring(WSDL)) == ["urn:s"]
    assert namespaces(etree.fromstring(XSD)) == ["urn:x"]


def test_links_lead_from_the_reference_as_written() -> None:
    docs = DocumentSet("/a", {"/a": b"", "/b": b""}, {"/a": {"../b": "/b"}})
    assert docs.follow("/a", "../b") == "/b"
    assert docs.follow("/a", "b") is None
    assert docs.follow("/b", "../b") is None


def test_the_digest_depends_on_what_a_reading_depends_on() -> None:
    docs = DocumentSet("/a", {"/a": b"1", "/b": b"2"}, {"/a": {"b": "/b"}})
    same = DocumentSet("/a", {"/b": b"2", "/a": b"1"}, {"/a": {"b": "/b"}}, files={"/a": "/tmp/a"}, notes=("x",))
    assert docs.digest == same.digest
    others = [
        msgspec.structs.replace(docs, location="/b"),
        msgspec.structs.replace(docs, documents={"/a": b"2", "/b": b"1"}),
        msgspec.structs.replace(docs, links={}),
    ]
    assert len({docs.digest, *(other.digest for other in others)}) == 4


def test_a_document_type_declaration_does_no_harm() -> None:
    data = b"<!DOCTYPE schema [<!ENTITY p 'x'><!ATTLIST a b CDATA 'c'>]><a>hi</a>"
    assert etree.tostring(parse_document(data, "/a")) == b"<a>hi</a>"


@pytest.mark.parametrize("data", [b"", b"<a>", b"<html><p></html>", b"\x00\x01"])
def test_what_is_no_xml_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(ContractError, match=r"/docs/x\.wsdl cannot be read"):
        parse_document(data, "/docs/x.wsdl")
