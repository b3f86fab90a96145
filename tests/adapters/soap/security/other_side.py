"""The other side of WS-Security, played by the XML Security Library (xmlsec): it checks and opens what we send, and
signs and encrypts what we are answered. Not a line of the bridge is in it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from lxml import etree

from tests.adapters.soap.security.keys import Pair

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
NS = {
    "s": SOAP,
    "e": OASIS + "wssecurity-secext-1.0.xsd",
    "u": OASIS + "wssecurity-utility-1.0.xsd",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "x": "http://www.w3.org/2001/04/xmlenc#",
    "e11": "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd",
}
WSU_ID = f"{{{NS['u']}}}Id"
X509 = OASIS + "x509-token-profile-1.0#X509v3"
BASE64 = OASIS + "soap-message-security-1.0#Base64Binary"
ANSWER = "<t:GetResponse xmlns:t='urn:old'><t:Text>ok</t:Text></t:GetResponse>"
STAMP = "<u:Timestamp u:Id='TS'><u:Created>{0}</u:Created><u:Expires>{1}</u:Expires></u:Timestamp>"
CREATED, EXPIRES = "2027-01-15T08:00:00Z", "2027-01-15T08:05:00.5Z"


def answer(
    body: str = ANSWER, *, created: str = CREATED, expires: str = EXPIRES, header: str = "", security: str = "",
    stamp: str = STAMP, space: str = SOAP,
) -> etree._Element:  # fmt: skip
    """An answer with an empty security header but for its timestamp, ready to be signed."""
    return etree.fromstring(
        f"<s:Envelope xmlns:s='{space}'><s:Header>{header}<e:Security xmlns:e='{NS['e']}' xmlns:u='{NS['u']}'>"
        f"{stamp.format(created, expires)}{security}</e:Security></s:Header>"
        f"<s:Body xmlns:u='{NS['u']}' u:Id='BODY'>{body}</s:Body></s:Envelope>"
    )


def security_of(root: etree._Element) -> etree._Element:
    found = root.find(".//e:Security", NS)
    assert found is not None
    return found


def sign(
    root: etree._Element,
    by: Pair,
    ids: Sequence[str] = ("BODY", "TS"),
    *,
    method: str = "RSA_SHA256",
    digest: str = "SHA256",
    form: str = "EXCL_C14N",
    key_info: str = "binary_token",
    into: etree._Element | None = None,
    enveloped: bool = False,
    prefixes: Sequence[str] = (),
) -> etree._Element:
    """Signs the elements of these identifiers; the root with the signature in its security header."""
    canon = getattr(xmlsec.Transform, form)
    node = xmlsec.template.create(root, canon, getattr(xmlsec.Transform, method))
    for one in ids:
        reference = xmlsec.template.add_reference(node, getattr(xmlsec.Transform, digest), uri=f"#{one}")
        if enveloped:
            xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
        transform = xmlsec.template.add_transform(reference, canon)
        if prefixes:
            xmlsec.template.transform_add_c14n_inclusive_namespaces(transform, list(prefixes))
    info = xmlsec.template.ensure_key_info(node)
    security = security_of(root) if into is None else into
    named(info, by, key_info, security)
    security.append(node)
    _with_ids(root).sign(node, by)
    return etree.fromstring(etree.tostring(root))


class _with_ids:  # noqa: N801  it reads as the function that it is
    """Signs or verifies with every wsu:Id known to the library."""

    def __init__(self, root: etree._Element) -> None:
        self.root, self.context = root, xmlsec.SignatureContext()
        for element in root.iter():
            if isinstance(element.tag, str) and element.get(WSU_ID):
                self.context.register_id(element, "Id", NS["u"])
            elif isinstance(element.tag, str) and element.get("Id"):
                self.context.register_id(element, "Id")

    def sign(self, node: etree._Element, by: Pair) -> None:
        self.context.key = xmlsec.Key.from_file(str(by.key_file), xmlsec.constants.KeyDataFormatPem)
        self.context.sign(node)

    def verify(self, by: Pair) -> list[str]:
        node = self.root.find(".//ds:Signature", NS)
        assert node is not None
        self.context.key = xmlsec.Key.from_file(str(by.cert_file), xmlsec.constants.KeyDataFormatCertPem)
        self.context.verify(node)
        return [str(one.get("URI")) for one in node.findall(".//ds:Reference", NS)]


def named(info: etree._Element, by: Pair, kind: str, security: etree._Element) -> None:
    """Names the key in the way of one of the profiles."""
    der = base64.b64encode(by.cert.public_bytes(serialization.Encoding.DER)).decode()
    thumb = base64.b64encode(by.cert.fingerprint(hashes.SHA1())).decode()
    old, new = OASIS + "x509-token-profile-1.0", "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1"
    identifier = "<e:KeyIdentifier EncodingType='" + BASE64 + "' ValueType='{0}'>{1}</e:KeyIdentifier>"
    ski = base64.b64encode(x509.SubjectKeyIdentifier.from_public_key(by.key.public_key()).digest).decode()
    issuer = by.cert.issuer.rfc4514_string().replace("&", "&amp;")
    texts = {
        "binary_token": f"<e:Reference URI='#TOKEN' ValueType='{X509}'/>",
        "issuer_serial": f"<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{by.cert.serial_number}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>",
        "ski": identifier.format(old + "#X509SubjectKeyIdentifier", ski),
        "thumbprint": identifier.format(new + "#ThumbprintSHA1", thumb),
        "certificate": identifier.format(X509, der),
    }
    spaces = f"xmlns:e='{NS['e']}' xmlns:ds='{NS['ds']}'"
    if kind in texts:
        inside = f"<e:SecurityTokenReference {spaces}>{texts[kind]}</e:SecurityTokenReference>"
        info.append(etree.fromstring(inside))
    elif kind == "x509_data":
        data = f"<ds:X509Data {spaces}><ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data>"
        info.append(etree.fromstring(data))
    elif kind == "key_name":
        etree.SubElement(info, f"{{{NS['ds']}}}KeyName").text = "theirs"
    if kind == "binary_token" and security.find("e:BinarySecurityToken", NS) is None:
        token = etree.SubElement(security, f"{{{NS['e']}}}BinarySecurityToken", ValueType=X509, EncodingType=BASE64)
        token.set(WSU_ID, "TOKEN")
        token.text = der
    if kind == "none":
        parent = info.getparent()
        assert parent is not None
        parent.remove(info)


def verified(message: bytes, by: Pair) -> list[str]:
    """The references of a signature that we made. Raises xmlsec.VerificationError."""
    return _with_ids(etree.fromstring(message)).verify(by)


# ── encryption ───────────────────────────────────────────────────────────────────────────────────────────────────


def encrypt(
    root: etree._Element,
    to: Pair,
    target: etree._Element,
    *,
    cipher: str = "AES256_GCM",
    size: int = 256,
    transport: str = "RSA_OAEP",
    whole: bool = False,
    inline: bool = False,
    header: str = "first",
) -> etree._Element:
    """Encrypts the content of an element, or the element `whole`. The key lies in the security header, `first` or
    `last`, or `inline` with what it opens."""
    scope = xmlsec.constants.TypeEncElement if whole else xmlsec.constants.TypeEncContent
    made = xmlsec.template.encrypted_data_create(
        root, getattr(xmlsec.Transform, cipher), type=scope, ns="xenc", id="DATA"
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(made)
    info = xmlsec.template.encrypted_data_ensure_key_info(made, ns="ds")
    key = xmlsec.template.add_encrypted_key(info, getattr(xmlsec.Transform, transport))
    xmlsec.template.encrypted_data_ensure_cipher_value(key)
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_file(str(to.cert_file), xmlsec.constants.KeyDataFormatCertPem))
    context = xmlsec.EncryptionContext(manager)
    form = xmlsec.constants.KeyDataDes if cipher == "DES3" else xmlsec.constants.KeyDataAes
    context.key = xmlsec.Key.generate(form, size, xmlsec.constants.KeyDataTypeSession)
    context.encrypt_xml(made, target)
    root = etree.fromstring(etree.tostring(root))  # lxml does not find elements that another library has made
    if not inline:
        data = root.find(".//x:EncryptedData", NS)
        assert data is not None
        _apart(root, data, header)
    return root


def _apart(root: etree._Element, data: etree._Element, header: str) -> None:
    """Takes the key out of the data into the security header, with a list of what it opens."""
    key = data.find("ds:KeyInfo/x:EncryptedKey", NS)
    info = data.find("ds:KeyInfo", NS)
    assert key is not None
    assert info is not None
    info.remove(key)
    data.remove(info)
    listed = etree.SubElement(key, f"{{{NS['x']}}}ReferenceList")
    etree.SubElement(listed, f"{{{NS['x']}}}DataReference", URI="#DATA")
    security = security_of(root)
    security.insert(0 if header == "first" else len(security), key)


def decrypted(message: bytes, by: Pair) -> etree._Element:
    """A request that we encrypted, opened: every part, with its key put where the library looks for it."""
    root = etree.fromstring(message)
    key = root.find(".//e:Security/x:EncryptedKey", NS)
    assert key is not None
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_file(str(by.key_file), xmlsec.constants.KeyDataFormatPem))
    for one in [str(one.get("URI"))[1:] for one in key.findall(".//x:DataReference", NS)]:
        data = next(each for each in root.iter(f"{{{NS['x']}}}EncryptedData") if each.get("Id") == one)
        info = data.find("ds:KeyInfo", NS)
        assert info is not None
        for child in info:
            info.remove(child)
        plain = etree.fromstring(etree.tostring(key, with_tail=False))
        for unread in (*plain.findall("ds:KeyInfo", NS), *plain.findall("x:ReferenceList", NS)):
            plain.remove(unread)
        info.append(plain)
        xmlsec.EncryptionContext(manager).decrypt(data)
        root = etree.fromstring(etree.tostring(root))
    return root
