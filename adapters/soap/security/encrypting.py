"""The encryption of parts of a request: one xenc:EncryptedKey for the receiver, one xenc:EncryptedData for each part.

XML Encryption 1.1 and WSS 1.1.1 §9. Pure.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from lxml.etree import _Element as XmlElement

from adapters.soap.config_security import EncryptSettings
from adapters.soap.security import algorithms
from adapters.soap.security.algorithms import Transport
from adapters.soap.security.anchors import new_id
from adapters.soap.security.names import (
    CIPHERS,
    CONTENT,
    DIGESTS,
    DS,
    ELEMENT,
    ENCRYPTED_DATA,
    ENCRYPTED_KEY,
    REFERENCE_LIST,
    TOKEN_REFERENCE,
    TRANSPORTS,
    WSSE,
    XENC,
    ds,
    wsse,
    xenc,
)
from adapters.soap.security.tokens import key_info, text
from bridge.formats.xml.writing import escape

_PREFIXES = {"xenc": XENC, "ds": DS, "wsse": WSSE}
_WRAPPINGS = {
    "rsa-oaep": Transport("rsa-oaep"),
    "rsa-oaep-11": Transport("rsa-oaep-11", "sha256", "sha1"),
    "rsa-1_5": Transport("rsa-1_5"),
}


class Encryption:
    """Of one message: a key of its own, wrapped for the receiver, and the parts that it has encrypted so far."""

    def __init__(self, settings: EncryptSettings, cert: x509.Certificate, token: XmlElement | None) -> None:
        self._settings, self._secret = settings, algorithms.content_key(settings.algorithm)
        self._id = new_id("EK")
        self.key = etree.Element(ENCRYPTED_KEY, {"Id": self._id}, nsmap=_PREFIXES)
        how = _WRAPPINGS[settings.key_transport]
        method = etree.SubElement(self.key, xenc("EncryptionMethod"), Algorithm=TRANSPORTS[how.name])
        if how.name != "rsa-1_5":
            etree.SubElement(method, ds("DigestMethod"), Algorithm=DIGESTS[how.digest])
        named = key_info(settings.key_info, cert, token)
        if named is not None:
            self.key.append(named)
        receiver = cert.public_key()
        assert isinstance(receiver, rsa.RSAPublicKey)  # found out when the settings were read
        _cipher_value(self.key, algorithms.wrap(how, receiver, self._secret))
        self._list = etree.SubElement(self.key, REFERENCE_LIST)

    @property
    def empty(self) -> bool:
        """Whether nothing was encrypted so far."""
        return not len(self._list)

    def content(self, element: XmlElement) -> None:
        """Encrypts what is inside an element."""
        plain = escape(element.text or "") + "".join(etree.tostring(child, encoding="unicode") for child in element)
        for child in list(element):
            element.remove(child)
        element.text = None
        element.append(self._data(CONTENT, plain))

    def element(self, element: XmlElement) -> XmlElement:
        """Encrypts an element whole; gives back what stands in its place."""
        parent = element.getparent()
        assert parent is not None
        data = self._data(ELEMENT, etree.tostring(element, encoding="unicode", with_tail=False))
        parent.replace(element, data)
        return data

    def _data(self, kind: str, plain: str) -> XmlElement:
        settings, name = self._settings, new_id("ED")
        data = etree.Element(ENCRYPTED_DATA, {"Id": name, "Type": kind}, nsmap=_PREFIXES)
        etree.SubElement(data, xenc("EncryptionMethod"), Algorithm=CIPHERS[settings.algorithm])
        reference = etree.SubElement(etree.SubElement(data, ds("KeyInfo")), TOKEN_REFERENCE)
        etree.SubElement(reference, wsse("Reference"), URI=f"#{self._id}")
        _cipher_value(data, algorithms.encrypt(settings.algorithm, self._secret, plain.encode()))
        etree.SubElement(self._list, xenc("DataReference"), URI=f"#{name}")
        return data


def _cipher_value(parent: XmlElement, data: bytes) -> None:
    holder = etree.SubElement(parent, xenc("CipherData"))
    etree.SubElement(holder, xenc("CipherValue")).text = text(data)
