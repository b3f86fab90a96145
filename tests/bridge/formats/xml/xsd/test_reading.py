"""The state of a reading: keys that are stable, and a budget that ends."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.errors import ContractError
from bridge.formats.xml.layout import ANY_TYPE
from bridge.formats.xml.xsd import Source
from bridge.formats.xml.xsd.documents import Declared, Documents
from bridge.formats.xml.xsd.reading import PARTICLES_MAX, Reading
from tests.bridge.formats.xml.xsd.schemas import schema, t, xs


def reading(body: str) -> tuple[Reading, Declared]:
    """A reading that has read nothing yet, and the first element of its schema."""
    documents = Documents(lambda *_: None)
    documents.load([Source("main.xsd", etree.fromstring(schema(body)))])
    return Reading(documents), next(iter(documents.elements.values()))


def test_the_budget_ends():
    state, _ = reading('<xs:element name="a"/>')
    state.spend(PARTICLES_MAX)
    with pytest.raises(ContractError, match="more than"):
        state.spend(1)


def test_keys_of_types():
    state, at = reading('<xs:element name="a"/><xs:complexType name="C"/>')
    assert state.type_key(at.document, at.node, "t:C") == t("C")
    assert list(state.pending) == [t("C")]
    assert state.type_key(at.document, at.node, "t:C") == t("C")
    assert list(state.pending) == [t("C")]
    assert state.type_key(at.document, at.node, "xs:int") == xs("int")
    assert state.type_key(at.document, at.node, "xs:anyType") == ANY_TYPE
    assert set(state.types) == {xs("int"), ANY_TYPE}


@pytest.mark.parametrize(("reference", "key", "reason"), [
    ("t:No", t("No"), "not defined"),
    ("o:No", "{urn:o}No", "no document defines"),
    ("no:No", "no:No", "prefix"),
])  # fmt: skip
def test_keys_that_mean_nothing(reference: str, key: str, reason: str):
    state, at = reading('<xs:element name="a" xmlns:o="urn:o"/>')
    assert state.type_key(at.document, at.node, reference) == key
    assert reason in state.broken[key]


def test_what_an_unknown_type_may_be_instead():
    state, at = reading('<xs:element name="a"/>')
    assert state.type_key(at.document, at.node, "t:No", "any") == ANY_TYPE
    assert state.type_key(at.document, at.node, "t:No", "text") == xs("anySimpleType")
    assert not state.broken
    assert any("free XML" in note for note in state.documents.notes)


@pytest.mark.parametrize(("reference", "meant"), [
    ("xs:Int", "int"),
    ("xs:timeinstant", "dateTime"),
    ("xs:timeInstant", "dateTime"),
    ("xs:no", "anySimpleType"),
    ("xsd:int", "int"),
    ("string", "string"),
    ("t:dateTime", "dateTime"),
    (" xs:int ", "int"),
])  # fmt: skip
def test_built_in_types_that_are_written_wrong(reference: str, meant: str):
    state, at = reading('<xs:element name="a"/>')
    assert state.type_key(at.document, at.node, reference) == xs(meant)
    assert not state.broken


def test_the_same_node_has_the_same_key_and_another_one_another():
    state, at = reading(
        '<xs:element name="a"><xs:complexType/></xs:element><xs:element name="b"><xs:complexType/></xs:element>'
    )
    first, second = at.node[0], at.document.root[1][0]
    assert state.anonymous(first, at.document, "k") == "k"
    assert state.anonymous(first, at.document, "k") == "k"
    assert state.anonymous(second, at.document, "k") == "k~2"
    assert len(state.pending) == 2
