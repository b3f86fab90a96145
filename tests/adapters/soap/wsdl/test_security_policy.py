"""Policies as WSDLs have them, and what they ask of clients."""

from __future__ import annotations

import msgspec
import pytest

from adapters.soap.contract import SecurityDemand
from adapters.soap.documents import DocumentSet
from adapters.soap.wsdl.reader import read_contract
from tests.complaints.legacy import Op, element, schema, wsdl

SP = {
    "1.1": "http://schemas.xmlsoap.org/ws/2005/07/securitypolicy",
    "1.2": "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702",
}
WSP = {"1.2": "http://schemas.xmlsoap.org/ws/2004/09/policy", "1.5": "http://www.w3.org/ns/ws-policy"}
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
PLAIN = wsdl(schema(element("Get", "") + element("GetResponse", "")), Op("Get"))


def p(inside: str) -> str:
    return f"<p:Policy>{inside}</p:Policy>"


def t(name: str, inside: str) -> str:
    return f"<sp:{name}>{p(inside)}</sp:{name}>"


def suite(name: str) -> str:
    return f"<sp:AlgorithmSuite>{p(f'<sp:{name}/>')}</sp:AlgorithmSuite>"


def asymmetric(more: str = "", initiator: str = "<sp:X509Token/>", name: str = "Basic256Sha256") -> str:
    recipient = f"<sp:X509Token sp:IncludeToken='x/Never'>{p('<sp:WssX509V3Token10/>')}</sp:X509Token>"
    tokens = (
        f"<sp:InitiatorToken>{p(initiator)}</sp:InitiatorToken><sp:RecipientToken>{p(recipient)}</sp:RecipientToken>"
    )
    return f"<sp:AsymmetricBinding>{p(tokens + suite(name) + '<sp:IncludeTimestamp/>' + more)}</sp:AsymmetricBinding>"


def transport(more: str = "", https: str = "<sp:HttpsToken/>") -> str:
    token = f"<sp:TransportToken>{p(https)}</sp:TransportToken>"
    return f"<sp:TransportBinding>{p(token + suite('Basic256') + more)}</sp:TransportBinding>"


def read(
    policy: str, *, sp: str = "1.2", wsp: str = "1.5", where: str = "binding", extra: str = ""
) -> SecurityDemand | None:
    """`policy`: what stands in the policy; it is referred to from the binding, the operation or a message."""
    whole = f"<p:Policy xmlns:p='{WSP[wsp]}' xmlns:sp='{SP[sp]}' xmlns:u='{WSU}' u:Id='P'>{policy}</p:Policy>{extra}"
    reference = f"<p:PolicyReference xmlns:p='{WSP[wsp]}' URI='#P'/>"
    text = PLAIN.replace("<w:types>", whole + "<w:types>", 1)
    at = {"binding": '<w:binding name="Old" type="d:Old">', "port": '<w:port name="Old" binding="d:Old">'}
    if where in at:
        text = text.replace(at[where], at[where] + reference, 1)
    else:
        binding = at["binding"]
        begin, _, end = text.partition(binding)
        tag = '<w:operation name="Get">' if where == "operation" else f"<w:{where}>"
        text = begin + binding + end.replace(tag, tag + reference, 1)
    assert reference in text
    return read_contract(DocumentSet("/old.wsdl", {"/old.wsdl": text.encode()})).security


def said(demand: SecurityDemand | None) -> dict[str, object]:
    assert demand is not None
    return {key: value for key, value in msgspec.json.decode(msgspec.json.encode(demand)).items() if value}


