"""Several WSDL documents as one."""

from __future__ import annotations

import pytest

from adapters.soap.documents import DocumentSet
from adapters.soap.wsdl.definitions import collect, find
from adapters.soap.wsdl.reader import read_contract
from adapters.soap.wsdl.roots import Roots
from bridge.errors import ContractError
from tests.adapters.soap.wsdls import HERE, mentions, pinned, wsdl

EMPTY = '<w:definitions targetNamespace="urn:{0}" xmlns:w="http://schemas.xmlsoap.org/wsdl/">{1}</w:definitions>'


def imported(location: str) -> str:
    return f'<w:import namespace="urn:x" location="{location}"/>'


def test_imports_are_followed_in_a_circle_once() -> None:
    a, b = EMPTY.format("a", imported("b")), EMPTY.format("b", imported("a") + '<w:message name="M"/>')
    docs = DocumentSet("/a", {"/a": a.encode(), "/b": b.encode()}, {"/a": {"b": "/b"}, "/b": {"a": "/a"}})
    found = collect(docs, Roots(docs))
    assert list(found.messages) == ["{urn:b}M"]
    assert found.target == "urn:a"
    assert found.warnings == []


def test_a_service_and_what_it_stands_on_may_be_in_different_documents() -> None:
    inner = wsdl(services="")
    outer = wsdl(schema="", messages="", port_type="", bindings="", first=imported("inner.wsdl"))
    contract = read_contract(pinned(outer, {"inner.wsdl": "/docs/inner.wsdl"}, inner_wsdl=inner))
    assert contract.port.address == "http://erp.example/shop"
    assert not contract.operations["Get"].problem


def test_a_wsdl_import_of_a_schema_brings_the_schema() -> None:
    schema = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x"/>'
    docs = pinned(wsdl(first=imported("x.xsd")), {"x.xsd": "/docs/x.xsd"}, x_xsd=schema)
    assert {source.root.get("targetNamespace") for source in collect(docs, Roots(docs)).schemas} == {
        "urn:shop",
        "urn:x",
    }


def test_an_import_that_is_not_in_the_set_is_told() -> None:
    docs = pinned(wsdl(first=imported("gone.wsdl")))
    assert mentions(tuple(collect(docs, Roots(docs)).warnings), "gone.wsdl", "left out")


def test_wsdl_2_is_refused_by_name() -> None:
    docs = DocumentSet(HERE, {HERE: b'<description xmlns="http://www.w3.org/ns/wsdl"/>'})
    with pytest.raises(ContractError, match=r"WSDL 2\.0"):
        collect(docs, Roots(docs))


def test_what_is_no_wsdl_is_refused_by_its_root() -> None:
    docs = DocumentSet(HERE, {HERE: b"<html/>"})
    with pytest.raises(ContractError, match="root element is html"):
        collect(docs, Roots(docs))


def test_a_name_that_misses_by_namespace_is_found_when_it_is_the_only_one() -> None:
    docs = pinned(EMPTY.format("a", '<w:message name="M"/>'))
    messages = collect(docs, Roots(docs)).messages
    assert find(messages, "{urn:other}M") is messages["{urn:a}M"]
    assert find(messages | {"{urn:b}M": messages["{urn:a}M"]}, "{urn:other}M") is None
