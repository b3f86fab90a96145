"""Our signatures, checked by the XML Security Library, in every way to name the key and with every algorithm."""

from __future__ import annotations

import itertools

import pytest
import xmlsec
from lxml import etree

from tests.adapters.soap.security.keys import Keys
from tests.adapters.soap.security.opened import REQUEST, opened, protected
from tests.adapters.soap.security.other_side import NS, verified

KINDS = ("binary_token", "issuer_serial", "ski", "thumbprint", "certificate", "x509_data", "key_name", "none")
ALGORITHMS = ("rsa-sha256", "rsa-sha384", "rsa-sha512", "rsa-sha1", "rsa-pss-sha256", "rsa-pss-sha512")
CURVES = ("ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512")
ALL = ["body", "timestamp", "username_token", "addressing", "{urn:old}Tenant", "binary_token"]


@pytest.mark.parametrize(("kind", "algorithm"), list(itertools.product(KINDS, ALGORITHMS)))
def test_it_is_good(keys: Keys, kind: str, algorithm: str) -> None:
    sent = protected(timestamp=True, sign={**keys.ours.sign, "key_info": kind, "algorithm": algorithm})
    assert len(verified(sent, keys.ours)) == 2
    with pytest.raises(xmlsec.Error):
        verified(sent, keys.other)
    with pytest.raises(xmlsec.Error):
        verified(sent.replace(b">7 &amp; 8<", b">7<").replace(b"\xc3\xa4", b"a").replace(b"&#228;", b"a"), keys.ours)


@pytest.mark.parametrize(("kind", "algorithm"), list(itertools.product(KINDS, CURVES)))
def test_it_is_good_with_an_elliptic_curve(keys: Keys, kind: str, algorithm: str) -> None:
    sent = protected(timestamp=True, sign={**keys.curve.sign, "key_info": kind, "algorithm": algorithm})
    assert len(verified(sent, keys.curve)) == 2


@pytest.mark.parametrize("c14n", ["exclusive", "inclusive"])
@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha384", "sha512"])
def test_every_digest_and_canonical_form(keys: Keys, c14n: str, digest: str) -> None:
    settings = {**keys.ours.sign, "c14n": c14n, "digest": digest, "parts": ALL}
    token = {"username": "shop", "password": f"file:{keys.password_file}", "digest": True}
    sent = protected(timestamp=True, username_token=token, sign=settings)
    assert len(verified(sent, keys.ours)) == 6


def test_what_is_signed_is_what_was_asked_for(keys: Keys) -> None:
    sent = protected(timestamp=True, sign={**keys.ours.sign, "parts": ["body", "{urn:old}Tenant", "{urn:old}None"]})
    root = etree.fromstring(sent)
    ids = {uri[1:] for uri in verified(sent, keys.ours)}
    signed = {str(one.tag) for one in root.iter() if one.get(f"{{{NS['u']}}}Id") in ids}
    assert signed == {f"{{{NS['s']}}}Body", "{urn:old}Tenant"}
    assert len(root.findall(".//ds:Signature", NS)) == 1


def test_the_layout_is_strict(keys: Keys) -> None:
    root = etree.fromstring(protected(timestamp=True, sign=keys.ours.sign))
    [security] = root.findall("s:Header/e:Security", NS)
    assert [str(one.tag).rpartition("}")[2] for one in security] == ["Timestamp", "BinarySecurityToken", "Signature"]
    body = root.find("s:Body", NS)
    assert body is not None
    before = etree.fromstring(REQUEST)[1][0]
    assert etree.tostring(body[0], method="c14n", exclusive=True) == etree.tostring(
        before, method="c14n", exclusive=True
    )


def test_keys_with_a_password_and_pkcs12(keys: Keys) -> None:
    password = f"file:{keys.password_file}"
    locked = {"key": f"file:{keys.ours.locked_file}", "cert": str(keys.ours.cert_file), "password": password}
    bundle = {"pkcs12": f"file:{keys.ours.p12_file}", "password": password}
    for settings in (locked, bundle):
        assert len(verified(protected(timestamp=True, sign=settings), keys.ours)) == 2


@pytest.mark.parametrize(("version", "said"), [("1.1", ("actor", "1")), ("1.2", ("role", "true"))])
def test_whom_the_header_is_for(keys: Keys, version: str, said: tuple[str, str]) -> None:
    space = {"1.1": NS["s"], "1.2": "http://www.w3.org/2003/05/soap-envelope"}[version]
    request = REQUEST.replace(NS["s"].encode(), space.encode())
    sent = protected(request, timestamp=True, sign=keys.ours.sign, actor="urn:gate", must_understand=True)
    [header] = etree.fromstring(sent).findall(".//e:Security", NS)
    assert (header.get(f"{{{space}}}{said[0]}"), header.get(f"{{{space}}}mustUnderstand")) == ("urn:gate", said[1])
    assert len(verified(sent, keys.ours)) == 2


def test_we_believe_ourselves_too(keys: Keys) -> None:
    for kind, c14n in itertools.product(KINDS, ("exclusive", "inclusive")):
        sent = protected(timestamp=True, sign={**keys.ours.sign, "key_info": kind, "c14n": c14n})
        opened(sent, verify={"cert": str(keys.ours.cert_file)})
