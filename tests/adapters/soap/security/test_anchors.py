"""References to elements of a message by identifier: exactly one element, or none at all."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.security.anchors import Anchors, id_of, new_id
from adapters.soap.security.failing import InsecureAnswer
from adapters.soap.security.names import DS, SAML1, SAML2, WSU, XENC

SPACES = f"xmlns:u='{WSU}' xmlns:d='{DS}' xmlns:x='{XENC}' xmlns:s='{SAML2}' xmlns:o='{SAML1}'"


def root(text: str) -> etree._Element:
    return etree.fromstring(f"<r {SPACES}>{text}</r>")


@pytest.mark.parametrize(
    "text",
    ["<a u:Id='A'/>", "<a Id='A'/>", "<d:Signature Id='A'/>", "<x:EncryptedKey Id='A'/>", "<s:Assertion ID='A'/>",
     "<o:Assertion AssertionID='A'/>", "<a xml:id='A'/>", "<a u:Id='A' Id='A'/>",
     "<a u:Id='A'/><b id='2'/><b id='2'/>"],
)  # fmt: skip
def test_what_is_meant(text: str) -> None:
    tree = root(text)
    assert Anchors(tree).meant("#A") is tree[0]


@pytest.mark.parametrize(
    "text",
    ["<a/>", "<d:Object u:Id='B' Id='A'/>",
     "<a id='A'/>", "<a ID='A'/>", "<a AssertionID='A'/>", "<a u:Id='2'/>", "<a u:Id=' A'/>",
     "<a u:Id='A'/><b Id='A'/>", "<a u:Id='A'/><b id='A'/>", "<a u:Id='A'/><b ID='A'/>", "<a u:Id='A'/><b xml:id='A'/>",
     "<b id='A'/><a u:Id='A'/>", "<a u:Id='A'><b y:id='A' xmlns:y='urn:y'/></a>", "<a u:Id='A'/><d:Object Id='A'/>",
     "<a u:Id='A'/><s:Assertion ID='A'/>", "<a u:Id='2' xml:id='A'/>"],
)  # fmt: skip
def test_what_means_nothing_or_two_things(text: str) -> None:
    with pytest.raises(InsecureAnswer):
        Anchors(root(text)).meant("#A")


def test_the_same_wsu_id_twice_is_refused_even_if_nobody_refers_to_it() -> None:
    for text in ("<a u:Id='A'/><b u:Id='A'/>", "<a u:Id='A'><b u:Id='A'/></a>"):
        with pytest.raises(InsecureAnswer, match="unusable"):
            Anchors(root(text))


@pytest.mark.parametrize(
    "uri", [None, "", "#", "A", "x#A", "http://evil.test/#A", "#xpointer(/)", "#xpointer(id('A'))", "#element(/1)"]
)
def test_other_references_are_refused(uri: str | None) -> None:
    with pytest.raises(InsecureAnswer):
        Anchors(root("<a u:Id='A'/>")).meant(uri)


def test_a_new_identifier_is_one_for_its_kind_of_element() -> None:
    tree = root("<a/><d:Object/><a u:Id='x'/><s:Assertion ID='y'/>")
    assert [id_of(one, "k") for one in tree][2:] == ["x", "y"]
    assert tree[0].get(f"{{{WSU}}}Id", "").startswith("k-")
    assert tree[1].get("Id", "").startswith("k-")
    assert len({new_id("k") for _ in range(100)}) == 100
