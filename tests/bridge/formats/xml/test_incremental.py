"""XML in pieces is read as safely as a whole one, wherever it is cut."""

from __future__ import annotations

import random
from collections import deque
from itertools import repeat

import pytest

from bridge.formats.xml.incremental import Incremental
from bridge.formats.xml.safe import ATTRIBUTES_MAX, NAMESPACES_MAX, UnsafeXml, parse

DOCUMENT = (
    '<?xml version="1.0"?><!-- <row/> --><?pi <row/> ?>\n<top xmlns:a="urn:a"><row n="1&gt;">t\u00e9<!-- c -->xt</row>'
    "<a:row><![CDATA[<row>]]></a:row><other/> <row><row>inner</row></row></top>"
)
TEXTS = ["1: t\u00e9xt", ": <row>", ": inner", ": "]


def read(data: bytes, step: int = 1 << 20, **limits: int | str) -> list[str]:
    document = Incremental(["row"], "top", **limits)  # type: ignore[arg-type]  # what a test gives
    found = []
    for at in range(0, len(data), step):
        found += document.feed(data[at : at + step])
        document.check_held()
    found += document.finish()
    return [f"{(one.get('n') or '').rstrip('>')}: {one.text or ''}" for one in found]


@pytest.mark.parametrize("step", [1, 2, 3, 5, 17, 100, 10_000])
def test_elements_are_given_when_they_end(step: int):
    assert read(DOCUMENT.encode(), step) == TEXTS


def test_each_as_soon_as_it_ended():
    document = Incremental(["row"], "top")
    assert document.feed(b"<top><row>1</row") == []
    assert [one.text for one in document.feed(b"><row>")] == ["1"]
    assert document.root is not None
    assert document.root.tag == "top"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "cp1252"])
def test_encodings(encoding: str):
    data = DOCUMENT.replace("?>", f' encoding="{encoding.removesuffix("-sig")}"?>', 1).encode(encoding)
    if encoding == "utf-8-sig":
        data = data.replace(b"utf-8-sig", b"utf-8")
    for step in (1, 3, len(data)):
        assert read(data, step) == TEXTS


def test_the_charset_of_the_head_is_stronger():
    data = DOCUMENT.encode("iso-8859-1")
    assert read(data, 4, charset="iso-8859-1") == TEXTS
    with pytest.raises(UnsafeXml):
        read(data, 4)


HOSTILE = [
    b'<!DOCTYPE top [<!ENTITY e "x">]><top><row>&e;</row></top>',
    b'<?xml version="1.0"?>\n<!-- - -->\n <!DOCTYPE top SYSTEM "http://127.0.0.1:9/x.dtd"><top/>',
    b"<!doctype top><top/>",
    b"<top>&undefined;</top>",
    b"<top><row></top>",
    b"<top/><top/>",
    b"<top",
    b"<top><row>",
    b"",
    b"   \n",
    b"<!-- only a comment -->",
    b"<!-- no end",
    b"\xff\xfe\x00\x00<\x00\x00\x00",
    b'<?xml version="1.0" encoding="utf-7"?><top/>',
    b"<top><row>\xff\xfe</row></top>",
    b"<top><row>\x00</row></top>",
    b"<top>" + b"<row>" * 300 + b"</row>" * 300 + b"</top>",
    b"<top " + b" ".join(b'a%d="1"' % n for n in range(ATTRIBUTES_MAX + 1)) + b"/>",
    b"<top " + b" ".join(b'xmlns:p%d="urn:%d"' % (n, n) for n in range(NAMESPACES_MAX + 1)) + b"/>",
    b"<top><row>" + b"." * 10_500_000 + b"</row></top>",
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_refused_as_a_whole_is_refused_in_pieces(data: bytes):
    with pytest.raises(UnsafeXml):
        parse(data)
    for step in (1, 7, 4_000) if len(data) < 100_000 else (100_000,):
        with pytest.raises(UnsafeXml):
            read(data, step)


def test_a_prolog_without_end_is_refused_in_time():
    document = Incremental(["row"], "top")
    comments = repeat(b"<!-- " + b"x" * 1_000, 1_000)
    with pytest.raises(UnsafeXml, match="before its root"):
        deque(map(document.feed, comments), maxlen=0)


def test_crowded_tags_are_found_across_pieces():
    data = b"<top><row " + b" ".join(b'a%d="%d"' % (n, n) for n in range(2 * ATTRIBUTES_MAX))
    document = Incremental(["row"], "top")
    with pytest.raises(UnsafeXml, match="attributes"):
        deque((document.feed(data[at : at + 5_000]) for at in range(0, len(data), 5_000)), maxlen=0)


@pytest.mark.parametrize(
    "content", [b"<x/>", b"<x a='1' b='2'/>", b"<x>" + b"t" * 500 + b"</x>", b"<x a='" + b"t" * 500 + b"'/>"]
)
def test_what_is_held_is_bounded(content: bytes):
    document = Incremental(["row"], "top", bytes_max=10_000, nodes_max=100)
    document.feed(b"<top>")

    def more(data: bytes) -> None:
        document.feed(data)
        document.check_held()

    with pytest.raises(UnsafeXml, match="more than"):
        deque(map(more, repeat(content, 1_000)), maxlen=0)


def test_what_was_taken_out_does_not_count():
    document = Incremental(["row"], "top", bytes_max=10_000, nodes_max=100)
    document.feed(b"<top><row/>")
    for _ in range(1_000):
        for row in document.feed(b"<row a='=='>" + b"t" * 100 + b"</row>"):
            parent = row.getparent()
            assert parent is not None
            for before in list(row.itersiblings(preceding=True)):
                parent.remove(before)
        document.check_held()
    assert document.feed(b"</top>") == document.finish() == []


def test_damaged_documents_never_pass_for_good_ones():
    rng = random.Random(7)
    refused = 0
    for _ in range(300):
        data = bytearray(DOCUMENT.encode())
        for _ in range(rng.choice((1, 2))):
            data[rng.randrange(len(data))] = rng.choice(b"<>&\"'/= x\x00\xff!-")
        try:
            whole: list[str] | None = [
                f"{(one.get('n') or '').rstrip('>')}: {one.text or ''}" for one in parse(bytes(data)).iter("{*}row")
            ]
        except UnsafeXml:
            whole, refused = None, refused + 1
        try:
            found: list[str] | None = read(bytes(data), rng.choice((1, 10, 1000)))
        except UnsafeXml:
            found = None
        assert (found is None) == (whole is None), bytes(data)
        assert found is None or sorted(found) == sorted(whole or []), bytes(data)
    assert 50 < refused < 290
