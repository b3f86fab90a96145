"""A system that answers with everything it was sent, in every shape: no credential is in the store file afterwards,
with and without a key, in no byte of it and in nothing that it holds compressed."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable
from html import escape
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.app import Application
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.sinks.masks import Masks
from bridge.sinks.metrics import Metrics
from bridge.store.sealing import Seal, parse_key
from tests.complaints.legacy import Op, element, envelope, fault, schema, wsdl

KEY = base64.b64encode(bytes(range(32))).decode()
SECRETS = {
    "WSSE": "canary-wsse-<1>",
    "BASIC": "canary-basic-2",
    "BLOCK": "canary-block&3",
    "LOGIN": "canary-login-7",
    "KEY": KEY,
}
COOKIE = "sid=canary-cookie-4; Path=/"
CALLER = {"X-Session": "canary-session-5"}
ARGS = {"orderId": "ORDER17", "userPassword": "canary-argument-6"}
CANARIES = ("canary-wsse", "canary-basic", "canary-block", "canary-cookie", "canary-session", "canary-login")
WSDL = wsdl(
    schema(
        element(
            "Put", '<xs:element name="orderId" type="xs:string"/><xs:element name="userPassword" type="xs:string"/>'
        )
        + element("PutResponse", '<xs:element name="ok" type="xs:string" minOccurs="0"/>')
        + element("Login", '<xs:element name="password" type="xs:string"/>')
        + element("LoginResponse", '<xs:element name="ok" type="xs:string"/>')
    ),
    Op("Put"),
    Op("Login"),
)
Answering = Callable[[str, str], tuple[str, str]]


def _quoted(body: str, headers: str) -> tuple[str, str]:
    return envelope(fault("e:Server", "it broke: " + escape(headers), f"<t:d>{escape(body)}</t:d>")), "text/xml"


def _whole(body: str, headers: str) -> tuple[str, str]:
    inner = body.partition("?>")[2] or body
    return envelope(fault("e:Client", "see below", f"<t:d>{inner}</t:d><t:h>{escape(headers)}</t:h>")), "text/xml"


def _page(body: str, headers: str) -> tuple[str, str]:
    return f"<html><br>{headers}<pre>{body}", "text/html"


def _fields(body: str, headers: str) -> tuple[str, str]:
    items = "".join(
        f'<t:i name="{escape(name)}">{escape(value)}</t:i>'
        for name, _, value in (one.partition(": ") for one in headers.splitlines())
    )
    return envelope(fault("e:Server", "no", f"<t:d>{items}</t:d>")), "text/xml"


def config(folder: Path, endpoint: str, *, sealed: bool, wire: str) -> Config:
    (folder / "old.wsdl").write_text(WSDL, "utf-8")
    soap = {
        "wsdl": str(folder / "old.wsdl"),
        "endpoint": endpoint,
        "auth": {"basic": {"username": "bridge", "password": "env:BASIC"}},
        "security": {"username_token": {"username": "bridge", "password": "env:WSSE"}},
        "headers": {"send": [{"block": '<k:Code xmlns:k="urn:k">{code}</k:Code>', "values": {"code": "env:BLOCK"}}]},
        "session": {
            "login": "Login",
            "with": {"password": "env:LOGIN"},
            "token": "cookie",
            "send": {"cookie": True},
        },
    }
    return Config.model_validate(
        {
            "state": str(folder / "state"),
            "server": {"port": 0},
            "store": {"url": f"sqlite:///{folder / 'bridge.db'}"} | ({"key": "env:KEY"} if sealed else {}),
            "journal": {"wire": wire},
            "upstreams": {"old": {"soap": soap, "forward_headers": [*CALLER]}},
        }
    )


async def asked(config: Config, folder: Path) -> None:
    """One call from outside, and the bridge stops."""
    masks = Masks()
    masks.learn(config)
    bridge = Application(config, clock=SystemClock(), emit=lambda _: None, metrics=Metrics().render, mask=masks.mask)
    address = await bridge.start()
    await bridge.connected()
    try:
        async with aiohttp.ClientSession() as session:
            await (await session.post(f"{address}/v1/old/put", json=ARGS, headers=CALLER)).read()
    finally:
        held = _held(folder)
        await bridge.stop()
    assert not any(one.encode() in held for one in CANARIES)


@pytest.mark.parametrize("wire", ["failed", "always", "never"])
@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("answering", [_quoted, _whole, _page, _fields])
async def test_no_credential_is_in_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answering: Answering, sealed: bool, wire: str
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    seen: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        body, headers = await request.text(), "\n".join(f"{k}: {v}" for k, v in request.headers.items())
        if ":Login" in body or "<Login" in body:
            text = envelope("<t:LoginResponse><t:ok>yes</t:ok></t:LoginResponse>")
            return web.Response(text=text, content_type="text/xml", headers={"Set-Cookie": COOKIE})
        seen.append(body + headers)
        text, kind = answering(body, headers)
        return web.Response(status=500, text=text, content_type=kind, headers={"X-Echo": headers.replace("\n", " | ")})

    app = web.Application()
    app.router.add_post("/", serve)
    async with TestServer(app) as server:
        chosen = config(tmp_path, str(server.make_url("/")), sealed=sealed, wire=wire)
        await asked(chosen, tmp_path)
    (sent,) = seen
    basic = base64.b64encode(b"bridge:canary-basic-2").decode()
    assert all(one in sent for one in ("canary-wsse", "canary-block", "canary-cookie", "canary-session", basic)), sent
    held = _held(tmp_path)
    opened = _opened(tmp_path / "bridge.db", Seal(parse_key(KEY) if sealed else None))
    for secret in (*CANARIES, basic):
        assert secret.encode() not in held
        assert not [name for name, text in opened.items() if secret in text], secret
    # What the caller gave as an argument is sealed where there is a key, and nowhere but in his own request.
    assert not sealed or ARGS["userPassword"].encode() not in held
    assert [name for name, text in opened.items() if ARGS["userPassword"] in text] == ["request"]
    assert ("ORDER17" in opened["trail"]) == (wire != "never")


def _held(folder: Path) -> bytes:
    """Every byte of the database, with what was written ahead."""
    return b"".join(one.read_bytes() for one in folder.glob("bridge.db*"))


def _opened(path: Path, seal: Seal) -> dict[str, str]:
    """What the one entry of the journal holds."""
    connection = sqlite3.connect(path)
    try:
        names = ("request", "answer", "trail")
        ((row_id, text, *shut),) = connection.execute("SELECT id, text, request, answer, trail FROM journal")
    finally:
        connection.close()
    payloads = {
        name: seal.open(data, place=f"journal.{name}:{row_id}").decode() for name, data in zip(names, shut, strict=True)
    }
    return {"text": text, **payloads}
