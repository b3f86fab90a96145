"""The ds:Signature of a request: over the chosen elements, with one reference each. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree
from lxml.etree import _Element as XmlElement

from adapters.soap.config_security import SignSettings
from adapters.soap.security import algorithms
from adapters.soap.security.anchors import id_of, new_id
from adapters.soap.security.canonical import canonical
from adapters.soap.security.keys import Identity
from adapters.soap.security.names import C14N, DIGESTS, DS, SIGNATURE, SIGNATURES, ds
from adapters.soap.security.tokens import key_info, text


def sign(
    settings: SignSettings, mine: Identity, parts: Sequence[XmlElement], into: XmlElement, token: XmlElement | None
) -> XmlElement:
    """Appends the signature to the security header. Whatever is signed is as it will be sent by now.

    `token`: our certificate in the message, where `key_info` refers to it.
    """
    form = C14N[settings.c14n]
    signature = etree.SubElement(into, SIGNATURE, {"Id": new_id("SIG")}, nsmap={"ds": DS})
    info = etree.SubElement(signature, ds("SignedInfo"))
    etree.SubElement(info, ds("CanonicalizationMethod"), Algorithm=form)
    etree.SubElement(info, ds("SignatureMethod"), Algorithm=SIGNATURES[settings.algorithm])
    for part in parts:
        _reference(info, part, form, settings.digest)
    value = etree.SubElement(signature, ds("SignatureValue"))
    named = key_info(settings.key_info, mine.cert, token)
    if named is not None:
        signature.append(named)
    value.text = text(algorithms.sign(settings.algorithm, mine.key, canonical(info, form)))
    return signature


def _reference(info: XmlElement, part: XmlElement, form: str, digest: str) -> None:
    uri = f"#{id_of(part, 'id')}"
    reference = etree.SubElement(info, ds("Reference"), URI=uri)
    transforms = etree.SubElement(reference, ds("Transforms"))
    etree.SubElement(transforms, ds("Transform"), Algorithm=form)
    etree.SubElement(reference, ds("DigestMethod"), Algorithm=DIGESTS[digest])
    value = algorithms.digest(digest, canonical(part, form))
    etree.SubElement(reference, ds("DigestValue")).text = text(value)
