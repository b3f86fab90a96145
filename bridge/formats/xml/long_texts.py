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
MARK = b"cut-out-7d1f0a52c9e84b36"
"""The name of the element that stands for one. A reference or a CDATA section can spell a text, but never a name."""
_LONG = re.compile(rb">([A-Za-z0-9+/= \t\r\n]{%d,}+)<" % LONG_BYTES)


class TooLong(BridgeError):
    """A text that nobody expects a file in."""


def bounded(text: str) -> str:
    """The same text. Raises TooLong."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise TooLong("the XML has a text of more than 10 MB where no base64 is declared")
    return text


def cut(text: bytes) -> tuple[bytes, list[bytes]]:
    """The document with an empty element in the place of each such text, and the texts, in their order."""
    if len(text) <= LONG_BYTES or MARK in text:
        return text, []  # where somebody else wrote the mark, the parser takes no more than it always does
    texts: list[bytes] = []

    def marked(found: re.Match[bytes]) -> bytes:
        # What the parser would make of the ends of its lines (XML 1.0 §2.11).
        texts.append(found[1].replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        return b"><%b/><" % MARK

    return _LONG.sub(marked, text), texts


def put_back(root: etree._Element, texts: list[bytes]) -> bool:
    """Whether each was all that an element holds, and not part of that, or of a comment. Takes them from the list."""
    marks = list(root.iter(f"{{*}}{MARK.decode()}")) if texts else []
    if len(marks) != len(texts):
        return False
    for mark in reversed(marks):
        element = mark.getparent()
        if element is None or element.text or mark.tail or len(element) != 1:
            return False
        element.remove(mark)
        element.text = texts.pop()  # type: ignore[assignment]  # lxml takes ASCII as bytes: one copy of a file less
    return True
