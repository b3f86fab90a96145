"""One ds:Signature of an answer: what it proves, as the very elements it covers. Pure.

Only one shape is read, that of WS-Security: references to elements of the message by identifier, one canonical form
each. No XPath, no XSLT, no enveloped data, nothing from elsewhere, no key that the message brings along.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml.etree import _Element as XmlElement

from adapters.soap.config_security import DigestName, SignatureName, VerifySettings
from adapters.soap.security import algorithms
from adapters.soap.security.algorithms import PublicKey
from adapters.soap.security.anchors import Anchors
from adapters.soap.security.canonical import PREFIXES_MAX, canonical
from adapters.soap.security.failing import refused
from adapters.soap.security.names import (
    BINARY_TOKEN,
    C14N_EXCLUSIVE,
    C14N_INCLUSIVE,
    DIGESTS,
    ENVELOPED,
    EXC,
    SIGNATURES,
    STR_TRANSFORM,
    TOKEN_REFERENCE,
    ds,
    wsse,
)
from adapters.soap.security.tokens import octets
from adapters.soap.security.trust import Trust

REFERENCES_MAX = 50
_PREFIX_LIST = f"{{{EXC}}}InclusiveNamespaces"


@dataclass(frozen=True, slots=True)
class _Signature:
    """The parts of a ds:Signature, and nothing else in it."""

    info: XmlElement
    value: XmlElement
    key_info: XmlElement | None
    form: XmlElement
    method: XmlElement
    references: list[XmlElement]


def covered(
    signature: XmlElement, trust: Trust, settings: VerifySettings, anchors: Anchors, now_s: float
) -> list[XmlElement]:
    """The elements that a signature covers, by identity. Raises InsecureAnswer when it is not good."""
    read = _read(signature)
    algorithm = _allowed_signature(read.method, settings)
    keys = trust.keys_for(read.key_info, anchors, now_s)
    signed = _canonical(read.info, read.form)
    if not _made_by(keys, algorithm, signed, read.value):
        raise refused("the signature is not one of the configured certificate")
    return [_referenced(one, signature, settings, anchors) for one in read.references]


def _made_by(keys: list[PublicKey], algorithm: SignatureName, signed: bytes, value: XmlElement) -> bool:
    try:
        signature = octets(value)
    except ValueError:
        return False
    return any(algorithms.verified(algorithm, key, signed, signature) for key in keys)


def _read(signature: XmlElement) -> _Signature:
    children = _only(signature, ("SignedInfo", "SignatureValue", "KeyInfo"), "the signature")
    info, value, key_info = _one(children, "SignedInfo"), _one(children, "SignatureValue"), children["KeyInfo"]
    if len(key_info) > 1:
        raise refused("the signature names several keys")
    inside = _only(info, ("CanonicalizationMethod", "SignatureMethod", "Reference"), "the signature")
    references = inside["Reference"]
    if not 0 < len(references) <= REFERENCES_MAX:
        raise refused("the signature has no reference, or too many")
    method = _one(inside, "SignatureMethod")
    if len(method):
        raise refused("the signature has parameters, such as a shortened length")
    form = _one(inside, "CanonicalizationMethod")
    return _Signature(info, value, key_info[0] if key_info else None, form, method, references)


def _only(parent: XmlElement, names: tuple[str, ...], what: str) -> dict[str, list[XmlElement]]:
    found: dict[str, list[XmlElement]] = {name: [] for name in names}
    tags = {ds(name): name for name in names}
    for child in parent:
        name = tags.get(str(child.tag))
        if name is None:
            raise refused(f"{what} holds something that does not belong there")
        found[name].append(child)
    return found


def _one(found: dict[str, list[XmlElement]], name: str) -> XmlElement:
    if len(found[name]) != 1:
        raise refused(f"the signature needs exactly one {name}")
    return found[name][0]


def _allowed_signature(method: XmlElement, settings: VerifySettings) -> SignatureName:
    given = method.get("Algorithm", "")
    found = next((name for name in settings.algorithms if SIGNATURES[name] == given), None)
    if found is None:
        raise refused(f"the signature algorithm {given[-40:]!r} is not allowed")
    return found


def _allowed_digest(method: XmlElement, settings: VerifySettings) -> DigestName:
    given = method.get("Algorithm", "")
    found = next((name for name in settings.digests if DIGESTS[name] == given), None)
    if found is None or len(method):
        raise refused(f"the digest algorithm {given[-40:]!r} is not allowed")
    return found


def _referenced(reference: XmlElement, signature: XmlElement, settings: VerifySettings, anchors: Anchors) -> XmlElement:
    children = _only(reference, ("Transforms", "DigestMethod", "DigestValue"), "a reference")
    target = anchors.meant(reference.get("URI"))
    if len(children["Transforms"]) > 1:
        raise refused("a reference with several chains of transforms")
    transforms = _telling(list(children["Transforms"][0]) if children["Transforms"] else [], signature, target)
    data, target = _transformed(target, transforms, anchors)
    digest = algorithms.digest(_allowed_digest(_one(children, "DigestMethod"), settings), data)
    try:
        same = algorithms.same(digest, octets(_one(children, "DigestValue")))
    except ValueError:
        same = False
    if not same:
        raise refused("a signed part was changed")
    return target


def _telling(transforms: list[XmlElement], signature: XmlElement, target: XmlElement) -> list[XmlElement]:
    """Without an enveloped-signature where the signature is not in the element: there it takes nothing out, and some
    write it down even so."""
    first = transforms[0].get("Algorithm") if transforms else None
    inside = any(above is target for above in signature.iterancestors())
    return transforms[1:] if first == ENVELOPED and not inside and not len(transforms[0]) else transforms


def _transformed(target: XmlElement, transforms: list[XmlElement], anchors: Anchors) -> tuple[bytes, XmlElement]:
    if not transforms:
        return canonical(target, C14N_INCLUSIVE[0]), target
    if len(transforms) > 1 or transforms[0].tag != ds("Transform"):
        raise refused("a reference with more than one transform")
    if transforms[0].get("Algorithm") == STR_TRANSFORM:
        return _token(target, transforms[0], anchors)
    return _canonical(target, transforms[0]), target


def _canonical(element: XmlElement, method: XmlElement) -> bytes:
    """By a CanonicalizationMethod or a Transform, of which only the canonical forms are allowed."""
    algorithm = method.get("Algorithm", "")
    inside = list(method)
    if algorithm not in (*C14N_EXCLUSIVE, *C14N_INCLUSIVE):
        raise refused(f"the transform {algorithm[-40:]!r} is not allowed")
    if len(inside) > 1 or any(one.tag != _PREFIX_LIST for one in inside):
        raise refused("a canonical form with unknown parameters")
    prefixes = tuple(inside[0].get("PrefixList", "").split()) if inside else ()
    if len(prefixes) > PREFIXES_MAX:
        raise refused("a canonical form with too many prefixes")
    return canonical(element, algorithm, prefixes)


def _token(target: XmlElement, transform: XmlElement, anchors: Anchors) -> tuple[bytes, XmlElement]:
    """The token that a wsse:SecurityTokenReference refers to (WSS 1.1.1 §8.3), in place of the reference."""
    form = transform.find(f"{wsse('TransformationParameters')}/{ds('CanonicalizationMethod')}")
    reference = target.find(wsse("Reference")) if target.tag == TOKEN_REFERENCE else None
    if form is None or reference is None:
        raise refused("a transform of a token that is not in the message")
    token = anchors.meant(reference.get("URI"))
    if token.tag != BINARY_TOKEN:
        raise refused("a transform of a token of an unknown kind")
    return _with_default(_canonical(token, form)), token


def _with_default(data: bytes) -> bytes:
    """The rule of that transform: its output says which default namespace it has, even when there is none."""
    start, rest = data.split(b">", 1)
    if b" xmlns=" in start:
        return data
    name, _, attributes = start.partition(b" ")
    return name + b' xmlns=""' + (b" " + attributes if attributes else b"") + b">" + rest
