"""What the WS-SecurityPolicy of a port asks of clients (1.1 of 2005, 1.2 and 1.3 of OASIS). Pure.

Of several alternatives the one with the least that is unknown here is taken, the first among equals. What Microsoft
and Oracle add for HTTP authentication is read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from lxml.etree import _Element as XmlElement

from adapters.soap.contract import SecurityDemand
from adapters.soap.wsdl.names import local, namespace_of
from adapters.soap.wsdl.policies import Alternative, alternatives, attached, inside
from adapters.soap.wsdl.ports import BoundPort

ADDRESSING = ("http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing")
PARTS_MAX = 50
_NAME = re.compile(r"[\w.-]{1,200}")
_SPACE = re.compile(r"[!#-&(-;=?-\[\]-z|~]{0,500}")  # what stands in an address, and can be written in quotes
_BINDINGS: dict[str, Literal["transport", "asymmetric", "symmetric"]] = {
    "TransportBinding": "transport",
    "AsymmetricBinding": "asymmetric",
    "SymmetricBinding": "symmetric",
}
_HTTP_AUTH = {
    "BasicAuthentication": "basic",
    "HttpBasicAuthentication": "basic",
    "DigestAuthentication": "digest",
    "HttpDigestAuthentication": "digest",
    "NtlmAuthentication": "ntlm",
    "NegotiateAuthentication": "ntlm",
}
_KEY_INFO = {
    "RequireKeyIdentifierReference": "ski",
    "RequireIssuerSerialReference": "issuer_serial",
    "RequireThumbprintReference": "thumbprint",
    "RequireEmbeddedTokenReference": "binary_token",
}
_SAML = {"WssSamlV10Token10": "1.1", "WssSamlV11Token10": "1.1", "WssSamlV11Token11": "1.1", "WssSamlV20Token11": "2.0"}


def demanded(port: BoundPort) -> SecurityDemand | None:
    """None where no policy says anything of security."""
    found = attached(port)
    best: SecurityDemand | None = None
    for one in _choices(found["port"]):
        reading = _Reading()
        reading.all(one)
        for policy in found["input"]:
            reading.all(_first(policy))
        for policy in found["output"]:
            reading.all(_first(policy), back=True)
        made = reading.demand()
        if best is None or len(made.unknown) < len(best.unknown):
            best = made
    return None if best == SecurityDemand() else best


def _choices(policies: list[XmlElement]) -> list[Alternative]:
    """The alternatives of all policies that hold at once."""
    combined: list[Alternative] = [()]
    for policy in policies:
        combined = [(*left, *right) for left in combined for right in alternatives(policy)][:64]
    return combined


def _first(policy: XmlElement) -> Alternative:
    return next((one for one in alternatives(policy) if one), ())


@dataclass(slots=True)
class _Reading:
    """One alternative as it is read; each assertion adds what it says."""

    said: dict[str, object] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    supporting: list[str] = field(default_factory=list)

    def demand(self) -> SecurityDemand:
        said = dict(self.said)
        signing = said.get("binding") == "asymmetric" or "endorsing" in self.supporting
        if signing and said.get("timestamp") and "timestamp" not in self.parts.get("signed", []):
            self.parts.setdefault("signed", []).append("timestamp")
        if said.get("binding") == "asymmetric" and said.get("timestamp") and self.parts.get("signed_back"):
            self.parts["signed_back"].append("timestamp")
        if said.get("encrypt_first") and "signature" in self.parts.get("encrypted", []):
            self.parts["encrypted"].remove("signature")  # it is made last
            self.unknown.append("EncryptSignature with EncryptBeforeSigning")
        if said.get("binding") == "transport" and not signing:
            self.parts = {}  # the transport protects all parts, so nothing is to be done in the message
        if said.get("key_info") == "saml":  # then that is the token which is to be protected
            signed = self.parts.get("signed", [])
            self.parts["signed"] = ["saml" if part == "binary_token" else part for part in signed]
        lists = {name: tuple(dict.fromkeys(values))[:PARTS_MAX] for name, values in self.parts.items()}
        return msgspec.convert({**said, **lists, "unknown": tuple(dict.fromkeys(self.unknown))}, SecurityDemand)

    def all(self, assertions: Iterable[XmlElement], *, back: bool = False) -> None:
        for one in assertions:
            self._assertion(one, back=back)

    def _assertion(self, one: XmlElement, *, back: bool) -> None:
        name = local(str(one.tag))
        if name in _HTTP_AUTH:
            self.said["http_auth"] = _HTTP_AUTH[name]
        elif not _is_security(one):
            return
        elif name in _BINDINGS:
            self.said["binding"] = _BINDINGS[name]
            self._binding(one)
        elif name in {"SignedParts", "EncryptedParts"}:
            self._parts(one, "signed" if name == "SignedParts" else "encrypted", back=back)
        elif name in {"SignedElements", "EncryptedElements", "ContentEncryptedElements"}:
            self.unknown.append(name)
        elif name.endswith("SupportingTokens") or name == "SupportingTokens":
            self._supporting(one, name)
        elif name == "Wss11":
            found = {local(str(each.tag)) for each in inside(one)}
            self.said |= {"confirmation": True} if "RequireSignatureConfirmation" in found else {}

    # ── bindings ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _binding(self, binding: XmlElement) -> None:
        for one in inside(binding):
            name = local(str(one.tag))
            match name:
                case "AlgorithmSuite":
                    suites = [local(str(each.tag)) for each in inside(one)]
                    self.said["suite"] = suites[0] if suites else ""
                case "IncludeTimestamp":
                    self.said["timestamp"] = True
                case "EncryptBeforeSigning":
                    self.said["encrypt_first"] = True
                case "EncryptSignature":
                    self.parts.setdefault("encrypted", []).append("signature")
                case "ProtectTokens":
                    self.parts.setdefault("signed", []).append("binary_token")
                case "TransportToken" | "InitiatorToken" | "InitiatorSignatureToken":
                    self._tokens(inside(one), "key_info")
                case "RecipientToken" | "RecipientEncryptionToken":
                    self._tokens(inside(one), "receiver_key_info")
                case "ProtectionToken" | "EncryptionToken" | "SignatureToken":
                    self._tokens(inside(one), "")
                    self.unknown.append("SymmetricBinding")

    def _tokens(self, tokens: Alternative, key_info: str) -> None:
        for token in tokens:
            name = local(str(token.tag))
            match name:
                case "HttpsToken":
                    self._https(token)
                case "X509Token":
                    if key_info:
                        self.said[key_info] = _named(token)
                case "SamlToken":
                    self._saml(token)
                    if key_info == "key_info":
                        self.said["key_info"] = "saml"
                case "UsernameToken":
                    self._username(token)
                case _ if name.endswith("Token"):
                    self.unknown.append(name)

    def _https(self, token: XmlElement) -> None:
        self.said["https"] = True
        found = {local(str(each.tag)) for each in inside(token)}
        if token.get("RequireClientCertificate") in {"true", "1"} or "RequireClientCertificate" in found:
            self.said["client_certificate"] = True
        for name in found & _HTTP_AUTH.keys():
            self.said["http_auth"] = _HTTP_AUTH[name]

    # ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _supporting(self, one: XmlElement, name: str) -> None:
        tokens = inside(one)
        self.supporting += ["endorsing"] if "Endorsing" in name else []
        self._tokens(tokens, "key_info" if "Endorsing" in name else "")
        kinds = {local(str(each.tag)): part for each in tokens if (part := _part_of(each))}
        for part in kinds.values():
            if name.startswith("Signed"):
                self.parts.setdefault("signed", []).append(part)
            if "Encrypted" in name:
                self.parts.setdefault("encrypted", []).append(part)
        for each in tokens:
            if local(str(each.tag)) in {"SignedParts", "EncryptedParts"}:
                self._parts(each, "signed" if local(str(each.tag)) == "SignedParts" else "encrypted", back=False)

    def _username(self, token: XmlElement) -> None:
        found = {local(str(each.tag)) for each in inside(token)}
        self.said["username_token"] = "digest" if "HashPassword" in found else "text"
        self.said |= {key: True for key, name in (("nonce", "Nonce"), ("created", "Created")) if name in found}

    def _saml(self, token: XmlElement) -> None:
        kinds = [_SAML[name] for each in inside(token) if (name := local(str(each.tag))) in _SAML]
        self.said["saml"] = kinds[0] if kinds else "2.0"

    def _parts(self, one: XmlElement, what: str, *, back: bool) -> None:
        """Of a policy of the port both ways; of a message its own."""
        elements = [child for child in one if isinstance(child.tag, str)]
        found = [part for child in elements if (part := _part(child))] or ["body"]
        sides = (f"{what}_back",) if back else (what, f"{what}_back")
        for side in sides:
            self.parts.setdefault(side, []).extend(found[:PARTS_MAX])


def _is_security(one: XmlElement) -> bool:
    return "securitypolicy" in namespace_of(str(one.tag))


def _part(child: XmlElement) -> str:
    """As the settings name it; "" for what they do not know, such as attachments."""
    match local(str(child.tag)):
        case "Body":
            return "body"
        case "Header":
            space, name = child.get("Namespace", ""), child.get("Name", "")
            if space in ADDRESSING:
                return "addressing"
            return f"{{{space}}}{name}" if _NAME.fullmatch(name) and _SPACE.fullmatch(space) else ""
    return ""


def _part_of(token: XmlElement) -> str:
    return {"UsernameToken": "username_token", "SamlToken": "saml"}.get(local(str(token.tag)), "")


def _named(token: XmlElement) -> str:
    found = [_KEY_INFO[name] for each in inside(token) if (name := local(str(each.tag))) in _KEY_INFO]
    included = next((value for name, value in token.attrib.items() if local(str(name)) == "IncludeToken"), "")
    if found:
        return found[0]
    return "ski" if str(included).endswith("/Never") else "binary_token"
