"""T8, everything else that a signature can be abused by: transforms, digests, references, keys, HMAC, comments."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from copy import deepcopy

import xmlsec
from cryptography.hazmat.primitives import serialization
from lxml import etree

from tests.adapters.soap.security.other_side import NS, security_of
from tests.hostile.forger import EVIL, Forger, Forgery, Xml, parts, wrapper

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"


def _changed(old: str, new: str, count: int = -1) -> Callable[[Forger], bytes]:
    def make(forger: Forger) -> bytes:
        text = etree.tostring(forger.signed()).decode()
        assert old in text, old
        return text.replace(old, new, count).encode()

    return make


def _resigned(change: Callable[[Xml], None], *, key: bool = True) -> Callable[[Forger], Xml]:
    """A signature that is arithmetically good over an odd SignedInfo: as a careless signer would make it."""

    def make(forger: Forger) -> Xml:
        root = forger.signed()
        info, value = root.find(".//ds:SignedInfo", NS), root.find(".//ds:SignatureValue", NS)
        assert info is not None
        assert value is not None
        change(info)
        context = xmlsec.SignatureContext()
        pair = forger.keys.theirs if key else forger.keys.other
        context.key = xmlsec.Key.from_file(str(pair.key_file), xmlsec.constants.KeyDataFormatPem)
        data = etree.tostring(info, method="c14n", exclusive=True)
        value.text = base64.b64encode(context.sign_binary(data, xmlsec.Transform.RSA_SHA256)).decode()
        return root

    return make


def _transform(algorithm: str, inside: str = "", *, chain: bool = False) -> Callable[[Xml], None]:
    def change(info: Xml) -> None:
        for transforms in info.iter(f"{{{NS['ds']}}}Transforms"):
            made = etree.fromstring(
                f"<ds:Transform xmlns:ds='{NS['ds']}' Algorithm='{algorithm}'>{inside}</ds:Transform>"
            )
            if chain:
                transforms.insert(0, made)
            else:
                transforms[0] = made

    return change


def _transform_after(algorithm: str, inside: str) -> Callable[[Xml], None]:
    """One that would only be looked at after the digest is right."""

    def change(info: Xml) -> None:
        for transforms in info.iter(f"{{{NS['ds']}}}Transforms"):
            text = f"<ds:Transform xmlns:ds='{NS['ds']}' Algorithm='{algorithm}'>{inside}</ds:Transform>"
            transforms.append(etree.fromstring(text))

    return change


def _shortened(info: Xml) -> None:
    method = info.find("ds:SignatureMethod", NS)
    assert method is not None
    etree.SubElement(method, f"{{{NS['ds']}}}HMACOutputLength").text = "8"


def _enveloping(forger: Forger) -> Xml:
    """A good signature that holds data of its own, which nobody asked for (BSP 1.1 R3102)."""
    root = forger.signed()
    signature = root.find(".//ds:Signature", NS)
    assert signature is not None
    etree.SubElement(signature, f"{{{NS['ds']}}}Object").append(etree.fromstring(EVIL))
    return root


def _uri(value: str | None) -> Callable[[Xml], None]:
    def change(info: Xml) -> None:
        reference = info.find("ds:Reference", NS)
        assert reference is not None
        if value is None:
            del reference.attrib["URI"]
        else:
            reference.set("URI", value)

    return change


def _many(info: Xml) -> None:
    reference = info.find("ds:Reference", NS)
    assert reference is not None
    for _ in range(1000):
        info.append(deepcopy(reference))


def _none(info: Xml) -> None:
    for reference in info.findall("ds:Reference", NS):
        info.remove(reference)


def _hmac(length: str = "", secret: str = "cert") -> Callable[[Forger], Xml]:
    """HMAC over the public certificate, which a verifier that trusts the named algorithm takes for a shared key."""

    def make(forger: Forger) -> Xml:
        root = forger.signed()
        info, value = root.find(".//ds:SignedInfo", NS), root.find(".//ds:SignatureValue", NS)
        assert info is not None
        assert value is not None
        method = info.find("ds:SignatureMethod", NS)
        assert method is not None
        method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
        if length:
            etree.SubElement(method, f"{{{NS['ds']}}}HMACOutputLength").text = length
        cert = forger.keys.theirs.cert
        public = serialization.PublicFormat.SubjectPublicKeyInfo
        keys = {
            "cert": cert.public_bytes(serialization.Encoding.PEM),
            "der": cert.public_bytes(serialization.Encoding.DER),
            "key": cert.public_key().public_bytes(serialization.Encoding.PEM, public),
            "empty": b"",
        }
        data = etree.tostring(info, method="c14n", exclusive=True)
        made = hmac.new(keys[secret], data, hashlib.sha256).digest()
        value.text = base64.b64encode(made[: int(length) // 8] if length else made).decode()
        return root

    return make


def _key_info(xml: str) -> Callable[[Forger], Xml]:
    """Signed with the attacker's key, which the message offers in some form."""

    def make(forger: Forger) -> Xml:
        other = forger.keys.other
        root = forger.signed(EVIL, by=other, key_info="none")
        numbers = other.key.public_key().public_numbers()
        values = {
            "cert": base64.b64encode(other.cert.public_bytes(serialization.Encoding.DER)).decode(),
            "n": base64.b64encode(numbers.n.to_bytes(256, "big")).decode(),  # type: ignore[union-attr]  # an RSA key
            "theirs": base64.b64encode(forger.keys.theirs.cert.public_bytes(serialization.Encoding.DER)).decode(),
        }
        text = xml
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        signature = root.find(".//ds:Signature", NS)
        assert signature is not None
        signature.append(etree.fromstring(f"<ds:KeyInfo xmlns:ds='{NS['ds']}' xmlns:e='{NS['e']}'>{text}</ds:KeyInfo>"))
        return root

    return make


