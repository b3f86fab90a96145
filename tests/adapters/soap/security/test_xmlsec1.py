"""The command of the XML Security Library as the other side."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from lxml import etree

from adapters.soap.security.failing import InsecureAnswer
from tests.adapters.soap.security.keys import Keys
from tests.adapters.soap.security.opened import body_text, opened, protected
from tests.adapters.soap.security.other_side import NS, answer, security_of
from tests.programs import need

IDS = ["--id-attr:Id", f"{NS['s']}:Body", "--id-attr:Id", f"{NS['u']}:Timestamp"]
TEMPLATE = """<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>{}</ds:SignedInfo>
<ds:SignatureValue/></ds:Signature>"""
REFERENCE = """<ds:Reference URI="#{}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>"""


def xmlsec1(folder: Path, message: bytes, *words: object) -> subprocess.CompletedProcess[bytes]:
    program = need("xmlsec1", "xmlsec1")
    file = folder / "message.xml"
    file.write_bytes(message)
    command, *options = map(str, words)
    return subprocess.run([program, command, *IDS, *options, str(file)], capture_output=True, check=False)


def test_it_verifies_what_we_sign(keys: Keys, tmp_path: Path) -> None:
    sent = protected(timestamp=True, sign=keys.ours.sign)
    done = xmlsec1(tmp_path, sent, "--verify", "--pubkey-cert-pem", keys.ours.cert_file)
    assert (done.returncode, b"ok/all): 2/2" in done.stderr) == (0, True), done.stderr
    changed = xmlsec1(tmp_path, sent.replace(b"Get>", b"Got>"), "--verify", "--pubkey-cert-pem", keys.ours.cert_file)
    assert changed.returncode != 0


def test_we_believe_what_it_signs(keys: Keys, tmp_path: Path) -> None:
    root = answer()
    references = REFERENCE.format("BODY") + REFERENCE.format("TS")
    security_of(root).append(etree.fromstring(TEMPLATE.format(references)))
    done = xmlsec1(tmp_path, etree.tostring(root), "--sign", "--privkey-pem", keys.theirs.key_file)
    assert done.returncode == 0, done.stderr
    verify = {"cert": str(keys.theirs.cert_file)}
    assert body_text(opened(done.stdout, verify=verify)) == "ok"
    with pytest.raises(InsecureAnswer):
        opened(done.stdout.replace(b">ok<", b">no<"), verify=verify)


def test_it_decrypts_what_we_encrypt(keys: Keys, tmp_path: Path) -> None:
    sent = protected(encrypt={"cert": str(keys.theirs.cert_file), "algorithm": "aes256-cbc"})
    root = etree.fromstring(sent)
    key, info = root.find(".//x:EncryptedKey", NS), root.find(".//s:Body/x:EncryptedData/ds:KeyInfo", NS)
    assert key is not None
    assert info is not None
    for unread in (*key.findall("ds:KeyInfo", NS), *key.findall("x:ReferenceList", NS), *info):
        parent = unread.getparent()
        assert parent is not None
        parent.remove(unread)
    info.append(key)  # it knows no wsse:SecurityTokenReference
    done = xmlsec1(tmp_path, etree.tostring(root), "--decrypt", "--privkey-pem", keys.theirs.key_file)
    assert done.returncode == 0, done.stderr
    assert etree.fromstring(done.stdout).findtext(".//{urn:old}Id") == "ä\r1"
