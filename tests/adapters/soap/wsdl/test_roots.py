"""Parsed documents and what schema imports mean."""

from __future__ import annotations

import pytest

from adapters.soap.documents import DocumentSet
from adapters.soap.wsdl.roots import Roots
from bridge.errors import ContractError
from tests.adapters.soap.wsdls import HERE, pinned, wsdl

SCHEMA = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x"/>'


def test_a_document_is_always_the_same_element() -> None:
    roots = Roots(pinned(wsdl(), {"x.xsd": "/docs/x.xsd"}, x_xsd=SCHEMA))
    first, second = (roots.resolve(HERE, "urn:x", " x.xsd ") for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.root is second.root
    assert first.location == "/docs/x.xsd"


def test_nothing_is_answered_for_what_is_not_in_the_set() -> None:
    roots = Roots(pinned(wsdl()))
    assert roots.resolve(HERE, "urn:x", "x.xsd") is None
    assert roots.resolve(HERE, "urn:x", None) is None


def test_a_schema_location_that_names_a_wsdl_means_its_inline_schema() -> None:
    roots = Roots(pinned(wsdl(), {"": HERE, "shop.wsdl": HERE}))
    source = roots.resolve(HERE, "urn:shop", "shop.wsdl")
    assert source is not None
    assert source.root.get("targetNamespace") == "urn:shop"
    assert roots.resolve(HERE, "urn:other", "shop.wsdl") is None


def test_broken_xml_is_refused_by_the_name_of_its_document() -> None:
    with pytest.raises(ContractError, match=HERE):
        Roots(DocumentSet(HERE, {HERE: b"<a>"})).of(HERE)