XSLT = ("<x:stylesheet xmlns:x='http://www.w3.org/1999/XSL/Transform' version='1.0'><x:template match='/'>"
        "<x:value-of select=\"document('@HTTP@')\"/></x:template></x:stylesheet>")  # fmt: skip
XPATH = "<ds:XPath xmlns:ds='" + NS["ds"] + "'>self::text() or count(//. | //@*) > 0</ds:XPath>"
TRANSFORMS = {
    "xslt": ("http://www.w3.org/TR/1999/REC-xslt-19991116", XSLT),
    "xpath": ("http://www.w3.org/TR/1999/REC-xpath-19991116", XPATH),
    "xpath filter 2": ("http://www.w3.org/2002/06/xmldsig-filter2", ""),
    "base64": (NS["ds"] + "base64", ""),
    "enveloped": (NS["ds"] + "enveloped-signature", ""),
    "unknown": ("urn:evil:transform", ""),
    "none named": ("", ""),
    "with parameters": (EXCLUSIVE, "<x xmlns='urn:evil'/>"),
}
METHODS = {
    "md5": "http://www.w3.org/2001/04/xmldsig-more#md5",
    "sha1": NS["ds"] + "sha1",
    "none": "",
    "odd": "urn:evil:digest",
}
URIS = {"empty": "", "absent": None, "file": "file://@FILE@", "http": "@HTTP@", "relative": "other.xml#BODY",
        "xpointer": "#xpointer(/)", "xpointer id": "#xpointer(id('BODY'))", "nowhere": "#NOWHERE", "only #": "#",
        "cid": "cid:part@example"}  # fmt: skip
OFFERS = {
    "certificate": "<ds:X509Data><ds:X509Certificate>@cert@</ds:X509Certificate></ds:X509Data>",
    "two certificates": "<ds:X509Data><ds:X509Certificate>@theirs@</ds:X509Certificate></ds:X509Data>"
    "<ds:X509Data><ds:X509Certificate>@cert@</ds:X509Certificate></ds:X509Data>",
    "key value": "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>@n@</ds:Modulus><ds:Exponent>AQAB</ds:Exponent>"
    "</ds:RSAKeyValue></ds:KeyValue>",
    "retrieval": f"<ds:RetrievalMethod URI='@HTTP@' Type='{NS['ds']}rawX509Certificate'/>",
    "retrieval of a file": f"<ds:RetrievalMethod URI='file://@FILE@' Type='{NS['ds']}rawX509Certificate'/>",
    "reference elsewhere": "<e:SecurityTokenReference><e:Reference URI='@HTTP@'/></e:SecurityTokenReference>",
    "name": "<ds:KeyName>theirs</ds:KeyName>",
    "embedded": "<e:SecurityTokenReference><e:Embedded>"
    "<e:BinarySecurityToken>@cert@</e:BinarySecurityToken></e:Embedded>"
    "</e:SecurityTokenReference>",
    "no certificate at all": "<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>",
    "no base64": "<ds:X509Data><ds:X509Certificate>%%%</ds:X509Certificate></ds:X509Data>",
}
LENGTHS = ("0", "1", "8", "16", "160", "-1", "x")


