"""Complaint 18: WS-Security stops at a signature: no encrypted body, no other certificate for the answers, no unsigned
answers, not several tokens at once, and a C library that has to be built.

mvantellingen/python-zeep#1230, #1215, #655, #1429, #1485; MicrosoftDocs/azure-docs#66816 (none at all).
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest
from lxml import etree

from tests.adapters.soap.security.keys import PASSWORD, Keys
from tests.adapters.soap.security.other_side import NS, answer, decrypted, encrypt, sign, verified
from tests.complaints.legacy import Bridges, Old, Op, element, schema, wsdl

WSDL = wsdl(
    schema(
        element("Get", '<xs:element name="Text" type="xs:string"/>')
        + element("GetResponse", '<xs:element name="Text" type="xs:string" maxOccurs="unbounded"/>')
    ),
    Op("Get"),
)
GOOD = "<t:GetResponse xmlns:t='urn:old'><t:Text>a</t:Text><t:Text>b</t:Text></t:GetResponse>"
FAULT = "<s:Fault><faultcode>s:Client</faultcode><faultstring>No such thing</faultstring></s:Fault>"


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.made(tmp_path_factory.mktemp("keys"))


def signed(keys: Keys, body: str = GOOD) -> etree._Element:
    now = dt.datetime.now(dt.UTC)
    times = [f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in (now, now + dt.timedelta(minutes=5))]
    return sign(answer(body, created=times[0], expires=times[1]), keys.theirs)


def gives(old: Old, root: etree._Element) -> None:
    old.answer = etree.tostring(root)


async def test_body_encrypted_both_ways_zeep_1230(bridges: Bridges, keys: Keys) -> None:
    security = {"encrypt": {"cert": str(keys.theirs.cert_file)}, "decrypt": keys.ours.sign}
    async with bridges(WSDL, security=security) as old:
        root = answer(GOOD)
        body = root.find("s:Body", NS)
        assert body is not None
        gives(old, encrypt(root, keys.ours, body))
        told = await old.post("get", {"text": "secret words"})
        assert (told.status, told.json) == (200, ["a", "b"])
        assert b"secret words" not in old.asked[-1]
        opened = decrypted(old.asked[-1], keys.theirs)
        assert opened.findtext(".//{urn:old}Text") == "secret words"


async def test_answers_have_a_certificate_of_their_own_zeep_1429(bridges: Bridges, keys: Keys) -> None:
    security = {"timestamp": True, "sign": keys.ours.sign, "verify": {"cert": str(keys.theirs.cert_file)}}
    async with bridges(WSDL, security=security) as old:
        gives(old, signed(keys))
        told = await old.post("get", {"text": "x"})
        assert (told.status, told.json) == (200, ["a", "b"])
        assert len(verified(old.asked[-1], keys.ours)) == 2
        old.answer = old.answer.replace(b">a<", b">z<")
        told = await old.post("get", {"text": "x"})
        assert (told.status, told.json["code"]) == (502, "upstream_invalid")
        assert "sign" not in told.text, "why is in the log, not in the answer"


async def test_unsigned_answers_where_they_are_allowed_and_faults_zeep_1215(bridges: Bridges, keys: Keys) -> None:
    verify = {"cert": str(keys.theirs.cert_file)}
    async with bridges(WSDL, security={"verify": verify}) as old:
        gives(old, answer(GOOD))
        assert (await old.post("get", {"text": "x"})).status == 502
        rows = await old.ask("POST", "/v1/old/get", json={"text": "x"}, headers={"Accept": "application/x-ndjson"})
        assert rows.status == 502, "not a row before the whole is proven"
        gives(old, answer(FAULT))
        old.status = 500
        told = await old.post("get", {"text": "x"})
        assert (told.status, told.json["detail"]) == (422, "No such thing"), (
            "a fault is not hidden by its missing signature"
        )
    async with bridges(WSDL, security={"verify": {**verify, "optional": True}}) as old:
        gives(old, answer(GOOD))
        assert (await old.post("get", {"text": "x"})).json == ["a", "b"]


async def test_several_tokens_at_once_zeep_655(bridges: Bridges, keys: Keys) -> None:
    security = {
        "username_token": {"username": "shop", "password": f"file:{keys.password_file}", "digest": True},
        "timestamp": {"ttl": "1m"},
        "sign": {**keys.ours.sign, "parts": ["body", "timestamp", "username_token", "binary_token"]},
        "encrypt": {"cert": str(keys.theirs.cert_file), "parts": ["username_token"]},
    }
    async with bridges(WSDL, security=security) as old:
        old.answers("<t:GetResponse><t:Text>a</t:Text></t:GetResponse>")
        assert (await old.post("get", {"text": "x"})).status == 200
        assert PASSWORD.encode() not in old.asked[-1]
        assert b"UsernameToken" not in old.asked[-1]
        opened = decrypted(old.asked[-1], keys.theirs)
        assert opened.findtext(".//e:Username", namespaces=NS) == "shop"
        assert len(verified(etree.tostring(opened), keys.ours)) == 4


def test_nothing_has_to_be_built_zeep_1485(keys: Keys) -> None:
    """All of it without the library of which others complain."""
    settings = {"sign": keys.ours.sign, "encrypt": {"cert": str(keys.ours.cert_file)},
                "verify": {"cert": str(keys.ours.cert_file)}, "decrypt": keys.ours.sign, "timestamp": True}  # fmt: skip
    code = (
        "import sys; sys.modules['xmlsec'] = None\n"
        "from tests.adapters.soap.security.opened import opened, protected\n"
        f"settings = {settings!r}\n"
        "print(opened(protected(**settings), **settings).find('{*}Body')[0].tag)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "{urn:old}Get"
