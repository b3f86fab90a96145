"""Graphs become trees: references are put in place, and what a small message can ask for stays bounded."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.graph import as_tree
from bridge.formats.xml.reading import Unreadable
from tests.adapters.soap.encoded import E11, E12, envelope
from tests.cpu import costs_at_most

CPU_S_MAX = 1.0
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def tree(body: str) -> list[etree._Element]:
    """What the Body holds afterwards."""
    root = envelope(body)
    as_tree(root)
    return list(root[-1])


def shape(element: etree._Element) -> str:
    """Names and texts, without attributes."""
    inside = "".join(shape(one) for one in element if isinstance(one.tag, str)) or (element.text or "").strip()
    return f"<{etree.QName(element).localname}>{inside}</>"


def test_a_message_without_references_stays_as_it_is():
    [message] = tree('<a id="x" href="http://example/#top"><b>1</b></a>')
    assert shape(message) == "<a><b>1</></>"
    assert dict(message.attrib) == {"id": "x", "href": "http://example/#top"}


def test_what_is_referred_to_once_is_moved_and_what_twice_is_there_twice():
    [message] = tree('<a><b href="#1"/><c href="#2"/><d href="#2"/></a><m id="1"><x>1</x></m><m id="2"><y>2</y></m>')
    assert shape(message) == "<a><b><x>1</></><c><y>2</></><d><y>2</></></>"


def test_references_in_what_is_referred_to_are_followed_whatever_their_order():
    [message] = tree('<a><b href="#1"/></a><m id="2"><y href="#3"/></m><m id="3">t</m><m id="1"><x href="#2"/></m>')
    assert shape(message) == "<a><b><x><y>t</></></></>"


def test_what_stands_in_the_message_may_be_referred_to():
    [message] = tree('<a><b id="1"><x>1</x><in id="2">t</in></b><c href="#1"/><d href="#2"/></a>')
    assert shape(message) == "<a><b><x>1</><in>t</></><c><x>1</><in>t</></><d>t</></>"
    assert not [one for one in message.iter() if one.attrib]


def test_the_message_may_come_after_what_it_refers_to():
    [message] = tree('<m id="1">t</m><a><b href="#1"/></a>')
    assert shape(message) == "<a><b>t</></>"


def test_what_says_that_it_is_no_root_is_none_though_nobody_refers_to_it():
    [message] = tree('<a/><m soapenc:root="0">t</m>')
    assert shape(message) == "<a></>"


def test_the_type_of_what_is_referred_to_counts_in_any_scope():
    body = '<a xmlns:p="urn:one"><b xsi:type="p:Declared" href="#1"/></a>'
    body += '<m id="1" xmlns:p="urn:two" xsi:type="p:Real" xmlns:q="urn:three"><x xsi:type="q:Inner"/></m>'
    [message] = tree(body)
    assert message[0].get(f"{XSI}type") == "{urn:two}Real"
    assert message[0][0].get(f"{XSI}type") == "{urn:three}Inner"


def test_headers_refer_too():
    root = envelope('<a/><m id="1">t</m>')
    header = etree.fromstring('<h><in href="#1"/></h>')
    root.insert(0, header)
    as_tree(root)
    assert shape(header) == "<h><in>t</></>"


def test_a_reference_that_is_not_empty_is_none():
    [message] = tree('<a><b href="#nowhere">link</b></a>')
    assert shape(message) == "<a><b>link</></>"


def test_marks_of_the_encoding_go():
    marks = f'xmlns:e="{E11}" xmlns:f="{E12}" e:root="1" f:nodeType="struct" f:id="x"'
    [message] = tree(f'<a {marks} soapenv:encodingStyle="{E11}"/>')
    assert not message.attrib


def test_the_attribute_of_soap_11_in_the_namespace_of_12_is_that_of_11():
    [message] = tree('<a enc:arrayType="xsd:int[1]"/>')
    assert dict(message.attrib) == {f"{{{E11}}}arrayType": "xsd:int[1]"}


def test_an_array_that_is_nil_says_no_more():
    [message] = tree('<a xsi:nil="true" soapenc:arrayType="xsd:int[0]"/>')
    assert list(message.attrib) == [f"{XSI}nil"]


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<a><b href="#gone"/></a>', "not in the message"),
        ('<a><b enc:ref="gone"/></a>', "not in the message"),
        ('<a><b href="#1"/></a><m id="1"><x href="#1"/></m>', "refers to itself"),
        ('<a><b href="#1"/></a><m id="1"><x href="#2"/></m><m id="2"><y href="#1"/></m>', "refers to itself"),
        ('<a id="0"><b><c href="#0"/></b></a>', "refers to itself"),
        ('<a><b soapenc:arrayType="xsd:int[2,2]"/></a>', "several dimensions"),
        ('<a><b enc:itemType="xsd:int" enc:arraySize="2 2"/></a>', "several dimensions"),
    ],
)
def test_what_cannot_be_a_tree(body: str, reason: str):
    with pytest.raises(Unreadable, match=reason):
        tree(body)


def bomb(levels: int, width: int) -> str:
    """Each level refers `width` times to the next."""
    parts = [f'<m id="{at}">' + f'<x href="#{at + 1}"/>' * width + "</m>" for at in range(levels)]
    return f'<a><b href="#0"/></a>{"".join(parts)}<m id="{levels}">laugh</m>'


def numbered(text: str, count: int) -> str:
    """`text` with # as its number, so many times."""
    return "".join(text.replace("#", str(at)) for at in range(count))


