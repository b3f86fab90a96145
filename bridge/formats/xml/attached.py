"""Binary values that do not stand in the text of a message: files given beside the JSON, and what is written instead.

The encoder asks an `Attach` for every binary element; where there is none everything stands in the text. Knows no
MIME and no transport.
"""

from __future__ import annotations

from typing import Protocol, Self

from bridge.shapes.model import Kind

MEDIA_ATTRIBUTE = "{http://www.w3.org/2005/05/xmlmime}contentType"
"""Describing Media Content of Binary Data in XML (W3C Note, 4 May 2005) §2."""
SWA_REF = "{http://ws-i.org/profiles/basic/1.1/xsd}swaRef"
"""A text that names an attachment (WS-I Attachments Profile 1.0 §4.4): to clients a binary value like any other."""
REFERENCE = "\\u0000"
"""Begins, in the JSON text of an answer, the value of a swaRef that is still to be fetched: XML cannot carry it."""


class Attached(str):
    """A file in the place of a value. The text is a name that nobody can guess; `length` that of the file in bytes;
    `media` its media type, "" for unknown."""

    __slots__ = ("length", "media")
    length: int
    media: str

    @classmethod
    def of(cls, name: str, length: int, media: str = "") -> Self:
        made = cls(name)
        made.length, made.media = length, media
        return made

    def hole(self, kind: Kind) -> str:
        """What stands in the text where the bytes are to be put in base64 or hexadecimal."""
        return f"{'hex' if kind is Kind.HEX else 'base64'}:{self}"


class Attach(Protocol):
    """Takes binary values out of a text under way. `text` is base64 or hexadecimal, or the hole of a file."""

    def element(self, kind: Kind, text: str, value: object, *, reference: bool) -> tuple[str, str]:
        """The attributes and the content of an element without others; `reference`: a swaRef."""
        ...

    def content(self, kind: Kind, text: str, value: object, media: str) -> str:
        """The content of an element whose attributes are written; `media` is what they say of its type."""
        ...

    def part_of_message(self, name: str, text: str, value: object, media: str) -> None:
        """A value in base64 that no element stands for: it is found by the name of its part."""
        ...

    def expect(self, media: str) -> None:
        """The media types that the next element should have, by its schema."""
        ...
