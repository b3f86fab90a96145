"""What others encrypt for us: by the XML Security Library, in each place and order; and what cannot be decrypted."""

from __future__ import annotations

import base64
import itertools

import pytest
from lxml import etree

from adapters.soap.security import algorithms
from adapters.soap.security.algorithms import Transport
from adapters.soap.security.decrypting import Bounds
from adapters.soap.security.failing import InsecureAnswer
from bridge.formats.xml import safe
from tests.adapters.soap.security.keys import Keys
from tests.adapters.soap.security.opened import body_text, opened, protected, security
from tests.adapters.soap.security.other_side import ANSWER, NS, answer, encrypt, security_of, sign

CIPHERS = (("AES128", 128), ("AES192", 192), ("AES256", 256), ("AES128_GCM", 128), ("AES256_GCM", 256), ("DES3", 192))


def body(root: etree._Element) -> etree._Element:
    found = root.find("s:Body", NS)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("cipher", "transport", "inline"),
    list(itertools.product(CIPHERS, ("RSA_OAEP", "RSA_PKCS1"), (True, False))),
)
def test_it_is_read(keys: Keys, cipher: tuple[str, int], transport: str, inline: bool) -> None:
    root = answer()
    root = encrypt(root, keys.ours, body(root), cipher=cipher[0], size=cipher[1], transport=transport, inline=inline)
    allowed = {"key_transports": ["rsa-oaep", "rsa-1_5"], "algorithms": ["aes128-cbc", "aes192-cbc", "aes256-cbc",
               "aes128-gcm", "aes256-gcm", "3des"]}  # fmt: skip
    assert body_text(opened(root, decrypt={**keys.ours.sign, **allowed})) == "ok"
    if cipher[0] == "DES3" or transport == "RSA_PKCS1":
        with pytest.raises(InsecureAnswer) as caught:
            opened(root, decrypt=keys.ours.sign)
        assert "is not allowed" in caught.value.cause


@pytest.mark.parametrize(("order", "inline"), list(itertools.product(("sign_encrypt", "encrypt_sign"), (True, False))))
def test_signed_and_encrypted(keys: Keys, order: str, inline: bool) -> None:
    root = answer()
    if order == "sign_encrypt":
        root = sign(root, keys.theirs)
        root = encrypt(root, keys.ours, body(root), inline=inline)
    else:
        root = encrypt(root, keys.ours, body(root), inline=inline, header="last")
        key = root.find(".//e:Security/x:EncryptedKey", NS)
        root = sign(root, keys.theirs)
        if key is not None:  # what was done last stands first
            key = root.find(".//e:Security/x:EncryptedKey", NS)
            assert key is not None
            security_of(root).append(key)
    settings = {"verify": {"cert": str(keys.theirs.cert_file)}, "decrypt": keys.ours.sign, "order": order}
    assert body_text(opened(root, **settings)) == "ok"
    changed = etree.tostring(root).replace(b"2027-01-15T08:00:00Z", b"2027-01-15T08:00:01Z")
    with pytest.raises(InsecureAnswer):
        opened(changed, **settings)


def test_an_element_of_the_body(keys: Keys) -> None:
    root = answer()
    text = root.find(".//{urn:old}Text")
    assert text is not None
    root = encrypt(root, keys.ours, text, whole=True)
    assert body_text(opened(root, decrypt={**keys.ours.sign, "required": False})) == "ok"


def test_an_encrypted_signature_and_header_of_ours_read_back(keys: Keys) -> None:
    parts = ["body", "signature", "{urn:old}Tenant"]
    sent = protected(
        timestamp=True, sign={**keys.ours.sign, "parts": ["body", "timestamp", "{urn:old}Tenant"]},
        encrypt={"cert": str(keys.theirs.cert_file), "parts": parts},
    )  # fmt: skip
    read = opened(sent, verify={"cert": str(keys.ours.cert_file)}, decrypt=keys.theirs.sign)
    assert read.findtext("s:Header/{urn:old}Tenant", namespaces=NS) == "7 & 8"


def test_a_body_in_clear_is_refused_unless_it_may_be(keys: Keys) -> None:
    with pytest.raises(InsecureAnswer) as caught:
        opened(answer(), decrypt=keys.ours.sign)
    assert caught.value.cause == "security: the body of the answer is not encrypted"
    assert body_text(opened(answer(), decrypt={**keys.ours.sign, "required": False})) == "ok"
    fault = "<s:Fault><faultcode>s:Server</faultcode><faultstring>no</faultstring></s:Fault>"
    opened(answer(fault), decrypt=keys.ours.sign)


# ── one error for all that fails ─────────────────────────────────────────────────────────────────────────────────

GARBAGE = {
    "key": ("x:EncryptedKey", b"\x00" * 256),
    "short key": ("x:EncryptedKey", b"k"),
    "no key": ("x:EncryptedKey", b""),
    "content": ("x:EncryptedData", b"\x01" * 160),
    "short content": ("x:EncryptedData", b"c"),
    "no content": ("x:EncryptedData", b""),
}


@pytest.mark.parametrize("where", GARBAGE)
@pytest.mark.parametrize("cipher", [("AES256", 256), ("AES256_GCM", 256)])
@pytest.mark.parametrize("transport", ["RSA_OAEP", "RSA_PKCS1"])
def test_nothing_tells_what_failed(keys: Keys, where: str, cipher: tuple[str, int], transport: str) -> None:
    root = answer()
    root = encrypt(root, keys.ours, body(root), cipher=cipher[0], size=cipher[1], transport=transport)
    path, value = GARBAGE[where]
    found = root.find(f".//{path}/x:CipherData/x:CipherValue", NS)
    assert found is not None
    found.text = base64.b64encode(value).decode()
    with pytest.raises(InsecureAnswer) as caught:
        opened(root, decrypt={**keys.ours.sign, "key_transports": ["rsa-oaep", "rsa-1_5"]})
    assert caught.value.cause == "security: the answer cannot be decrypted"
    assert caught.value.detail == "The system behind gave an unusable answer"


