"""Messages and headers as they may be shown to a person: credentials masked, sizes bounded. Pure.

What is a credential is known by where it stands (WS-Security, HTTP authorization) and by what was handed in as secret;
everything else is shown as it was on the wire.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree
from lxml.etree import _Element as XmlElement

from bridge.errors import BridgeError
from bridge.formats.xml import safe
from bridge.transport.masked import MASK, without

SHOWN_BYTES_MAX = 1_000_000
_WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
_WSU = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
# What may be read of a security header: who, when, and by which means; all other texts in it are masked.
WHO_AND_WHEN = {f"{_WSSE}Username", f"{_WSU}Created", f"{_WSU}Expires"}


def shown(message: bytes, secrets: Iterable[str] = ()) -> bytes:
    """A message as it may be shown; one that is no XML as text."""
    cut = message[:SHOWN_BYTES_MAX]
    try:
        root = safe.parse(message, bytes_max=SHOWN_BYTES_MAX)
    except BridgeError:
        return without(_bare(cut.decode("utf-8", "replace")), secrets).encode()
    for header in root.iter(f"{_WSSE}Security"):
        _mask(header)
    return without(etree.tostring(root, encoding="unicode"), secrets).encode()


def _mask(security: XmlElement) -> None:
    for element in [one for one in security.iter() if isinstance(one.tag, str)]:
        if element.text and element.text.strip() and element.tag not in WHO_AND_WHEN:
            element.text = MASK
        if element is not security and element.tail and element.tail.strip():
            element.tail = MASK


def _bare(text: str) -> str:
    """Something that is no message may still hold one, cut or wrapped; its security header is not looked into."""
    return re.sub(r"<(\w+:)?Security\b[^>]*>.*?(</(\w+:)?Security\s*>|\Z)", MASK, text, flags=re.DOTALL)
