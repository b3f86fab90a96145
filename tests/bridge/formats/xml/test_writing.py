"""What an encoder writes into: pointers, prefixes, and text that can never become markup."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.formats.xml.layout import XSI
from bridge.formats.xml.writing import ERRORS_MAX, Out, Prefixes, escape, escape_attribute, is_name, pointer

XML_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=40).map(
    lambda text: "".join(char for char in text if char >= " " or char in "\t\n\r")
)
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@settings(derandomize=True, max_examples=400)
@given(text=XML_TEXT)
def test_text_comes_back_as_it_was(text: str) -> None:
    element = etree.fromstring(f'<a b="{escape_attribute(text)}">{escape(text)}</a>')
    assert (element.text or "", element.get("b"), len(element)) == (text, text, 0)


@settings(derandomize=True, max_examples=400)
@given(name=st.text(max_size=5) | st.from_regex(r"\{[^{}]{0,5}\}[^{}]{1,4}", fullmatch=True))
def test_a_name_is_what_a_parser_takes(name: str) -> None:
    if not is_name(name):
        return
    out = Out(Prefixes())
    tag = out.qname(name)
    # libxml2 wants a namespace to be a URI, which Namespaces in XML only recommends: it recovers, as most parsers do.
    text = f"<w{out.declarations()}><{tag}/></w>".encode()
    root = etree.fromstring(text, etree.XMLParser(recover="{" in name))
    assert root[0].tag == name


@pytest.mark.parametrize("name", ["a", "_a", "é1.-·", "{urn:x}a", "{a&b<c\"'}d", "龦", LANG, "xmlnsx"])
def test_names(name: str) -> None:
    assert is_name(name)


def test_pointers_are_escaped_and_short() -> None:
    assert pointer(None) == ""
    assert pointer((((None, "a/b~"), 3), "")) == "/a~1b~0/3/"
    assert len(pointer((None, "k" * 1_000_000))) < 300


def test_only_what_is_used_is_declared() -> None:
    prefixes = Prefixes()
    first, second = prefixes.tag("{urn:a}x"), prefixes.tag("{urn:b}x")
    assert first == prefixes.tag("{urn:a}x")
    assert first[0] != second[0]
    assert prefixes.tag("x") == ("x", 0)
    out = Out(prefixes)
    assert out.declarations() == ""
    out.mask |= second[1] | 1
    assert out.declarations() == f' xmlns:xsi="{XSI}" xmlns:{second[0].partition(":")[0]}="urn:b"'


def test_xml_itself_is_never_declared() -> None:
    out = Out(Prefixes())
    assert (out.qname(LANG), out.declarations()) == ("xml:lang", "")
    assert Prefixes().tag(LANG) == ("xml:lang", 0)


def test_names_of_clients_leave_nothing_behind() -> None:
    prefixes = Prefixes()
    known = prefixes.tag("{urn:known}a")[0]
    for number in range(50):
        out = Out(prefixes)
        assert out.qname(f"{{urn:{number}&}}a") == out.qname(f"{{urn:{number}&}}a") == "x1:a"
        assert out.qname(f"{{urn:{number}'}}b") == "x2:b"
        assert out.qname("{urn:known}a") == known
        assert f'xmlns:x1="urn:{number}&amp;"' in out.declarations()
    assert prefixes.known("urn:1&") is None
    assert Out(prefixes).declarations() == ""


def test_threads_never_share_a_prefix() -> None:
    prefixes = Prefixes()
    spaces = [f"urn:{number % 400}" for number in range(4000)]
    with ThreadPoolExecutor(8) as pool:
        found = dict(zip(spaces, pool.map(lambda space: prefixes.prefix(space), spaces), strict=True))
    assert len({prefix for prefix, _ in found.values()}) == 400
    assert len({bit for _, bit in found.values()}) == 400


def test_violations_are_bounded() -> None:
    out = Out(Prefixes())
    for number in range(ERRORS_MAX + 50):
        out.error((None, number), "is wrong")
    assert len(out.errors) == ERRORS_MAX
