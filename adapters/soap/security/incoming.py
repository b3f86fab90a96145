"""One answer on its way in: decrypted and verified in the order of its security header, then stripped to what was
proven. Pure.

What is believed is believed by identity: an element counts as signed when a reference of a good signature led to this
very element, and it is this element that is read afterwards. Where it lies is checked here, so that a signed body in
another place is not the body (McIntosh and Austel, XML signature element wrapping, 2005).
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml.etree import _Element as XmlElement

from adapters.soap.config_security import SecuritySettings, VerifySettings
from adapters.soap.envelope import NAMESPACES, NoEnvelope
from adapters.soap.security.anchors import Anchors
from adapters.soap.security.decrypting import Bounds, Decryption
from adapters.soap.security.failing import refused
from adapters.soap.security.names import (
    ENCRYPTED_DATA,
    ENCRYPTED_KEY,
    REFERENCE_LIST,
    SECURITY,
    SIGNATURE,
    TIMESTAMP,
    USERNAME_TOKEN,
    WSSE11,
    ds,
)
from adapters.soap.security.outgoing import ADDRESSING
from adapters.soap.security.times import check_time
from adapters.soap.security.trust import Trust
from adapters.soap.security.verifying import covered

SIGNATURES_MAX = 5
STEPS_MAX = 200
_CONFIRMATION = f"{{{WSSE11}}}SignatureConfirmation"
_OUR_ROLES = {
    "",
    "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver",
    "http://www.w3.org/2003/05/soap-envelope/role/next",
    "http://schemas.xmlsoap.org/soap/actor/next",
}


@dataclass(frozen=True, slots=True)
class Demands:
    """What answers must prove, and what opens them."""

    settings: SecuritySettings
    trust: Trust | None
    key: rsa.RSAPrivateKey | None
    bounds: Bounds


class Opened:
    """One answer being opened. `sent`: the value of the signature of its request."""

    def __init__(self, root: XmlElement, demands: Demands, now_s: float, sent: str) -> None:
        self._root, self._demands, self._now_s, self._sent = root, demands, now_s, sent
        self._header, self._body = _frame(root)
        self._security = self._own_header()
        self._signed: list[XmlElement] = []
        self._signatures = 0
        settings, key = demands.settings, demands.key
        self._decryption = Decryption(root, settings.decrypt, key, demands.bounds) if settings.decrypt and key else None

    def open(self) -> XmlElement:
        """The same root with nothing in it that was not proven. Raises InsecureAnswer."""
        last = self._demands.settings.order == "encrypt_sign"
        if self._decryption is not None and not last:
            self._decrypt_unlisted()
        self._process_header()
        if self._decryption is not None and last:
            self._decrypt_unlisted()
        self._check_encryption()
        verify = self._demands.settings.verify
        if verify is not None:
            self._check_proof(verify)
        return self._root

    # ── the security header, child by child ──────────────────────────────────────────────────────────────────────

    def _own_header(self) -> XmlElement | None:
        found = [] if self._header is None else [one for one in self._header if one.tag == SECURITY]
        ours = [one for one in found if _role(one) in {*_OUR_ROLES, self._demands.settings.actor}]
        if len(ours) > 1:
            raise refused("the answer has several security headers")
        return ours[0] if ours else None

    def _process_header(self) -> None:
        """Children may be replaced by what they decrypt to, so the list is looked at anew after each."""
        if self._security is None:
            return
        at = 0
        while at < len(self._security):
            if at > STEPS_MAX:
                raise refused("the security header has no end")
            self._process(self._security[at])
            at += 1

    def _process(self, child: XmlElement) -> None:
        verify, decryption = self._demands.settings.verify, self._decryption
        if child.tag == SIGNATURE and verify is not None:
            self._verify(child, verify)
        elif child.tag == ENCRYPTED_KEY and decryption is not None:
            decryption.by_key(child)
        elif child.tag == REFERENCE_LIST and decryption is not None:
            decryption.by_list(child)

    def _verify(self, signature: XmlElement, settings: VerifySettings) -> None:
        self._signatures += 1
        if self._signatures > SIGNATURES_MAX:
            raise refused("more signatures than anybody would send")
        assert self._demands.trust is not None  # it is read with the settings
        self._signed += covered(signature, self._demands.trust, settings, Anchors(self._root), self._now_s)

    # ── encryption ───────────────────────────────────────────────────────────────────────────────────────────────

    def _decrypt_unlisted(self) -> None:
        """What brings its key along inside the Body and is in no list of the header."""
        assert self._decryption is not None
        listed = set()
        if self._security is not None:
            references = (one for found in self._security.iter(REFERENCE_LIST) for one in found)
            listed = {str(one.get("URI"))[1:] for one in references}
        for data in list(self._body.iter(ENCRYPTED_DATA)):
            if data.get("Id") not in listed and data.find(f"{ds('KeyInfo')}/{ENCRYPTED_KEY}") is not None:
                self._decryption.one(data)

    def _check_encryption(self) -> None:
        decrypt = self._demands.settings.decrypt
        if next(self._body.iter(ENCRYPTED_DATA), None) is not None:
            raise refused("the answer is encrypted, and not in a way that is configured")
        if decrypt is None or not decrypt.required or self._decryption is None or self._is_fault():
            return
        if self._body not in self._decryption.opened:
            raise refused("the body of the answer is not encrypted")

    # ── what was proven ──────────────────────────────────────────────────────────────────────────────────────────

    def _check_proof(self, settings: VerifySettings) -> None:
        if self._signatures == 0:
            if settings.optional or (self._is_fault() and settings.unsigned_faults == "accept"):
                return
            raise refused("the answer is not signed")
        for part in settings.parts:
            self._check_part(part)
        stamp = None if self._security is None else self._stamp(self._security)
        if stamp is not None:
            check_time(stamp, settings, self._now_s)
        if settings.confirmation:
            self._check_confirmation()
        self._strip(settings)

    def _check_part(self, part: str) -> None:
        if part == "body":
            found = [self._body]
        elif part in {"timestamp", "username_token"}:
            tag = TIMESTAMP if part == "timestamp" else USERNAME_TOKEN
            found = [] if self._security is None else self._security.findall(tag)
            if not found:
                raise refused(f"the answer has no {part}")
        else:
            found = [one for one in self._blocks() if _is(one, part)]
        if not all(self._is_signed(one) for one in found):
            raise refused(f"the signature does not cover the {part}")

    def _stamp(self, security: XmlElement) -> XmlElement | None:
        found = security.findall(TIMESTAMP)
        if len(found) > 1:
            raise refused("the answer has several timestamps")
        return found[0] if found else None

    def _check_confirmation(self) -> None:
        found = [] if self._security is None else self._security.findall(_CONFIRMATION)
        signed = [one for one in found if self._is_signed(one)]
        if not self._sent or not any(one.get("Value") == self._sent for one in signed):
            raise refused("the answer does not confirm the signature of its request")

    def _blocks(self) -> list[XmlElement]:
        if self._header is None:
            return []
        return [one for one in self._header if isinstance(one.tag, str) and one is not self._security]

    def _strip(self, settings: VerifySettings) -> None:
        """Takes away what nobody vouches for, so that no later step can read it by mistake."""
        if self._header is None or settings.unsigned_headers == "keep":
            return
        for block in list(self._header):
            if not self._is_signed(block):
                self._header.remove(block)

    def _is_signed(self, element: XmlElement) -> bool:
        """By identity; what came out of something encrypted is as well signed as that was."""
        before = [] if self._decryption is None else [old for old, new in self._decryption.replaced if new is element]
        return any(one is signed for signed in self._signed for one in (element, *before))

    def _is_fault(self) -> bool:
        space = str(self._root.tag)[1:].partition("}")[0]
        return [one.tag for one in self._body] == [f"{{{space}}}Fault"]


def _frame(root: XmlElement) -> tuple[XmlElement | None, XmlElement]:
    """Header and Body of an envelope that has nothing else: whatever else there were could hide a second one."""
    space = str(root.tag)[1:].partition("}")[0]
    names = [str(one.tag) for one in root]
    if space not in NAMESPACES.values() or root.tag != f"{{{space}}}Envelope":
        raise NoEnvelope("The answer is XML but not a SOAP message.")
    if names not in ([f"{{{space}}}Body"], [f"{{{space}}}Header", f"{{{space}}}Body"]):
        raise refused("the envelope holds something beside one Header and one Body")
    return (root[0] if len(root) > 1 else None), root[-1]


def _role(header: XmlElement) -> str:
    for space in NAMESPACES.values():
        for name in ("actor", "role"):
            found = header.get(f"{{{space}}}{name}")
            if found is not None:
                return found
    return ""


def _is(block: XmlElement, part: str) -> bool:
    if part == "addressing":
        return str(block.tag)[1:].partition("}")[0] in ADDRESSING
    return block.tag == part
