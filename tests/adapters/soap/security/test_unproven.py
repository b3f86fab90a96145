"""Files beside an envelope that had to be signed: what it includes was signed with it, everything else is not read."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from pathlib import Path

import pytest
from lxml import etree

from tests.adapters.soap.security.keys import Keys
from tests.adapters.soap.security.other_side import NS, answer, encrypt, sign
from tests.complaints.legacy import Bridges, Old
from tests.servers.running import WSDLS

WSDL = (WSDLS / "files.wsdl").read_text("utf-8")
DATA = b"%PDF-1.7 " + b"signed with the envelope that includes it " * 40
INCLUDE = b'<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:file@old"/>'
FETCHED = '<f:FetchResponse xmlns:f="urn:example:files"><f:Name>n</f:Name><f:Content>{}</f:Content></f:FetchResponse>'
ATTACHED = '<f:AttachResponse xmlns:f="urn:example:files"><f:Name>n</f:Name></f:AttachResponse>'
OWN = {"Fetch": {"soap": {"attachments": {"answer": "/content/value"}}}}
BARE = {"Accept": "application/octet-stream"}


@pytest.fixture(scope="module")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> Bridges:
    return Bridges(tmp_path_factory.mktemp("unproven"))


def fresh(body: str) -> etree._Element:
    now = dt.datetime.now(dt.UTC)
    times = [f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in (now, now + dt.timedelta(minutes=5))]
    return answer(body, created=times[0], expires=times[1])


def packed(old: Old, root: etree._Element, data: bytes = DATA) -> None:
    """As a server does it: signed with the value in it, which then goes into a part of its own."""
    envelope = etree.tostring(root).replace(b64encode(DATA), INCLUDE)
    begin = b"--b\r\nContent-Type: application/xop+xml\r\n\r\n" + envelope
    part = b"\r\n--b\r\nContent-Type: application/pdf\r\nContent-ID: <file@old>\r\n\r\n" + data
    old.answer = begin + part + b"\r\n--b--\r\n"
    old.content_type = 'multipart/related; type="application/xop+xml"; boundary=b'


async def test_what_the_envelope_includes_is_signed_with_it(bridges: Bridges, keys: Keys) -> None:
    verify = {"cert": str(keys.theirs.cert_file)}
    async with bridges(WSDL, operations=OWN, security={"verify": verify}) as old:
        packed(old, sign(fresh(FETCHED.format(b64encode(DATA).decode())), keys.theirs))
        told = await old.post("fetch", {"name": "n"})
        assert told.json == {"name": "n", "content": {"value": b64encode(DATA).decode()}}
        told = await old.ask("POST", "/v1/old/fetch", json={"name": "n"}, headers=BARE)
        assert (told.status, told.text.encode()) == (200, DATA)


async def test_not_a_byte_of_a_changed_part_leaves(bridges: Bridges, keys: Keys) -> None:
    verify = {"cert": str(keys.theirs.cert_file)}
    async with bridges(WSDL, operations=OWN, security={"verify": verify}) as old:
        packed(
            old, sign(fresh(FETCHED.format(b64encode(DATA).decode())), keys.theirs), DATA.replace(b"signed", b"forged")
        )
        assert (await old.post("fetch", {"name": "n"})).status == 502
        told = await old.ask("POST", "/v1/old/fetch", json={"name": "n"}, headers=BARE)
        assert told.status == 502
        assert "forged" not in told.text


async def test_a_part_that_nothing_signed_refers_to_is_not_read(bridges: Bridges, keys: Keys, tmp_path: Path) -> None:
    verify = {"cert": str(keys.theirs.cert_file)}
    async with bridges(WSDL, security={"verify": verify}) as old:
        packed(old, sign(fresh(ATTACHED), keys.theirs))
        told = await old.post("attach", {"name": "n", "scan": "AAAA"})
        assert (told.status, told.json["code"]) == (502, "upstream_invalid")
    async with bridges(WSDL, security={"verify": {**verify, "optional": True}}) as old:
        packed(old, fresh(ATTACHED))
        told = await old.post("attach", {"name": "n", "scan": "AAAA"})
        assert told.json == {"name": "n", "scan": b64encode(DATA).decode()}


async def test_encrypted_and_then_packed(bridges: Bridges, keys: Keys) -> None:
    async with bridges(WSDL, operations=OWN, security={"decrypt": keys.ours.sign}) as old:
        root = fresh(FETCHED.format(b64encode(DATA).decode()))
        body = root.find("s:Body", NS)
        assert body is not None
        old.answer = etree.tostring(encrypt(root, keys.ours, body))
        told = await old.ask("POST", "/v1/old/fetch", json={"name": "n"}, headers=BARE)
        assert (told.status, told.text.encode()) == (200, DATA)
