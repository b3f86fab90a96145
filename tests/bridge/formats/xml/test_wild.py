"""Free XML: what a parser made of it comes back the same, whatever it was."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.formats.xml import wild
from bridge.formats.xml.writing import Out, Prefixes
from bridge.shapes.json import loads
from tests.bridge.formats.test_xml import same

NAMES = st.sampled_from(["a", "b", "{urn:x}a", "{urn:y&z}b", "é"])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["k", "{urn:x}k", "{http://www.w3.org/XML/1998/namespace}lang"]),
    st.text("<&\"' \n\tab", max_size=5),
)
TEXTS = st.none() | st.text("ab<&]>é\r\n ", min_size=1, max_size=6)


def element(name: str, attributes: dict[str, str], text: str | None, children: list[etree._Element]) -> etree._Element:
    made = etree.Element(name, attributes)
    made.text = text
    made.extend(children)
    return made


def tailed(child: etree._Element, tail: str | None) -> etree._Element:
    child.tail = tail
    return child


TREES = st.recursive(
    st.builds(element, NAMES, ATTRIBUTES, TEXTS, st.just([])),
    lambda inner: st.builds(
        element, NAMES, ATTRIBUTES, TEXTS, st.lists(st.builds(tailed, inner, TEXTS), min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def without_indentation(root: etree._Element) -> etree._Element:
    for one in root.iter():
        texts = [one.text, *(child.tail for child in one)]
        if len(one) and not any(text and text.strip() for text in texts):
            one.text = None
            for child in one:
                child.tail = None
    return root


def round_trip(root: etree._Element) -> etree._Element:
    out = Out(Prefixes())
    wild.write(loads(wild.to_json(root).encode()), None, out)
    assert out.errors == []
    return etree.fromstring(f"<w{out.declarations()}>{''.join(out.parts)}</w>".encode())[0]


@settings(derandomize=True, max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=TREES)
def test_any_tree_survives(tree: etree._Element) -> None:
    root = etree.fromstring(etree.tostring(tree, encoding="unicode"))
    assert same(round_trip(root), without_indentation(root))


def test_the_forms() -> None:
    root = etree.fromstring(
        '<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:p="urn:p"><b>1</b><c i:type="p:T" k="v"/></a>'
    )
    assert wild.to_json(root) == (
        '{"@name":"a","@content":[{"@name":"b","@content":["1"]},'
        '{"@name":"c","@type":"{urn:p}T","@attributes":{"k":"v"}}]}'
    )
    assert wild.to_json(root[0], named=False) == '"1"'
    assert wild.to_json(etree.fromstring("<a/>"), named=False) == '""'
    assert wild.to_json(etree.fromstring("<a><b/></a>"), named=False) == '{"@content":[{"@name":"b"}]}'


def test_prefixes_are_resolved_where_they_are_bound() -> None:
    root = etree.fromstring('<a xmlns="urn:d" xmlns:p="urn:p"/>')
    assert [wild.clark(root, name) for name in (" p:x ", "x", "q:x")] == ["{urn:p}x", "{urn:d}x", "q:x"]
    assert wild.clark(etree.fromstring("<a/>"), "x") == "x"


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ("5", ""),
        ('"text"', ""),
        ("null", ""),
        ("{}", ""),
        ('{"@name":5}', "/@name"),
        ('{"@name":"a b"}', "/@name"),
        ('{"@name":"a","x":1}', ""),
        ('{"@name":"a","@type":"p:T"}', "/@type"),
        ('{"@name":"a","@content":"x"}', "/@content"),
        ('{"@name":"a","@content":[1]}', "/@content/0"),
        ('{"@name":"a","@content":[{"@name":"b","@attributes":[]}]}', "/@content/0/@attributes"),
        ('{"@name":"a","@attributes":{"k":1}}', "/@attributes/k"),
    ],
)
def test_what_is_not_the_form_is_refused(value: str, pointer: str) -> None:
    out = Out(Prefixes())
    wild.write(loads(value.encode()), None, out)
    assert [one.pointer for one in out.errors] == [pointer]
