"""Names and texts as WSDL writes them."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.wsdl.names import DOC_CHARACTERS_MAX, clark, documentation, local, namespace_of, undeclared

NODE = etree.fromstring('<a xmlns="urn:default" xmlns:p="urn:p" xmlns:old="http://www.w3.org/1999/XMLSchema"/>')


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("p:x", "{urn:p}x"),
        (" p:x ", "{urn:p}x"),
        ("x", "{urn:default}x"),
        ("old:string", "{http://www.w3.org/2001/XMLSchema}string"),
    ],
)
def test_a_qname_becomes_a_clark_name(written: str, read: str) -> None:
    assert clark(NODE, written) == read


def test_without_a_default_namespace_a_plain_name_has_none() -> None:
    assert clark(etree.fromstring("<a/>"), "x") == "x"


def test_an_undeclared_prefix_stays_visible() -> None:
    name = clark(NODE, "gone:x")
    assert undeclared(name)
    assert "gone" in name
    assert not undeclared(clark(NODE, "p:x"))


def test_a_clark_name_falls_into_its_two_parts() -> None:
    assert (namespace_of("{urn:p}x"), local("{urn:p}x")) == ("urn:p", "x")
    assert (namespace_of("x"), local("x")) == ("", "x")


def test_documentation_is_one_line_and_bounded() -> None:
    def documented(text: str) -> str:
        space = "http://schemas.xmlsoap.org/wsdl/"
        node = etree.fromstring(f"<o xmlns='{space}'><documentation>{text}</documentation></o>")
        return documentation(node)

    assert documented("\n two <b>words</b>\t here ") == "two words here"
    assert len(documented("x" * 9000)) == DOC_CHARACTERS_MAX
    assert documentation(None) == ""
