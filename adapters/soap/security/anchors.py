"""Which element a reference means. Pure.

An identifier that two elements have is refused, whatever attribute it stands in: signature wrapping lives from one
tool finding the one and another tool the other.
"""

from __future__ import annotations

import secrets
from typing import Any

from lxml import etree
from lxml.etree import _Element as XmlElement

from adapters.soap.security.failing import refused
from adapters.soap.security.names import DS, SAML1, SAML2, WSU_ID, XENC, XML

_OWN_IDS = {DS: "Id", XENC: "Id", SAML2: "ID", SAML1: "AssertionID"}
_XML_ID = f"{{{XML}}}id"
_IDENTIFIERS = etree.XPath(
    "//@*[local-name()='Id' or local-name()='ID' or local-name()='id' or local-name()='AssertionID']"
)


class Anchors:
    """The elements of one message by their identifiers, as they are now: made anew after anything was decrypted."""

    def __init__(self, root: XmlElement) -> None:
        found: dict[str, list[XmlElement]] = {}
        found_here: Any = _IDENTIFIERS(root)  # of attributes, which know their elements
        for value in found_here:
            bearers = found.setdefault(str(value), [])
            element = value.getparent()
            if not any(element is one for one in bearers[:2]):
                bearers.append(element)
        self._bearers = found
        for name, bearers in found.items():
            if len(bearers) > 1 and sum(one.get(WSU_ID) == name for one in bearers) > 1:
                raise refused("two elements have the same wsu:Id")

    def meant(self, uri: str | None) -> XmlElement:
        """The element that a same-document reference names. Raises InsecureAnswer for anything else."""
        if not uri or not uri.startswith("#") or len(uri) < 2 or "(" in uri:
            raise refused("a reference that is not to an element of the message by its identifier")
        found = self._bearers.get(uri[1:], [])
        if len(found) > 1:
            raise refused("a reference to an identifier that stands in several places")
        if not found or _own_id(found[0]) != uri[1:]:
            raise refused("a reference to an element that is not there")
        return found[0]


def _own_id(element: XmlElement) -> str | None:
    """What WS-Security lets a reference name: wsu:Id, or the identifier that the element's own schema has."""
    found = element.get(WSU_ID)
    if found is not None:
        return found
    own = _OWN_IDS.get(str(element.tag)[1:].partition("}")[0], "Id")
    found = element.get(own)  # some write a bare Id on their body: no schema has it, and it is meant all the same
    return found if found is not None else element.get(_XML_ID)


def new_id(kind: str) -> str:
    """An identifier that nobody else has: an NCName."""
    return f"{kind}-{secrets.token_hex(12)}"


def id_of(element: XmlElement, kind: str) -> str:
    """Its identifier; a new one where it has none."""
    found = _own_id(element)
    if found is None:
        found = new_id(kind)
        own = _OWN_IDS.get(str(element.tag)[1:].partition("}")[0])
        element.set(own if own is not None and own == "Id" else WSU_ID, found)
    return found
