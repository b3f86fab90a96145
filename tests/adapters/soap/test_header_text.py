"""Blocks of a configuration: what is refused, and that no value gets out of its place."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.contract import Version
from adapters.soap.envelope import NAMESPACES
from adapters.soap.header_text import BLOCK_CHARACTERS_MAX, BlockText
from bridge.errors import BridgeError

KEY = "<t:Key xmlns:t='urn:t' kind='{kind}'>{key}<t:Sub>{key}</t:Sub></t:Key>"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no XML"),
        ("Tenant", "one XML element"),
        ("<Tenant>7</Tenant>", "has a namespace"),
        ("<t:Tenant>7</t:Tenant>", "one XML element"),
        ("<a xmlns='urn:t'/><b xmlns='urn:t'/>", "one XML element"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a xmlns='urn:t'>&x;</a>", "document type"),
        (f"<s:Header xmlns:s='{NAMESPACES['1.1']}'><a xmlns='urn:t'/></s:Header>", "inside of soap:Header"),
        (f"<s:Header xmlns:s='{NAMESPACES['1.2']}'/>", "inside of soap:Header"),
        ("<a xmlns='urn:t'>\ud800</a>", "cannot carry"),
        (f"<a xmlns='urn:t'>{'x' * BLOCK_CHARACTERS_MAX}</a>", "at most"),
        ("<a xmlns='urn:t'>" + "<b/>" * 3_000 + "</a>", "more than"),
    ],
)
def test_what_is_no_block(text: str, says: str) -> None:
    with pytest.raises(BridgeError, match=says):
        BlockText(text)


def test_a_value_without_a_place_is_a_mistake() -> None:
    with pytest.raises(BridgeError, match=r"no place \{kee\}"):
        BlockText(KEY, ("key", "kee"))


def test_values_are_texts_whatever_they_hold() -> None:
    evil = '</t:Key><evil a="1">&{kind}{key}'
    text = BlockText(KEY, ("key", "kind")).written({"key": evil, "kind": '"'}, "1.1")
    root = etree.fromstring(text)
    assert [one.tag for one in root.iter()] == ["{urn:t}Key", "{urn:t}Sub"]
    assert (root.text, root[0].text, root.get("kind")) == (evil, evil, '"')


def test_braces_that_are_no_place_stay() -> None:
    block = BlockText("<a xmlns='urn:t' b='{urn:x}y'>{ {no} {key {key} {key</a>", ("key",))
    root = etree.fromstring(block.written({"key": "k"}, "1.1"))
    assert (root.text, root.get("b")) == ("{ {no} {key k {key", "{urn:x}y")


def test_a_block_is_written_as_often_as_wanted() -> None:
    block = BlockText("<a xmlns='urn:t'>{key}</a>", ("key",))
    assert [block.written({"key": one}, "1.2") for one in ("1", "2")] == [
        '<a xmlns="urn:t">1</a>',
        '<a xmlns="urn:t">2</a>',
    ]
    assert block.tag == "{urn:t}a"


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("written", ["1.1", "1.2"])
def test_the_attributes_of_soap_are_those_of_the_version(version: Version, written: Version) -> None:
    role = "actor" if written == "1.1" else "role"
    block = BlockText(f"<a xmlns='urn:t' xmlns:s='{NAMESPACES[written]}' s:mustUnderstand='true' s:{role}='urn:r'/>")
    root = etree.fromstring(block.written({}, version))
    space = NAMESPACES[version]
    wanted = "actor" if version == "1.1" else "role"
    assert dict(root.attrib) == {f"{{{space}}}mustUnderstand": "1", f"{{{space}}}{wanted}": "urn:r"}
