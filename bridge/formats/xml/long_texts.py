"""Texts of base64 that are longer than the parser takes: cut out before it and put back behind it. Pure.

So none of the parser's bounds is lifted. A text that long is a file, and whoever bounds the message bounds it as well.
"""

from __future__ import annotations

import re

from lxml import etree

from bridge.errors import BridgeError

LONG_BYTES = 8_000_000
"""libxml2 takes texts of 10,000,000 bytes."""
TEXT_CHARACTERS_MAX = 10_000_000
"""What is not read as base64 stays as short as the parser would have it."""
_LONG = re.compile(rb">([A-Za-z0-9+/= \t\r\n]{%d,}+)<" % LONG_BYTES)


class TooLong(BridgeError):
    """A text that nobody expects a file in."""


def bounded(text: str) -> str:
    """The same text. Raises TooLong."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise TooLong("the XML has a text of more than 10 MB where no base64 is declared")
    return text


def cut(text: bytes) -> tuple[bytes, dict[str, str]]:
    """The document with a mark in the place of each such text, and what the marks stand for."""
    if len(text) <= LONG_BYTES:
        return text, {}
    mark = b"long-text"
    while mark in text:
        mark += b"-"
    texts: dict[str, str] = {}

    def marked(found: re.Match[bytes]) -> bytes:
        name = b"%b.%d" % (mark, len(texts))
        # What the parser would make of the ends of its lines (XML 1.0 §2.11).
        texts[name.decode()] = found[1].replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("ascii")
        return b">%b<" % name

    return _LONG.sub(marked, text), texts


def put_back(root: etree._Element, texts: dict[str, str]) -> bool:
    """Whether each was the text of an element, and not part of one, or a comment."""
    left = dict(texts)
    for element in root.iter("*") if left else ():
        if element.text in left and not len(element):
            element.text = left.pop(element.text)
    return not left
