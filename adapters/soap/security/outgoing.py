"""One request on its way out: its security header is put together, signed and encrypted in the configured order. Pure.

Layout (WSS 1.1.1 §5, strict): a token stands before what refers to it, and what is to be undone first stands first.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from lxml import etree
from lxml.etree import _Element as XmlElement

from adapters.soap.config_security import EncryptSettings, SecuritySettings, SignSettings
from adapters.soap.envelope import NAMESPACES
from adapters.soap.security.encrypting import Encryption
from adapters.soap.security.keys import Identity
from adapters.soap.security.names import (
    DS,
    ENCRYPTED_HEADER,
    SECURITY,
    TIMESTAMP,
    USERNAME_TOKEN,
    WSSE,
    WSSE11,
    WSU,
    ds,
)
from adapters.soap.security.signing import sign
from adapters.soap.security.tokens import binary_token

ADDRESSING = ("http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing")


@dataclass(frozen=True, slots=True)
class Means:
    """What a request is protected with."""

    settings: SecuritySettings
    mine: Identity | None
    receiver: x509.Certificate | None


class Protected:
    """A request being protected. `header`: what its security header holds by then, without a signature."""

    def __init__(self, root: XmlElement, means: Means, header: XmlElement) -> None:
        self._means, self.root = means, root
        self._space = str(root.tag)[1:].partition("}")[0]
        self._body = _child(root, f"{{{self._space}}}Body")
        self._header = self._envelope_header()
        self._security = header
        self._header.append(header)
        # By their names as they were, since an encrypted block has none.
        self._blocks = [(str(one.tag), one) for one in self._header if one is not header]
        self._parts: dict[str, XmlElement] = {"body": self._body}
        for tag, name in ((TIMESTAMP, "timestamp"), (USERNAME_TOKEN, "username_token")):
            found = header.find(tag)
            if found is not None:
                self._parts[name] = found
        saml = next((one for one in header if str(one.tag).rpartition("}")[2].endswith("Assertion")), None)
        if saml is not None:
            self._parts["saml"] = saml

    def protect(self) -> str:
        """Signs and encrypts; gives back the value of the signature, "" without one."""
        settings = self._means.settings
        value = ""
        if settings.encrypt and settings.order == "encrypt_sign":
            self._encrypt(settings.encrypt)
        if settings.sign:
            value = self._sign(settings.sign)
        if settings.encrypt and settings.order == "sign_encrypt":
            self._encrypt(settings.encrypt)
        return value

    def _envelope_header(self) -> XmlElement:
        found = self.root.find(f"{{{self._space}}}Header")
        if found is None:
            found = etree.Element(f"{{{self._space}}}Header")
            self.root.insert(0, found)
        return found

    # ── signing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _sign(self, settings: SignSettings) -> str:
        mine = self._means.mine
        assert mine is not None  # it was read when the upstream was opened
        token = self._parts.get("saml") if settings.key_info == "saml" else None
        if settings.key_info == "binary_token":
            token = binary_token(mine.cert)
            self._parts["binary_token"] = token
            self._insert(token)
        found = [element for part in settings.parts for element in self._meant(part)]
        signature = sign(settings, mine, list(dict.fromkeys(found)), self._security, token)
        if self._means.settings.encrypt and self._means.settings.order == "encrypt_sign":
            self._insert(signature)
        self._parts["signature"] = signature
        return signature.findtext(ds("SignatureValue"), "")

    def _meant(self, part: str) -> list[XmlElement]:
        if part == "addressing":
            return [one for name, one in self._blocks if name[1:].partition("}")[0] in ADDRESSING]
        if part.startswith("{"):
            return [one for name, one in self._blocks if name == part]
        found = self._parts.get(part)
        return [] if found is None else [found]

    # ── encrypting ───────────────────────────────────────────────────────────────────────────────────────────────

    def _encrypt(self, settings: EncryptSettings) -> None:
        receiver = self._means.receiver
        assert receiver is not None  # it was read when the upstream was opened
        token = binary_token(receiver) if settings.key_info == "binary_token" else None
        working = Encryption(settings, receiver, token)
        for part in settings.parts:
            for element in self._meant(part):
                self._encrypt_part(working, part, element)
        if working.empty:
            return  # of what is to be encrypted this request has nothing
        self._insert(working.key)
        if token is not None:
            self._insert(token)

    def _encrypt_part(self, working: Encryption, part: str, element: XmlElement) -> None:
        if part == "body":
            working.content(element)
            return
        data = working.element(element)
        if data.getparent() is self._header:
            around = etree.Element(ENCRYPTED_HEADER, nsmap={"wsse11": WSSE11})
            self._blocks = [(name, around if one is element else one) for name, one in self._blocks]
            self._header.replace(data, around)
            around.append(data)
        elif part in self._parts:
            self._parts[part] = data

    def _insert(self, element: XmlElement) -> None:
        """In front of all but the timestamp: what comes first is undone first."""
        at = 1 if len(self._security) and self._security[0].tag == TIMESTAMP else 0
        self._security.insert(at, element)


def security_header(settings: SecuritySettings, space: str) -> XmlElement:
    """An empty one for an envelope of this namespace."""
    header = etree.Element(SECURITY, nsmap={"wsse": WSSE, "wsu": WSU, "ds": DS})
    for name, value in attributes(settings, space):
        header.set(f"{{{space}}}{name}", value)
    return header


def attributes(settings: SecuritySettings, space: str) -> list[tuple[str, str]]:
    """Whom the header is for and whether it must be understood, as the version of the envelope says it."""
    old = space == NAMESPACES["1.1"]
    given = [("actor" if old else "role", settings.actor)] if settings.actor else []
    must = [("mustUnderstand", "1" if old else "true")] if settings.must_understand else []
    return [*given, *must]


def _child(root: XmlElement, tag: str) -> XmlElement:
    found = root.find(tag)
    assert found is not None  # the envelope is our own
    return found