def _twice(forger: Forger) -> Xml:
    root = forger.signed()
    security = security_of(root)
    security.append(etree.fromstring(etree.tostring(forger.signed(EVIL, by=forger.keys.other, key_info="none")
                                                    .find(".//ds:Signature", NS))))  # fmt: skip
    return root


def _two_headers(forger: Forger) -> Xml:
    root = forger.signed()
    header, _ = parts(root)
    header.insert(0, deepcopy(security_of(root)))
    return root


def _empty_header(forger: Forger) -> Xml:
    root = forger.signed()
    etree.SubElement(parts(root)[0], security_of(root).tag)
    return root


def _other_role(forger: Forger) -> Xml:
    """A header for somebody else proves nothing to us."""
    root = forger.signed()
    security_of(root).set(f"{{{NS['s']}}}actor", "urn:somebody")
    return root


def _elsewhere(forger: Forger) -> Xml:
    """The signature is good, and lies in the body."""
    root = forger.signed()
    signature = root.find(".//ds:Signature", NS)
    assert signature is not None
    wrapper(parts(root)[0]).append(signature)
    return root


ABUSE = [
    *(Forgery(f"T8/transform {name}", _resigned(_transform(*TRANSFORMS[name]))) for name in TRANSFORMS),
    *(
        Forgery(f"T8/transform {name} before", _resigned(_transform(*TRANSFORMS[name], chain=True)))
        for name in TRANSFORMS
        if name != "enveloped"
    ),
    Forgery(
        "T8/transform enveloped before, which takes nothing out",
        _resigned(_transform(*TRANSFORMS["enveloped"], chain=True)),
        '{"text":"ok","@any":[]}',
    ),
    *(
        Forgery(f"T8/digest {name}", _changed("http://www.w3.org/2001/04/xmlenc#sha256", METHODS[name]))
        for name in METHODS
    ),
    *(Forgery(f"T8/reference {name}", _resigned(_uri(URIS[name]))) for name in URIS),
    *(Forgery(f"T8/transform {name} after", _resigned(_transform_after(*TRANSFORMS[name]))) for name in TRANSFORMS),
    Forgery("T8/a shortened length of a method that has none", _resigned(_shortened)),
    Forgery("T8/a thousand references", _resigned(_many)),
    Forgery("T8/no reference", _resigned(_none)),
    Forgery("T8/signed by another key", _resigned(lambda _: None, key=False)),
    *(Forgery(f"T8/hmac of {length} bits", _hmac(length) if length.isdigit() else _hmac()) for length in LENGTHS[:5]),
    *(Forgery(f"T8/hmac with the public {name}", _hmac("", name)) for name in ("cert", "der", "key", "empty")),
    *(Forgery(f"T8/key offered as {name}", _key_info(OFFERS[name])) for name in OFFERS),
    Forgery(
        "T8/signature method of no key",
        _changed("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", NS["ds"] + "dsa-sha1"),
    ),
    Forgery(
        "T8/another canonical form",
        _changed(f'CanonicalizationMethod Algorithm="{EXCLUSIVE}"', 'CanonicalizationMethod Algorithm="urn:evil"'),
    ),
    Forgery("T8/a second signature that is bad", _twice),
    Forgery("T8/an object in the signature", _enveloping),
    Forgery("T8/two security headers", _two_headers),
    Forgery("T8/two security headers, the second empty", _empty_header),
    Forgery("T8/the header of another role", _other_role),
    Forgery("T8/a signature elsewhere", _elsewhere),
    Forgery("T8/changed text", _changed(">ok<", ">evil<")),
    Forgery("T8/changed text behind a comment", _changed(">ok<", ">ok<!-- -->evil<")),
    Forgery("T8/changed text in CDATA", _changed(">ok<", "><![CDATA[evil]]><")),
    Forgery("T8/an attribute more", _changed("<t:Text>", "<t:Text nil='true'>")),
    Forgery("T8/an element more", _changed("</t:Text>", "</t:Text><t:Text>evil</t:Text>")),
    Forgery("T8/another namespace", _changed("urn:old", "urn:new")),
    Forgery("T8/a comment within, kept whole", _changed(">ok<", ">o<!-- x -->k<"), '{"text":"ok","@any":[]}'),
    Forgery("T8/an instruction within, kept whole", _changed(">ok<", ">o<?x y?>k<"), '{"text":"ok","@any":[]}'),
]
