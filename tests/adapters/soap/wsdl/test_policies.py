"""Policy expressions, written out as alternatives (WS-Policy 1.5 §4)."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.wsdl.policies import ALTERNATIVES_MAX, alternatives, inside

TABLE = {
    "": [""],
    "<A/><B/>": ["AB"],
    "<p:All><A/></p:All><B/>": ["AB"],
    "<p:ExactlyOne><A/><B/></p:ExactlyOne>": ["A", "B"],
    "<p:ExactlyOne/>": [""],
    "<p:ExactlyOne><p:All><A/><B/></p:All><p:All/></p:ExactlyOne>": ["AB", ""],
    "<p:ExactlyOne><A/><B/></p:ExactlyOne><p:ExactlyOne><C/><D/></p:ExactlyOne>": ["AC", "AD", "BC", "BD"],
    "<A p:Optional='true'/><B/>": ["B", "AB"],
    "<p:Policy><p:ExactlyOne><A/><p:Policy><B/></p:Policy></p:ExactlyOne></p:Policy>": ["A", "B"],
}


@pytest.mark.parametrize("text", TABLE)
def test_alternatives(text: str) -> None:
    root = etree.fromstring(f"<p:Policy xmlns:p='http://www.w3.org/ns/ws-policy'>{text}</p:Policy>")
    assert ["".join(str(one.tag) for one in each) for each in alternatives(root)] == TABLE[text]


def test_they_are_bounded() -> None:
    choice = "<p:ExactlyOne>" + "<A/>" * 10 + "</p:ExactlyOne>"
    root = etree.fromstring(f"<p:Policy xmlns:p='http://www.w3.org/ns/ws-policy'>{choice * 10}</p:Policy>")
    assert len(alternatives(root)) == ALTERNATIVES_MAX


def test_what_stands_within_an_assertion() -> None:
    space = "xmlns:p='http://www.w3.org/ns/ws-policy'"
    nested = f"<A {space}><p:Policy><p:ExactlyOne><p:All/><p:All><B/><C/></p:All></p:ExactlyOne></p:Policy></A>"
    assert [one.tag for one in inside(etree.fromstring(nested))] == ["B", "C"]
    assert [one.tag for one in inside(etree.fromstring("<A><B/></A>"))] == ["B"]
