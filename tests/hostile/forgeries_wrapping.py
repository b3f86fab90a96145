"""T8, signature wrapping: the signed part moves away, and an evil one takes its place.

McIntosh and Austel 2005; the eight forms of Somorovsky et al. (USENIX 2012), told for a Body, are among these.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from lxml import etree

from tests.adapters.soap.security.other_side import NS, WSU_ID, security_of
from tests.hostile.forger import EVIL, Forger, Forgery, Xml, parts, wrapper


def _evil(identifier: str | None = None, name: str = WSU_ID) -> Xml:
    body = etree.fromstring(f"<s:Body xmlns:s='{NS['s']}'>{EVIL}</s:Body>")
    if identifier is not None:
        body.set(name, identifier)
    return body


def _wrapped(where: str, identifier: str | None, name: str = WSU_ID) -> Callable[[Forger], Xml]:
    """The signed body moves away, and an evil one takes its place."""

    def make(forger: Forger) -> Xml:
        root = forger.signed()
        header, body = parts(root)
        root.replace(body, _evil(identifier, name))
        security = security_of(root)
        match where:
            case "header":
                wrapper(header).append(body)
            case "header first":
                header.insert(0, _detached(body))
            case "security":
                wrapper(security).append(body)
            case "security bare":
                security.append(body)
            case "before":
                root.insert(1, body)
            case "after":
                root.append(body)
            case "after wrapped":
                wrapper(root).append(body)
            case "object":
                signature = security.find("ds:Signature", NS)
                assert signature is not None
                etree.SubElement(signature, f"{{{NS['ds']}}}Object").append(body)
            case "key info":
                info = security.find("ds:Signature/ds:KeyInfo", NS)
                assert info is not None
                info.append(body)
            case "inside":
                wrapper(parts(root)[1]).append(body)
            case "inside bare":
                parts(root)[1].append(body)
            case "timestamp":
                stamp = security.find("u:Timestamp", NS)
                assert stamp is not None
                stamp.append(body)
            case "token":
                token = security.find("e:BinarySecurityToken", NS)
                assert token is not None
                token.append(body)
        return root

    return make


def _detached(body: Xml) -> Xml:
    made = etree.Element("{urn:evil}Wrapper")
    made.append(body)
    return made


def _whole(inner: str) -> Callable[[Forger], Xml]:
    """The whole good message becomes a part of an evil one, and its security header the header of that."""

    def make(forger: Forger) -> Xml:
        good = forger.signed()
        evil = etree.fromstring(f"<s:Envelope xmlns:s='{NS['s']}'><s:Header/></s:Envelope>")
        evil.append(_evil())
        security = security_of(good)
        evil[0].append(deepcopy(security) if inner == "copied" else security)
        (evil[1] if inner == "body" else wrapper(evil[0])).append(good)
        return evil

    return make


def _stamped(forger: Forger) -> Xml:
    """An old message with a new timestamp, the signed one moved away."""
    root = forger.signed(minutes=-600)
    security = security_of(root)
    stamp = security.find("u:Timestamp", NS)
    assert stamp is not None
    security.replace(stamp, etree.fromstring(etree.tostring(security_of(forger.signed()).find("u:Timestamp", NS))))
    wrapper(security).append(stamp)
    return root


PLACES = ("header", "header first", "security", "security bare", "before", "after", "after wrapped", "object",
          "key info", "inside", "inside bare", "timestamp", "token")  # fmt: skip
NAMES = {"none": (None, WSU_ID), "other": ("EVIL", WSU_ID), "same": ("BODY", WSU_ID), "id": ("BODY", "Id"),
         "ID": ("BODY", "ID"), "xml:id": ("BODY", "{http://www.w3.org/XML/1998/namespace}id")}  # fmt: skip

WRAPPING = [
    *(
        Forgery(f"T8/wrapping {place}, new id {name}", _wrapped(place, *NAMES[name]))
        for place in PLACES
        for name in NAMES
    ),
    *(Forgery(f"T8/wrapping whole message, {inner}", _whole(inner)) for inner in ("header", "body", "copied")),
    Forgery("T8/wrapping timestamp", _stamped),
]