@pytest.mark.parametrize(
    "plain",
    ["</plain><plain>", "<!DOCTYPE a><a/>", "&undefined;", "<?xml version='1.0'?><a/>", "\x01", "<a x='1' x='2'/>"],
)  # fmt: skip
def test_a_plaintext_is_read_as_carefully_as_an_answer(keys: Keys, plain: str) -> None:
    with pytest.raises(InsecureAnswer) as caught:
        opened(with_plain(keys, plain.encode()), decrypt=keys.ours.sign)
    assert caught.value.cause == "security: the answer cannot be decrypted"


def test_a_plaintext_has_the_bounds_of_an_answer(keys: Keys) -> None:
    root = with_plain(keys, b"<a/>" * 1000)
    assert len(body(opened(root, decrypt=keys.ours.sign))) == 1000
    tight = security(bounds=Bounds(nodes_max=500), decrypt=keys.ours.sign)
    with pytest.raises(InsecureAnswer):
        tight.open(safe.parse(etree.tostring(root)), "")


def test_too_many_parts_are_refused(keys: Keys) -> None:
    root = with_plain(keys, b"<a/>")
    for data in [*root.iter(f"{{{NS['x']}}}DataReference")]:
        parent = data.getparent()
        assert parent is not None
        for _ in range(60):
            etree.SubElement(parent, data.tag, URI=str(data.get("URI")))
    with pytest.raises(InsecureAnswer) as caught:
        opened(root, decrypt=keys.ours.sign)
    assert "more is encrypted" in caught.value.cause


def test_a_key_elsewhere_is_not_fetched(keys: Keys) -> None:
    text = etree.tostring(with_plain(keys, b"<a/>")).decode()
    elsewhere = text.replace("<x:CipherValue>", "<x:CipherReference URI='http://evil.test/'/><x:Value>", 1)
    elsewhere = elsewhere.replace("</x:CipherValue>", "</x:Value>", 1)
    with pytest.raises(InsecureAnswer):
        opened(elsewhere.encode(), decrypt=keys.ours.sign)


def with_plain(keys: Keys, plain: bytes) -> etree._Element:
    """An answer whose body is encrypted from these very bytes."""
    secret = b"0123456789abcdef"
    wrapped = algorithms.wrap(Transport("rsa-oaep"), keys.ours.key.public_key(), secret)
    content = algorithms.encrypt("aes128-gcm", secret, plain)
    root = answer("")
    values = [base64.b64encode(one).decode() for one in (wrapped, content)]
    space = f"xmlns:x='{NS['x']}'"
    data = "<x:CipherData><x:CipherValue>{}</x:CipherValue></x:CipherData>"
    security_of(root).append(
        etree.fromstring(
            f"<x:EncryptedKey {space}><x:EncryptionMethod Algorithm='{NS['x']}rsa-oaep-mgf1p'/>{data.format(values[0])}"
            "<x:ReferenceList><x:DataReference URI='#D'/></x:ReferenceList></x:EncryptedKey>"
        )
    )
    body(root).append(
        etree.fromstring(
            f"<x:EncryptedData {space} Id='D' Type='{NS['x']}Content'>"
            f"<x:EncryptionMethod Algorithm='http://www.w3.org/2009/xmlenc11#aes128-gcm'/>{data.format(values[1])}"
            "</x:EncryptedData>"
        )
    )
    return root


def test_the_way_of_the_tests_is_right(keys: Keys) -> None:
    assert body_text(opened(with_plain(keys, ANSWER.encode()), decrypt=keys.ours.sign)) == "ok"


def test_a_key_of_another_length_than_its_cipher_is_none(keys: Keys) -> None:
    root = with_plain(keys, ANSWER.encode())  # its key has 16 bytes
    method = root.find(".//x:EncryptedData/x:EncryptionMethod", NS)
    assert method is not None
    method.set("Algorithm", "http://www.w3.org/2009/xmlenc11#aes256-gcm")
    with pytest.raises(InsecureAnswer) as caught:
        opened(root, decrypt=keys.ours.sign)
    assert caught.value.cause == "security: the answer cannot be decrypted"


def test_too_many_parts_with_keys_of_their_own(keys: Keys) -> None:
    root = answer("<t:a xmlns:t='urn:old'/>")
    inside = body(root)
    root = encrypt(root, keys.ours, inside, inline=True)
    data = body(root)[0]
    del data.attrib["Id"]
    for _ in range(60):
        body(root).append(etree.fromstring(etree.tostring(data)))
    with pytest.raises(InsecureAnswer) as caught:
        opened(root, decrypt=keys.ours.sign)
    assert "more is encrypted" in caught.value.cause


def test_what_stays_encrypted_is_told(keys: Keys) -> None:
    root = with_plain(keys, ANSWER.encode())
    key = root.find(".//x:EncryptedKey", NS)
    assert key is not None
    security_of(root).remove(key)
    for decrypt in ({**keys.ours.sign, "required": False}, keys.ours.sign):
        with pytest.raises(InsecureAnswer) as caught:
            opened(root, decrypt=decrypt)
        assert caught.value.cause == "security: the answer is encrypted, and not in a way that is configured"
