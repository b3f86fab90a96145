"""How a message names a key: written for our own, read for that of the other side. Pure.

X.509 Token Profile 1.1.1 §3.2 and XML Signature §4.5. A key that a message brings along is only material to be judged
(see trust.py); here is no trust.
"""

from __future__ import annotations

import base64
import binascii

from cryptography import x509
from lxml import etree
from lxml.etree import _Element as XmlElement

from adapters.soap.config_security import KeyInfoName
from adapters.soap.security import keys
from adapters.soap.security.anchors import Anchors, new_id
from adapters.soap.security.names import (
    BASE64,
    BINARY_TOKEN,
    SAML_1_1,
    SAML_2_0,
    THUMBPRINT,
    TOKEN_REFERENCE,
    WSSE11,
    WSU_ID,
    X509_SKI,
    X509V3,
    ds,
    wsse,
)

_KEY_IDENTIFIER = wsse("KeyIdentifier")
CERTS_MAX = 10


def key_info(kind: KeyInfoName, cert: x509.Certificate, token: XmlElement | None) -> XmlElement | None:
    """The ds:KeyInfo that names a certificate. `token`: what it stands in, a wsse:BinarySecurityToken for binary_token
    or an assertion for saml; a dry run may have none."""
    if kind == "none" or (kind == "saml" and token is None):
        return None
    info = etree.Element(ds("KeyInfo"))
    if kind == "key_name":
        etree.SubElement(info, ds("KeyName")).text = keys.common_name(cert.subject)
        return info
    if kind == "x509_data":
        data = etree.SubElement(info, ds("X509Data"))
        etree.SubElement(data, ds("X509Certificate")).text = text(keys.der(cert))
        return info
    reference = etree.SubElement(info, TOKEN_REFERENCE)
    match kind:
        case "binary_token":
            assert token is not None
            uri = f"#{token.get(WSU_ID)}"
            etree.SubElement(reference, wsse("Reference"), {"URI": uri, "ValueType": X509V3})
        case "issuer_serial":
            _issuer_serial(etree.SubElement(reference, ds("X509Data")), cert)
        case "ski":
            _identifier(reference, X509_SKI, keys.subject_key_identifier(cert))
        case "thumbprint":
            _identifier(reference, THUMBPRINT, keys.thumbprint(cert))
        case "certificate":
            _identifier(reference, X509V3, keys.der(cert))
        case "saml":
            assert token is not None
            _assertion(reference, token)
    return info


def binary_token(cert: x509.Certificate) -> XmlElement:
    """The certificate as a token of its own."""
    token = etree.Element(BINARY_TOKEN, {"EncodingType": BASE64, "ValueType": X509V3, WSU_ID: new_id("X509")})
    token.text = text(keys.der(cert))
    return token


def _issuer_serial(data: XmlElement, cert: x509.Certificate) -> None:
    pair = etree.SubElement(data, ds("X509IssuerSerial"))
    etree.SubElement(pair, ds("X509IssuerName")).text = cert.issuer.rfc4514_string()
    etree.SubElement(pair, ds("X509SerialNumber")).text = str(cert.serial_number)


def _assertion(reference: XmlElement, assertion: XmlElement) -> None:
    """SAML Token Profile 1.1.1 §3.4."""
    old = assertion.get("AssertionID")
    kind, token_type = SAML_2_0 if old is None else SAML_1_1
    reference.set(f"{{{WSSE11}}}TokenType", token_type)
    named = assertion.get("ID", "") if old is None else old
    etree.SubElement(reference, _KEY_IDENTIFIER, ValueType=kind).text = named


def _identifier(reference: XmlElement, kind: str, value: bytes) -> None:
    attributes = {"EncodingType": BASE64, "ValueType": kind}
    etree.SubElement(reference, _KEY_IDENTIFIER, attributes).text = text(value)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def octets(element: XmlElement | None) -> bytes:
    """The bytes that an element holds in base64. Raises ValueError."""
    if element is None:
        raise ValueError("nothing there")
    written = "".join(str(part) for part in element.itertext())
    try:
        return base64.b64decode("".join(written.split()), validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error


# ── read ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def names_cert(info: XmlElement | None, cert: x509.Certificate, anchors: Anchors) -> bool:
    """Whether a ds:KeyInfo may mean this certificate; where it says nothing that is understood here, it may."""
    reference = None if info is None else info.find(TOKEN_REFERENCE)
    holder = info if reference is None else reference
    if holder is None:
        return True
    pair = holder.find(f".//{ds('X509IssuerSerial')}")
    if pair is not None:
        issuer, serial = pair.findtext(ds("X509IssuerName"), ""), pair.findtext(ds("X509SerialNumber"), "")
        return serial.strip() == str(cert.serial_number) and keys.same_name(issuer, cert.issuer)
    identifier = holder.find(_KEY_IDENTIFIER)
    try:
        if identifier is not None:
            value, kind = octets(identifier), identifier.get("ValueType", "")
            known = {X509_SKI: keys.subject_key_identifier, THUMBPRINT: keys.thumbprint, X509V3: keys.der}
            return known[kind](cert) == value if kind in known else True
        found = brought(info, anchors)
    except ValueError:
        return False
    return keys.der(cert) in found if found else True


def brought(info: XmlElement | None, anchors: Anchors) -> list[bytes]:
    """The certificates that a message brings with a key's name, DER, that of the key first. Raises ValueError."""
    if info is None:
        return []
    reference = info.find(f"{TOKEN_REFERENCE}/{wsse('Reference')}")
    if reference is not None:
        token = anchors.meant(reference.get("URI"))
        if token.tag != BINARY_TOKEN or token.get("ValueType", X509V3) != X509V3:
            return []
        return [octets(token)]
    identifier = info.find(f"{TOKEN_REFERENCE}/{_KEY_IDENTIFIER}")
    if identifier is not None and identifier.get("ValueType") == X509V3:
        return [octets(identifier)]
    found = info.findall(f".//{ds('X509Data')}/{ds('X509Certificate')}")
    return [octets(one) for one in found[:CERTS_MAX]]
