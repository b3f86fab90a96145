"""A file inside of an envelope may be long; nothing else may, and no bound of the parser moves for it."""

from __future__ import annotations

import pytest

from bridge.formats.xml import safe, wild
from bridge.formats.xml.long_texts import LONG_BYTES, MARK, TooLong, bounded, cut, put_back
from tests.cpu import costs_at_most

LONG = b"QUJD" * 3_000_000


def test_what_is_short_is_not_looked_at() -> None:
    assert cut(b"<a>QUJD</a>") == (b"<a>QUJD</a>", [])


@pytest.mark.parametrize("size", [LONG_BYTES - 1, LONG_BYTES, 10_000_000, 12_000_000])
def test_every_length_is_read(size: int) -> None:
    text = b"A" * size
    root = safe.parse(b"<r><a>%b</a><b>%b</b><c>short</c></r>" % (text, text))
    assert [element.text == text.decode() for element in root] == [True, True, False]
    assert root[2].text == "short"


def test_each_comes_back_to_its_place() -> None:
    others = [bytes([letter]) * LONG_BYTES for letter in b"ABC"]
    text = b"<r>%b<long-text>long-text.0</long-text></r>" % b"".join(b"<a>%b</a>" % one for one in others)
    root = safe.parse(text)
    assert [(element.text or "")[:1] for element in root] == ["A", "B", "C", "l"]
    assert root[3].text == "long-text.0"


def test_ends_of_lines_are_those_of_xml() -> None:
    root = safe.parse(b"<r>%bA\r\nB\rC\n</r>" % LONG)
    assert (root.text or "")[len(LONG) :] == "A\nB\nC\n"


@pytest.mark.parametrize(
    "data",
    [
        b"<r a='%b'/>" % LONG,
        b"<r><![CDATA[%b]]></r>" % LONG,
        b"<r><![CDATA[<x>%b</x>]]></r>" % LONG,
        b"<r><!-- <x>%b</x> --></r>" % LONG,
        b"<r><b/>%b</r>" % LONG,
        b"<r>%b<b/></r>" % LONG,
        b"<r>%b<b/></r>" % (LONG + b"!"),
        b"<r>%b</r>" % ("ä" * 6_000_000).encode(),
        b"<r>&#65;%b</r>" % LONG,
    ],
    ids=[
        "attribute",
        "cdata",
        "in cdata",
        "comment",
        "behind an element",
        "before an element",
        "no base64",
        "letters",
        "reference",
    ],
)
def test_nothing_else_may_be_long(data: bytes) -> None:
    with pytest.raises(safe.UnsafeXml, match=r"text of more than 10 MB.*MTOM"):
        safe.parse(data)


def test_the_other_bounds_stay() -> None:
    with pytest.raises(safe.UnsafeXml, match="bytes"):
        safe.parse(b"<r>%b</r>" % LONG, bytes_max=10_000_000)
    with pytest.raises(safe.UnsafeXml, match="elements"):
        safe.parse(b"<r>%b<a/><a/></r>" % (b"<a>%b</a>" % LONG), nodes_max=3)
    with pytest.raises(safe.UnsafeXml, match=r"(?i)depth"):
        safe.parse(b"<a>" * 300 + LONG + b"</a>" * 300)


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b"<r><a>&#%d;%b</a><b>%b</b></r>" % (MARK[0], MARK[1:], LONG), [MARK.decode(), LONG.decode()]),
        (b"<r><a>%b<![CDATA[%b]]></a><b>%b</b></r>" % (MARK[:1], MARK[1:], LONG), [MARK.decode(), LONG.decode()]),
        (b"<r><!-- c -->%b</r>" % LONG, [LONG.decode()]),
        (b"<r xmlns='urn:x'>%b</r>" % LONG, [LONG.decode()]),
    ],
    ids=["reference", "cdata", "behind a comment", "namespace"],
)
def test_a_text_comes_back_to_its_own_place_only(data: bytes, texts: list[str]) -> None:
    root = safe.parse(data)
    assert [element.text for element in root.iter() if not len(element)] == texts


@pytest.mark.parametrize(
    "data",
    [
        b"<r><!-- <x>%b</x> --><a>&#%d;%b</a></r>" % (LONG, MARK[0], MARK[1:]),
        b"<r><!-- <x>%b</x> --><%b/></r>" % (LONG, MARK),
        b"<r><a><%b/></a><b>%b</b></r>" % (MARK, LONG),
        b"<r><?x <x>%b</x>?><a/></r>" % LONG,
        b"<r>x>%b</r>" % LONG,
        b"<r>%b<![CDATA[x]]></r>" % LONG,
    ],
    ids=["comment", "comment and mark", "mark", "instruction", "behind a text", "before a text"],
)
def test_no_text_gets_to_another_place(data: bytes) -> None:
    with pytest.raises(safe.UnsafeXml, match=r"text of more than 10 MB|Comment too big"):
        safe.parse(data)


@pytest.mark.parametrize("near", [b"long-text" + b"-" * 500_000, MARK[:-1] * 50_000, b">A" * 1_000_000])
def test_what_looks_like_marks_takes_no_time(near: bytes) -> None:
    with costs_at_most(2):
        cut(b"<r><a>%b</a><b>%b</b></r>" % (near, LONG))


def test_marks_that_are_not_there_are_told() -> None:
    assert not put_back(safe.parse(b"<r>A</r>"), [b"A"])


def test_where_no_base64_is_declared_it_is_refused_as_ever() -> None:
    assert bounded("x" * 10_000_000)
    with pytest.raises(TooLong):
        bounded("x" * 10_000_001)
    with pytest.raises(TooLong):
        wild.to_json(safe.parse(b"<r><a>%b</a></r>" % (b"A" * 10_000_001)))
