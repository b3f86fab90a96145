"""The names of WS-Security and of the XML standards below it: namespaces, token types, algorithms.

OASIS WSS 1.1.1 with its profiles, XML Signature 1.1, XML Encryption 1.1. What is in no table here is not accepted.
"""

from __future__ import annotations

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_WSS11 = "http://docs.oasis-open.org/wss/oasis-wss-"

WSSE = _OASIS + "wssecurity-secext-1.0.xsd"
WSSE11 = _WSS11 + "wssecurity-secext-1.1.xsd"
WSU = _OASIS + "wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
SAML1 = "urn:oasis:names:tc:SAML:1.0:assertion"
SAML2 = "urn:oasis:names:tc:SAML:2.0:assertion"
XML = "http://www.w3.org/XML/1998/namespace"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE07 = "http://www.w3.org/2007/05/xmldsig-more#"

BASE64 = _OASIS + "soap-message-security-1.0#Base64Binary"
X509V3 = _OASIS + "x509-token-profile-1.0#X509v3"
X509_PATH = _OASIS + "x509-token-profile-1.0#X509PKIPathv1"
X509_SKI = _OASIS + "x509-token-profile-1.0#X509SubjectKeyIdentifier"
THUMBPRINT = _WSS11 + "soap-message-security-1.1#ThumbprintSHA1"
SAML_1_1 = (_WSS11 + "saml-token-profile-1.0#SAMLAssertionID", _WSS11 + "saml-token-profile-1.1#SAMLV1.1")
SAML_2_0 = (_WSS11 + "saml-token-profile-1.1#SAMLID", _WSS11 + "saml-token-profile-1.1#SAMLV2.0")
STR_TRANSFORM = _OASIS + "soap-message-security-1.0#STR-Transform"
WSU_ID = f"{{{WSU}}}Id"
SECURITY = f"{{{WSSE}}}Security"
SIGNATURE = f"{{{DS}}}Signature"
TIMESTAMP = f"{{{WSU}}}Timestamp"
USERNAME_TOKEN = f"{{{WSSE}}}UsernameToken"
BINARY_TOKEN = f"{{{WSSE}}}BinarySecurityToken"
TOKEN_REFERENCE = f"{{{WSSE}}}SecurityTokenReference"
ENCRYPTED_DATA = f"{{{XENC}}}EncryptedData"
ENCRYPTED_KEY = f"{{{XENC}}}EncryptedKey"
ENCRYPTED_HEADER = f"{{{WSSE11}}}EncryptedHeader"
REFERENCE_LIST = f"{{{XENC}}}ReferenceList"

C14N = {"exclusive": EXC, "inclusive": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"}
"""Both drop comments, and there are none: the parser drops them before anything is compared."""
ENVELOPED = DS + "enveloped-signature"
C14N_EXCLUSIVE = (EXC, EXC + "WithComments")
C14N_INCLUSIVE = (C14N["inclusive"], C14N["inclusive"] + "#WithComments")

DIGESTS = {
    "sha1": DS + "sha1",
    "sha256": XENC + "sha256",
    "sha384": _MORE + "sha384",
    "sha512": XENC + "sha512",
}
SIGNATURES = {
    "rsa-sha1": DS + "rsa-sha1",
    "rsa-sha256": _MORE + "rsa-sha256",
    "rsa-sha384": _MORE + "rsa-sha384",
    "rsa-sha512": _MORE + "rsa-sha512",
    "rsa-pss-sha256": _MORE07 + "sha256-rsa-MGF1",
    "rsa-pss-sha384": _MORE07 + "sha384-rsa-MGF1",
    "rsa-pss-sha512": _MORE07 + "sha512-rsa-MGF1",
    "ecdsa-sha256": _MORE + "ecdsa-sha256",
    "ecdsa-sha384": _MORE + "ecdsa-sha384",
    "ecdsa-sha512": _MORE + "ecdsa-sha512",
}
"""There is no HMAC among them: a public key must never be taken for a shared one."""
CIPHERS = {
    "aes128-gcm": XENC11 + "aes128-gcm",
    "aes192-gcm": XENC11 + "aes192-gcm",
    "aes256-gcm": XENC11 + "aes256-gcm",
    "aes128-cbc": XENC + "aes128-cbc",
    "aes192-cbc": XENC + "aes192-cbc",
    "aes256-cbc": XENC + "aes256-cbc",
    "3des": XENC + "tripledes-cbc",
}
TRANSPORTS = {
    "rsa-oaep": XENC + "rsa-oaep-mgf1p",
    "rsa-oaep-11": XENC11 + "rsa-oaep",
    "rsa-1_5": XENC + "rsa-1_5",
}
MGFS = {name: f"{XENC11}mgf1{name}" for name in DIGESTS}

CONTENT = XENC + "Content"
ELEMENT = XENC + "Element"
PREFIXES = {"wsse": WSSE, "wsu": WSU, "ds": DS, "xenc": XENC}


def ds(name: str) -> str:
    return f"{{{DS}}}{name}"


def wsse(name: str) -> str:
    return f"{{{WSSE}}}{name}"


def xenc(name: str) -> str:
    return f"{{{XENC}}}{name}"
