"""References in a message become the values they stand for."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.attachments.filling import NO_VALUES, XOP, Wanted, fill, filled
from bridge.errors import UpstreamInvalid


class Texts:
    """Values that say how they were asked for."""

    def __init__(self, *known: str) -> None:
        self.known, self.asked = known, list[tuple[str, str]]()

    def find(self, wanted: Wanted, /) -> str | None:
        if wanted.content is None:
            return f"{wanted.part}{wanted.index}"
        if self.known and wanted.content not in self.known:
            return None
        self.asked.append((wanted.content, wanted.media))
        return f"text-of-{wanted.content}"


def include(href: str, around: str = "{}") -> str:
    return around.format(f'<x:Include xmlns:x="{XOP}" href="{href}"/>')


def after(xml: str, values: Texts) -> str:
    root = etree.fromstring(xml)
    fill(root, values)
    return etree.tostring(root).decode()


def test_an_include_becomes_the_text_of_its_element() -> None:
    values = Texts()
    media = 'xmlns:m="http://www.w3.org/2005/05/xmlmime" m:contentType="a/b"'
    xml = f"<a><b {media}>\n {include('cid:one%40x')}\n</b><c>{include('CID:two')}</c></a>"
    assert after(xml, values).count("text-of-") == 2
    assert values.asked == [("one@x", "a/b"), ("two", "")]


@pytest.mark.parametrize(
    "xml",
    [
        f"<a>{include('http://other.example/x')}</a>",
        f"<a>{include('file:///etc/passwd')}</a>",
        f"<a>text{include('cid:x')}</a>",
        f"<a>{include('cid:x')}<b/></a>",
        f"<a>{include('cid:x')}tail</a>",
        f"<a>{include('cid:x')}{include('cid:y')}</a>",
        include("cid:x"),
    ],
)
def test_an_include_that_is_none_is_refused(xml: str) -> None:
    with pytest.raises(UpstreamInvalid) as caught:
        after(xml, Texts())
    assert caught.value.cause == "xop_include"


def test_an_include_outside_of_a_package_lacks_its_part() -> None:
    with pytest.raises(UpstreamInvalid) as caught:
        fill(etree.fromstring(f"<a>{include('cid:x')}</a>"), NO_VALUES)
    assert caught.value.cause == "missing_part"


def test_what_is_included_or_named_and_lacks_is_refused() -> None:
    for ask in (
        lambda: fill(etree.fromstring(f"<a>{include('cid:x')}</a>"), Texts("y")),
        lambda: filled('{"a":"\\u0000cid:x"}', Texts("y")),
    ):
        with pytest.raises(UpstreamInvalid) as caught:
            ask()
        assert caught.value.cause == "missing_part"


def test_an_href_is_one_only_where_its_part_is_there() -> None:
    xml = '<a><b href="cid:x"/><c href="cid:y"/><d href="#x"/><e href="cid:x">text</e></a>'
    assert after(xml, Texts("x")) == ('<a><b>text-of-x</b><c href="cid:y"/><d href="#x"/><e href="cid:x">text</e></a>')


def test_a_swa_ref_is_filled_in_the_json() -> None:
    values = Texts()
    json = '{"a":"\\u0000cid:one%40x","b":"cid:no","c":"\\u0000cid:q\\"u"}'
    assert filled(json, values) == '{"a":"text-of-one@x","b":"cid:no","c":"text-of-q"u"}'
    assert filled('{"a":1}', NO_VALUES) == '{"a":1}'