REFERENCE, OWN = '<b href="&#35;0"/>', '<m id="0">{}</m>'
HOSTILE = {
    "fan-out": bomb(30, 10),
    "wide": bomb(2, 2000),
    "often": f"<a>{REFERENCE * 5_000}</a>" + OWN.format("<x/>" * 5_000),
    "long": f"<a>{REFERENCE * 1_000}</a>" + OWN.format("x" * 1_000_000),
    "chain": bomb(5000, 1),
    "deep": f"<a>{REFERENCE}</a>"
    + "".join(f'<m id="{at}">{"<d>" * 99}<x href="#{at + 1}"/>{"</d>" * 99}</m>' for at in range(9))
    + '<m id="9"/>',
    "nested": '<a><b href="&#35;all"/></a>'
    + numbered('<d id="#">', 200)
    + "<x/>" * 20_000
    + "</d>" * 200
    + '<m id="all">'
    + numbered('<y href="&!35;#"/>', 200).replace("!", "#")
    + "</m>",
    "offsets": "<a>" + '<b soapenc:offset="[9999]"/>' * 100 + "</a>",
    "positions": "<a><b>" + "".join(f'<i soapenc:position="[{at * 2}]"/>' for at in range(30_000)) + "</b></a>",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_little_that_asks_for_much_is_refused_before_it_costs(body: str):
    root = envelope(body)
    size = len(etree.tostring(root))
    with costs_at_most(CPU_S_MAX), pytest.raises(Unreadable):
        as_tree(root)
    assert len(etree.tostring(root)) < 3 * size + 1_000_000


def test_something_large_that_is_moved_costs_nothing():
    large = "x" * 9_000_000
    [message] = tree(f'<a><b href="#0"/></a><m id="0">{large}</m>')
    assert len(message[0].text or "") == len(large)


def test_comments_are_no_items():
    [message] = tree('<a><!-- a --><b soapenc:position="[1]">t</b></a>')
    assert shape(message).count("item") == 1


def test_many_references_that_are_each_used_once_are_no_bomb():
    count = 20_000
    items = "".join(f'<i href="#{at}"/>' for at in range(count))
    [message] = tree(f"<a>{items}</a>" + "".join(f'<m id="{at}"><x>{at}</x></m>' for at in range(count)))
    assert len(message) == count
    assert shape(message[-1]) == f"<i><x>{count - 1}</></>"
