"""Complaint 16: the WSDL or the schemas it imports need authentication to be downloaded.

ardatan/graphql-mesh#5650 (open: the WSDL cannot be fetched with credentials), #472 (basic authentication is given, and
the document that the WSDL imports is fetched without it).
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.soap.config import SoapSettings
from adapters.soap.upstream_opening import open_upstream
from bridge.clock import SystemClock
from bridge.errors import MissingDocuments
from tests.bridge.transport.test_certificates import packed
from tests.complaints.legacy import Bridges, Old, Op, element, schema, wsdl
from tests.servers.apache import DOMAIN, PASSWORD, USER, apache

BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
PLACES = ("orders", "types.xsd", "orders")
ANSWER = "<t:PingResponse><t:N>1</t:N></t:PingResponse>"
TYPES = schema(
    element("Ping", '<xs:element name="N" type="xs:int"/>')
    + element("PingResponse", '<xs:element name="N" type="xs:int"/>')
)


@dataclass
class Store:
    """WSDL, schema and calls at one place. `seen`: the paths, and what came as `Authorization` with each."""

    old: Old
    types: str = "types.xsd"
    public: str = ""
    asks: bool = False
    seen: list[tuple[str, str]] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        self.seen.append((request.path_qs, given))
        if self.asks and given != BASIC:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="erp"'})
        if request.method == "POST":
            return await self.old.serve(request)
        text = TYPES
        if not request.path.endswith(".xsd"):
            importing = schema(f'<xs:import namespace="urn:old" schemaLocation="{self.types}"/>', "urn:empty")
            text = wsdl(importing, Op("Ping"), address=f"{self.public}/orders")
        return web.Response(body=text.encode(), content_type="text/xml")


@asynccontextmanager
async def store(old: Old, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Store, str]]:
    made = Store(old)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.serve)
    server = TestServer(app, scheme="https" if tls else "http", host="localhost" if tls else "127.0.0.1")
    await server.start_server(ssl=tls)
    try:
        made.public = str(server.make_url("/")).rstrip("/")
        yield made, made.public
    finally:
        await server.close()


@pytest.fixture
def login(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "secret").write_text(PASSWORD)
    return {"username": USER, "password": f"file:{tmp_path / 'secret'}"}


async def pings(bridges: Bridges, folder: Path, old: Old, soap: dict[str, Any]) -> None:
    """The contract comes through the login, and so does a call."""
    old.answers(ANSWER)
    async with bridges.opened(old, {"old": {"soap": soap}}, state=folder):
        told = await old.post("ping", {"n": 1})
        assert (told.status, told.json) == (200, 1), told.text


async def test_basic_for_the_wsdl_and_its_schema_mesh_5650_mesh_472(
    bridges: Bridges, tmp_path: Path, login: dict[str, str]
) -> None:
    old = Old()
    async with store(old) as (made, public):
        made.asks = True
        await pings(bridges, tmp_path, old, {"wsdl": f"{public}/orders?wsdl", "auth": {"basic": login}})
        assert [path for path, _ in made.seen] == ["/orders?wsdl", "/types.xsd", "/orders"]


@pytest.mark.parametrize("kind", ["digest", "ntlm"])
async def test_digest_and_ntlm_of_a_real_server(
    bridges: Bridges, tmp_path: Path, login: dict[str, str], kind: str
) -> None:
    old = Old()
    login = {**login, "username": f"{DOMAIN}\\{USER}"} if kind == "ntlm" else login
    async with store(old) as (made, behind), apache(behind) as server:
        made.public = f"{server.url}/{kind}"
        await pings(bridges, tmp_path, old, {"wsdl": f"{made.public}/orders?wsdl", "auth": {kind: login}})
        log = await server.log()
    assert [line.path for line in log if line.status == 200] == [f"/{kind}/{name}" for name in PLACES]
    assert [line.status for line in log].count(401) == 1
    assert [path for path, _ in made.seen] == ["/orders?wsdl", "/types.xsd", "/orders"]


@pytest.mark.parametrize("form", ["pem", "pkcs12"])
async def test_a_certificate_for_the_wsdl_and_its_schema(bridges: Bridges, tmp_path: Path, form: str) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    tls = own_certificate(authority, tmp_path, form)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    old = Old()
    async with store(old, context) as (_, public):
        soap = {"wsdl": f"{public}/orders?wsdl", "ca": str(tmp_path / "ca.pem")}
        await pings(bridges, tmp_path, old, {**soap, "tls": tls})
        assert "tls_client_cert_refused" in await missing(soap) or "disconnected" in await missing(soap)


def own_certificate(authority: trustme.CA, folder: Path, form: str) -> dict[str, Any]:
    issued = authority.issue_cert("us@bridge.example")
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "own.pem"))
    return packed(folder / "own.pem") if form == "pkcs12" else {"cert": str(folder / "own.pem")}


async def test_a_schema_elsewhere_is_fetched_without_them(
    bridges: Bridges, tmp_path: Path, login: dict[str, str]
) -> None:
    old = Old()
    async with store(old) as (made, public), store(old) as (elsewhere, foreign):
        made.asks, made.types = True, f"{foreign}/types.xsd"
        soap = {"wsdl": f"{public}/orders?wsdl", "auth": {"basic": login}, "allow_imports": [foreign]}
        await pings(bridges, tmp_path, old, soap)
        assert elsewhere.seen == [("/types.xsd", "")]


async def test_without_them_it_is_said_what_is_missing() -> None:
    async with store(Old()) as (made, public):
        made.asks = True
        why = await missing({"wsdl": f"{public}/orders?wsdl"})
        assert "http_401" in why
        assert f"{public}/orders?wsdl" in why


async def missing(soap: dict[str, Any]) -> str:
    """What an operator is told when the contract cannot be had."""
    settings = SoapSettings.model_validate(soap)
    with pytest.raises(MissingDocuments) as caught:
        await open_upstream("old", settings, {}, state_dir=None, clock=SystemClock(), emit=lambda _: None)
    return caught.value.detail
