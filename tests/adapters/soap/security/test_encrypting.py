"""What we encrypt, opened by the XML Security Library, with every cipher and every way to wrap and name the key."""

from __future__ import annotations

import itertools

import pytest
import xmlsec
from lxml import etree

from adapters.soap.security.failing import InsecureAnswer
from bridge.formats.xml.safe import UnsafeXml
from tests.adapters.soap.security.keys import Keys
from tests.adapters.soap.security.opened import REQUEST, opened, protected
from tests.adapters.soap.security.other_side import NS, decrypted, verified

CIPHERS = ("aes256-gcm", "aes192-gcm", "aes128-gcm", "aes256-cbc", "aes192-cbc", "aes128-cbc", "3des")
KINDS = ("issuer_serial", "ski", "thumbprint", "binary_token", "certificate", "x509_data", "key_name", "none")


def body_of(message: etree._Element | bytes) -> bytes:
    root = etree.fromstring(message) if isinstance(message, bytes) else message
    body = root.find("s:Body", NS)
    assert body is not None
    return b"".join(etree.tostring(one, method="c14n", exclusive=True) for one in body)


@pytest.mark.parametrize(("cipher", "transport"), list(itertools.product(CIPHERS, ("rsa-oaep", "rsa-1_5"))))
def test_the_receiver_can_read_it(keys: Keys, cipher: str, transport: str) -> None:
    settings = {"cert": str(keys.theirs.cert_file), "algorithm": cipher, "key_transport": transport}
    sent = protected(encrypt=settings)
    assert b"Get" not in sent.partition(b"<soap:Body")[2]
    assert body_of(decrypted(sent, keys.theirs)) == body_of(REQUEST)
    with pytest.raises(xmlsec.Error):
        decrypted(sent, keys.other)


@pytest.mark.parametrize("transport", ["rsa-oaep", "rsa-oaep-11", "rsa-1_5"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_name_of_the_key_and_every_part(keys: Keys, kind: str, transport: str) -> None:
    token = {"username": "shop", "password": f"file:{keys.password_file}"}
    parts = ["body", "username_token", "signature", "{urn:old}Tenant"]
    encrypt = {"cert": str(keys.theirs.cert_file), "parts": parts, "key_info": kind, "key_transport": transport}
    sent = protected(timestamp=True, username_token=token, sign=keys.ours.sign, encrypt=encrypt)
    for word in (b"Tenant", b"UsernameToken", b"Signature", b"t:Get>", b"key canary"):
        assert word not in sent
    assert sent.count(b"<xenc:EncryptedData") == 4
    [key] = etree.fromstring(sent).findall(".//x:EncryptedKey", NS)
    assert (key.find("ds:KeyInfo", NS) is None) == (kind == "none")
    verify = {"cert": str(keys.ours.cert_file)}
    back = {**keys.theirs.sign, "key_transports": [transport]}
    assert body_of(opened(sent, verify=verify, decrypt=back)) == body_of(REQUEST)


def test_where_there_is_nothing_to_encrypt_there_is_no_key(keys: Keys) -> None:
    for kind in ("issuer_serial", "binary_token"):
        encrypt = {"cert": str(keys.theirs.cert_file), "parts": ["{urn:old}Nobody"], "key_info": kind}
        root = etree.fromstring(protected(encrypt=encrypt))
        assert not root.findall(".//x:EncryptedKey", NS)
        assert not root.findall(".//e:BinarySecurityToken", NS)
        assert body_of(root) == body_of(REQUEST)


@pytest.mark.parametrize("order", ["sign_encrypt", "encrypt_sign"])
def test_both_orders(keys: Keys, order: str) -> None:
    parts = ["body", "timestamp", "{urn:old}Tenant", "username_token"]
    token = {"username": "shop", "password": f"file:{keys.password_file}"}
    encrypt = {"cert": str(keys.theirs.cert_file), "parts": ["body", "{urn:old}Tenant", "username_token"]}
    sign = {**keys.ours.sign, "parts": parts}
    sent = protected(timestamp=True, username_token=token, sign=sign, encrypt=encrypt, order=order)
    if order == "encrypt_sign":
        assert len(verified(sent, keys.ours)) == 4  # over what is encrypted, as it stands
        assert body_of(decrypted(sent, keys.theirs)) == body_of(REQUEST)
    else:
        assert len(verified(etree.tostring(decrypted(sent, keys.theirs)), keys.ours)) == 4
    verify = {"cert": str(keys.ours.cert_file), "parts": parts}
    read = opened(sent, verify=verify, decrypt=keys.theirs.sign, order=order)
    assert body_of(read) == body_of(REQUEST)
    assert read.findtext("s:Header/{urn:old}Tenant", namespaces=NS) == "7 & 8"


def test_each_message_has_a_key_of_its_own(keys: Keys) -> None:
    sent = [protected(encrypt={"cert": str(keys.theirs.cert_file)}) for _ in range(3)]
    values = {one.text for each in sent for one in etree.fromstring(each).iter(f"{{{NS['x']}}}CipherValue")}
    assert len(values) == 6


def test_a_file_in_the_text_of_a_signed_and_encrypted_message_is_read(keys: Keys) -> None:
    text = b"QUJD" * 3_000_000
    request = REQUEST.replace(b"\xc3\xa4&#13;1", text)
    encrypt = {"cert": str(keys.theirs.cert_file), "parts": ["body"]}
    sent = protected(request, timestamp=True, sign=keys.ours.sign, encrypt=encrypt)
    verify = {"cert": str(keys.ours.cert_file)}
    assert opened(sent, verify=verify, decrypt=keys.theirs.sign).findtext(".//{urn:old}Id") == text.decode()
    signed = protected(request, timestamp=True, sign=keys.ours.sign)
    opened(signed, verify=verify)
    for changed in (text[:-1] + b"E", b"<!-- <x>" + text + b"</x> -->" + text[:100]):
        with pytest.raises((InsecureAnswer, UnsafeXml)):
            opened(signed.replace(text, changed), verify=verify)
