"""Puts binary values back where a message only refers to them: xop:Include, href, swaRef (XOP 1.0 §3.2). Pure.

What is refused: a reference to nothing, to another place than this package, and values that grow over a limit by
being referred to often.
"""

from __future__ import annotations

import re
from typing import Protocol

from lxml.etree import _Element as XmlElement

from adapters.soap.attachments.mime import content_id
from bridge.errors import UpstreamInvalid
from bridge.formats.xml.attached import MEDIA_ATTRIBUTE, REFERENCE
from bridge.shapes.json import loads

XOP = "http://www.w3.org/2004/08/xop/include"
INCLUDE = f"{{{XOP}}}Include"
_REFERENCE = re.compile(f'"{re.escape(REFERENCE)}((?:[^"\\\\]|\\\\.)*)"')


class Values(Protocol):
    """The binary values of one package, in base64 or as marks that stand for them."""

    def text(self, content: str, media: str) -> str:
        """By its Content-ID; `media` is what the envelope says of its type. Raises UpstreamInvalid when it lacks."""
        ...

    def has(self, content: str) -> bool: ...

    def named(self, part: str, index: int) -> str:
        """That of a part of the message, by its name; else the attachment at this place. "" when there is none."""
        ...


class NoValues:
    """Of an answer that is no package."""

    def text(self, content: str, media: str) -> str:  # noqa: ARG002  other Values look at it
        raise UpstreamInvalid(cause="missing_part")

    def has(self, content: str) -> bool:  # noqa: ARG002  other Values look at it
        return False

    def named(self, part: str, index: int) -> str:  # noqa: ARG002  other Values look at it
        return ""


NO_VALUES = NoValues()


def fill(root: XmlElement, values: Values) -> None:
    """Every element that includes a part gets its text. A message that refers to nothing is left as it is."""
    for include in list(root.iter(INCLUDE)):
        owner = include.getparent()
        href = include.get("href", "")
        stray = owner is None or len(owner) != 1 or (owner.text or "").strip() or (include.tail or "").strip()
        if owner is None or stray or href[:4].lower() != "cid:":
            raise UpstreamInvalid(cause="xop_include")
        text = values.text(content_id(href), owner.get(MEDIA_ATTRIBUTE, ""))
        owner.remove(include)
        owner.text = text
    if values is not NO_VALUES:
        _fill_references(root, values)


def _fill_references(root: XmlElement, values: Values) -> None:
    """`<photo href="cid:…"/>` as SOAP-encoded messages with attachments have it (SOAP with Attachments §3)."""
    for element in root.iter():
        href = element.get("href") if isinstance(element.tag, str) else None
        if href is None or href[:4].lower() != "cid:" or len(element) or (element.text or "").strip():
            continue
        content = content_id(href)
        if values.has(content):
            element.text = values.text(content, element.get(MEDIA_ATTRIBUTE, ""))
            del element.attrib["href"]


def filled(json: str, values: Values) -> str:
    """The JSON text of an answer with what its swaRefs name."""
    if REFERENCE not in json:
        return json

    def text(match: re.Match[str]) -> str:
        address = str(loads(f'"{match[1]}"'.encode()))
        return f'"{values.text(content_id(address), "")}"'

    return _REFERENCE.sub(text, json)
