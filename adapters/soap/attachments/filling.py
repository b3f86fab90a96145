"""Puts binary values back where a message only refers to them: xop:Include, href, swaRef (XOP 1.0 §3.2). Pure.

What is refused: a reference to nothing, to another place than this package, and values that grow over a limit by
being referred to often.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from lxml.etree import _Element as XmlElement

from adapters.soap.attachments.mime import content_id
from bridge.errors import UpstreamInvalid
from bridge.formats.xml.attached import MEDIA_ATTRIBUTE, REFERENCE
from bridge.shapes.json import loads

XOP = "http://www.w3.org/2004/08/xop/include"
INCLUDE = f"{{{XOP}}}Include"
_REFERENCE = re.compile(f'"{re.escape(REFERENCE)}((?:[^"\\\\]|\\\\.)*)"')


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which binary value a message refers to: by its Content-ID, or as a part of the message, by its name or else its
    place. `media`: what the envelope says of its type."""

    content: str | None = None
    part: str = ""
    index: int = 0
    media: str = ""


class Values(Protocol):
    """The binary values of one package, in base64 or as marks that stand for them."""

    def find(self, wanted: Wanted, /) -> str | None:
        """None when there is none. Raises UpstreamInvalid for one that may not be read."""
        ...


class NoValues:
    """Of an answer that is no package."""

    def find(self, _: Wanted, /) -> str | None:
        return None


NO_VALUES = NoValues()


def fill(root: XmlElement, values: Values) -> None:
    """Every element that includes a part gets its text. A message that refers to nothing is left as it is."""
    for include in list(root.iter(INCLUDE)):
        owner = include.getparent()
        href = include.get("href", "")
        stray = owner is None or len(owner) != 1 or (owner.text or "").strip() or (include.tail or "").strip()
        if owner is None or stray or href[:4].lower() != "cid:":
            raise UpstreamInvalid(cause="xop_include")
        text = _there(values, Wanted(content_id(href), media=owner.get(MEDIA_ATTRIBUTE, "")))
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
        text = values.find(Wanted(content_id(href), media=element.get(MEDIA_ATTRIBUTE, "")))
        if text is not None:
            element.text = text
            del element.attrib["href"]


def _there(values: Values, wanted: Wanted) -> str:
    text = values.find(wanted)
    if text is None:
        raise UpstreamInvalid(cause="missing_part")
    return text


def filled(json: str, values: Values) -> str:
    """The JSON text of an answer with what its swaRefs name."""
    if REFERENCE not in json:
        return json

    def text(match: re.Match[str]) -> str:
        address = str(loads(f'"{match[1]}"'.encode()))
        return f'"{_there(values, Wanted(content_id(address)))}"'

    return _REFERENCE.sub(text, json)
