"""WS-Security in whole calls: what a server saw, what came of its answers, and what nobody gets to see."""

from __future__ import annotations

import base64
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bridge.call import Explanation
from bridge.errors import BadRequest, ConfigError, Fault, UpstreamInvalid, UpstreamUnauthorized
from bridge.events import UpstreamCalled
from tests.adapters.soap.messages import body_of, head_of, soap
from tests.adapters.soap.opened import ARGS, Room, call
from tests.adapters.soap.security.keys import PASSWORD, Keys
from tests.adapters.soap.security.other_side import NS, answer, decrypted, encrypt, sign, verified
from tests.adapters.soap.shop import NOT_FOUND, ORDER, SHOP, fault
from tests.bridge.transport.faults import FaultServer, answers, http

SAML = (
    '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0">'
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignatureValue>AAAA</ds:SignatureValue>'
    "</ds:Signature><saml:Subject><saml:NameID>anna</saml:NameID></saml:Subject></saml:Assertion>"
)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.made(tmp_path_factory.mktemp("keys"))


def signed(keys: Keys, body: str = ORDER, **more: Any) -> etree._Element:
    now = dt.datetime.now(dt.UTC)
    times = [f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in (now, now + dt.timedelta(minutes=5))]
    text = body.replace("<t:", "<t:", 1).replace(">", f" xmlns:t='{SHOP}'>", 1)
    return sign(answer(text, created=times[0], expires=times[1]), keys.theirs, **more)


def envelope_of(request: bytes) -> bytes:
    return request.partition(b"\r\n\r\n")[2]


async def test_both_ways(room: Room, keys: Keys) -> None:
    security = {
        "timestamp": True, "sign": keys.ours.sign, "encrypt": {"cert": str(keys.theirs.cert_file)},
        "verify": {"cert": str(keys.theirs.cert_file)}, "decrypt": keys.ours.sign,
    }  # fmt: skip
    root = signed(keys)
    body = root.find("s:Body", NS)
    assert body is not None
    good = etree.tostring(encrypt(root, keys.ours, body))
    async with FaultServer(
        [answers(http(good)), answers(http(good.replace(b"CipherValue>", b"CipherValue>AAAA", 1)))]
    ) as server:
        service = room.upstream(server.url, security=security).service("GetOrder")
        reply = await service(call())
        with pytest.raises(UpstreamInvalid) as caught:
            await service(call())
    assert reply.body == b'{"orderId":1001,"total":12.50}'
    assert caught.value.cause == "security: the answer cannot be decrypted"
    opened = decrypted(envelope_of(server.requests[0]), keys.theirs)
    assert opened.findtext(f".//{{{SHOP}}}OrderID") == "1001"
    assert len(verified(etree.tostring(opened), keys.ours)) == 2
    assert b"OrderID" not in server.requests[0]
    assert [one.outcome for one in room.told(UpstreamCalled) if isinstance(one, UpstreamCalled)] == [
        "ok",
        "upstream_invalid",
    ]


async def test_an_unsigned_answer_is_refused_and_an_unsigned_fault_is_a_fault(room: Room, keys: Keys) -> None:
    security = {"verify": {"cert": str(keys.theirs.cert_file)}}
    gone = http(fault("Client", "gone", NOT_FOUND, version="1.1"), status=500)
    async with FaultServer([answers(soap()), answers(gone), answers(gone)]) as server:
        service = room.upstream(server.url, security=security).service("GetOrder")
        with pytest.raises(UpstreamInvalid) as caught:
            await service(call())
        assert caught.value.cause == "security: the answer is not signed"
        with pytest.raises(Fault) as told:
            await service(call())
        assert told.value.name == "OrderNotFound"
        security["verify"]["unsigned_faults"] = "refuse"
        with pytest.raises(UpstreamInvalid):
            await room.upstream(server.url, security=security).service("GetOrder")(call())