USER = t("SupportingTokens", "<sp:UsernameToken>{}</sp:UsernameToken>")
TABLE: dict[str, tuple[str, dict[str, object]]] = {
    "https": (transport(), {"binding": "transport", "suite": "Basic256", "https": True}),
    "https with a certificate, 1.1": (
        transport(https="<sp:HttpsToken RequireClientCertificate='true'/>"),
        {"binding": "transport", "suite": "Basic256", "https": True, "client_certificate": True},
    ),
    "https with a certificate and a password, 1.2": (
        transport(https=t("HttpsToken", "<sp:RequireClientCertificate/><sp:HttpBasicAuthentication/>")),
        {"binding": "transport", "suite": "Basic256", "https": True, "client_certificate": True, "http_auth": "basic"},
    ),
    "a user over https": (
        transport("<sp:IncludeTimestamp/>") + USER.format(p("<sp:WssUsernameToken10/>"))
        + "<sp:SignedParts><sp:Body/></sp:SignedParts>",
        {"binding": "transport", "suite": "Basic256", "https": True, "timestamp": True, "username_token": "text"},
    ),
    "a digest": (USER.format(p("<sp:HashPassword/>")), {"username_token": "digest"}),
    "nonce and time": (
        USER.format(p("<sp:Nonce/><sp:Created/>")), {"username_token": "text", "nonce": True, "created": True},
    ),
    "a signed body": (
        asymmetric() + "<sp:SignedParts><sp:Body/><sp:Header Name='T' Namespace='urn:t'/>"
        "<sp:Header Namespace='http://www.w3.org/2005/08/addressing'/></sp:SignedParts>",
        {"binding": "asymmetric", "suite": "Basic256Sha256", "timestamp": True, "key_info": "binary_token",
         "receiver_key_info": "ski", "signed": ["body", "{urn:t}T", "addressing", "timestamp"],
         "signed_back": ["body", "{urn:t}T", "addressing", "timestamp"]},
    ),
    "encrypted as well, and first": (
        asymmetric("<sp:EncryptBeforeSigning/><sp:EncryptSignature/><sp:ProtectTokens/>", name="TripleDesRsa15")
        + "<sp:EncryptedParts/><sp:Wss11>" + p("<sp:RequireSignatureConfirmation/>") + "</sp:Wss11>",
        {"binding": "asymmetric", "suite": "TripleDesRsa15", "timestamp": True, "key_info": "binary_token",
         "receiver_key_info": "ski", "encrypt_first": True, "confirmation": True,
         "signed": ["binary_token", "timestamp"],
         "encrypted": ["body"], "encrypted_back": ["body"],
         "unknown": ["EncryptSignature with EncryptBeforeSigning"]},
    ),
    "the signature encrypted": (
        asymmetric("<sp:EncryptSignature/>") + "<sp:EncryptedParts/>",
        {"binding": "asymmetric", "suite": "Basic256Sha256", "timestamp": True, "key_info": "binary_token",
         "receiver_key_info": "ski", "signed": ["timestamp"],
         "encrypted": ["signature", "body"], "encrypted_back": ["body"]},
    ),
    "how the key is named": (
        asymmetric(initiator=t("X509Token", "<sp:RequireThumbprintReference/>")),
        {"binding": "asymmetric", "suite": "Basic256Sha256", "timestamp": True, "key_info": "thumbprint",
         "receiver_key_info": "ski", "signed": ["timestamp"]},
    ),
    "an assertion that holds our key": (
        asymmetric("<sp:ProtectTokens/>", t("SamlToken", "<sp:WssSamlV11Token10/>")),
        {"binding": "asymmetric", "suite": "Basic256Sha256", "timestamp": True, "key_info": "saml", "saml": "1.1",
         "receiver_key_info": "ski", "signed": ["saml", "timestamp"]},
    ),
    "a user, signed and encrypted": (
        asymmetric() + t("SignedEncryptedSupportingTokens", "<sp:UsernameToken/>"),
        {"binding": "asymmetric", "suite": "Basic256Sha256", "timestamp": True, "key_info": "binary_token",
         "receiver_key_info": "ski", "username_token": "text", "signed": ["username_token", "timestamp"],
         "encrypted": ["username_token"]},
    ),
    "a certificate that endorses, over https": (
        transport("<sp:IncludeTimestamp/>") + t("EndorsingSupportingTokens", "<sp:X509Token/>"),
        {"binding": "transport", "suite": "Basic256", "https": True, "timestamp": True, "key_info": "binary_token",
         "signed": ["timestamp"]},
    ),
    "what is not supported": (
        t("SymmetricBinding", t("ProtectionToken", "<sp:SecureConversationToken/>")),
        {"binding": "symmetric", "unknown": ["SecureConversationToken", "SymmetricBinding"]},
    ),
    "the alternative that is supported": (
        "<p:ExactlyOne><p:All><sp:SymmetricBinding>" + p(t("ProtectionToken", "<sp:KerberosToken/>"))
        + "</sp:SymmetricBinding></p:All><p:All>" + USER.format("") + "</p:All><p:All>"
        + USER.format(p("<sp:HashPassword/>")) + "</p:All></p:ExactlyOne>",
        {"username_token": "text"},
    ),
    "of Microsoft": (
        "<h:NtlmAuthentication xmlns:h='http://schemas.microsoft.com/ws/06/2004/policy/http'/>", {"http_auth": "ntlm"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("sp", SP)
@pytest.mark.parametrize("wsp", WSP)
@pytest.mark.parametrize("name", TABLE)
def test_what_is_asked_for(name: str, sp: str, wsp: str) -> None:
    policy, expected = TABLE[name]
    assert said(read(policy, sp=sp, wsp=wsp)) == expected


@pytest.mark.parametrize("where", ["binding", "port", "operation", "input"])
def test_wherever_it_is_attached(where: str) -> None:
    assert said(read(USER.format(""), where=where)) == {"username_token": "text"}


def test_of_an_answer() -> None:
    policy = "<sp:SignedParts><sp:Body/></sp:SignedParts><sp:EncryptedParts><sp:Body/></sp:EncryptedParts>"
    assert said(read(policy, where="output")) == {"signed_back": ["body"], "encrypted_back": ["body"]}


def test_nothing_is_asked_for() -> None:
    assert read("") is None
    assert read("<x:Logging xmlns:x='urn:x'/>") is None
    assert read(USER.replace("<sp:SupportingTokens>", "<sp:SupportingTokens p:Optional='true'>").format("")) is None


def test_one_policy_refers_to_another() -> None:
    other = (
        f"<p:Policy xmlns:p='{WSP['1.5']}' xmlns:sp='{SP['1.2']}' xmlns:u='{WSU}' u:Id='Q'>{USER.format('')}</p:Policy>"
    )
    assert said(read("<p:PolicyReference URI='#Q'/>", extra=other)) == {"username_token": "text"}
    assert read("<p:PolicyReference URI='#P'/>") is None, "a circle ends"
    assert read("<p:PolicyReference URI='http://evil.test/policy'/>") is None


def test_hostile_policies_cost_little() -> None:
    choice = "<p:ExactlyOne>" + "<p:All><sp:A/></p:All>" * 10 + "</p:ExactlyOne>"
    read(choice * 40)
    read("<p:All>" * 100 + "</p:All>" * 100)
    headers = "<sp:Header Name='a&#10;b' Namespace='x'/><sp:Header Name='a' Namespace='&quot;&#10;}'/>"
    odd = f"<sp:SignedParts>{headers}</sp:SignedParts>"
    demand = read(asymmetric() + odd)
    assert demand is not None
    assert demand.signed == ("body", "timestamp")