async def test_a_foreign_address_gets_neither_signature_nor_trust(room: Room, keys: Keys) -> None:
    security = {"sign": keys.ours.sign, "verify": {"cert": str(keys.theirs.cert_file)}}
    async with FaultServer([answers(soap())]) as server:
        upstream = room.upstream(server.url, security=security, wsdl="https://shop.example/?wsdl")
        with pytest.raises(UpstreamInvalid):
            await upstream.service("GetOrder")(call())
        assert b"Signature" not in server.requests[0]


async def test_nothing_secret_is_shown(room: Room, keys: Keys) -> None:
    token = {"username": "shop", "password": f"file:{keys.password_file}"}
    security = {"username_token": token, "timestamp": True, "sign": {**keys.ours.sign, "key_info": "x509_data"}}
    async with FaultServer([answers(soap())]) as server:
        upstream = room.upstream(server.url, security=security)
        explain = Explanation()
        await upstream.service("GetOrder")(call(explain=explain))
        shown = await upstream.dry_run("GetOrder", ARGS)
    sent = body_of(server.requests[0])
    assert sent.findtext(".//e:Password", namespaces=NS) == PASSWORD
    for text in (shown.body.decode(), explain.request.decode(), repr(upstream._security)):
        assert PASSWORD not in text
        for path in ("ds:SignatureValue", "ds:DigestValue", "e:Password"):
            value = sent.findtext(f".//{path}", namespaces=NS)
            assert value
            assert value not in text
    assert etree.fromstring(shown.body).findtext(".//ds:SignatureValue", namespaces=NS) == "***"
    assert etree.fromstring(shown.body).findtext(".//e:Username", namespaces=NS) == "shop"


# ── SAML ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", ["xml", "base64"])
async def test_the_assertion_of_a_caller(room: Room, form: str) -> None:
    value = SAML if form == "xml" else base64.b64encode(SAML.encode()).decode()
    async with FaultServer([answers(soap())]) as server:
        upstream = room.upstream(server.url, security={"saml": {"header": "X-Saml-Assertion"}})
        await upstream.service("GetOrder")(call(headers={"x-saml-assertion": value, "X-Other": "1"}))
        for given in (
            {},
            {"X-Saml-Assertion": "???"},
            {"X-Saml-Assertion": "<a/>"},
            {"X-Saml-Assertion": "<!DOCTYPE a><a/>"},
        ):
            with pytest.raises(BadRequest):
                await upstream.service("GetOrder")(call(headers=given))
        assert b"SecurityTokenReference" not in (await upstream.dry_run("GetOrder", ARGS)).body
    [request] = server.requests
    assert "x-saml-assertion" not in head_of(request), "into the envelope and no further"
    assert head_of(request)["x-other"] == "1"
    found = body_of(request).find(".//{urn:oasis:names:tc:SAML:2.0:assertion}Assertion")
    assert found is not None
    assert etree.tostring(found, method="c14n", exclusive=True) == etree.tostring(
        etree.fromstring(SAML), method="c14n", exclusive=True
    )


async def test_an_assertion_in_a_file_is_read_anew(room: Room, tmp_path: Path, keys: Keys) -> None:
    path = tmp_path / "assertion.xml"
    path.write_text(SAML)
    sign = {**keys.ours.sign, "parts": ["body", "saml"]}
    async with FaultServer([answers(soap())]) as server:
        upstream = room.upstream(server.url, security={"saml": f"file:{path}", "sign": sign})
        await upstream.service("GetOrder")(call())
        path.write_text(SAML.replace("anna", "berta"))
        await upstream.service("GetOrder")(call())
        path.write_text("<a/>")
        with pytest.raises(UpstreamUnauthorized) as caught:
            await upstream.service("GetOrder")(call())
        assert caught.value.outcome == "not_sent"
    assert [b"anna" in one for one in server.requests] == [True, False]
    assert "#_1" in {str(one.get("URI")) for one in body_of(server.requests[0]).iter(f"{{{NS['ds']}}}Reference")}
    with pytest.raises(ConfigError, match=r"assertion\.xml.*no SAML assertion"):
        room.upstream("http://x.test", security={"saml": f"file:{path}"})
