"""Hostile references of documents, through the real way of fetching them with credentials: whatever is asked for lies
on the origin of the WSDL, and nobody else sees a connection or a credential (T10)."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.soap.documents_gather import Limits, gather
from adapters.soap.wsdl.reader import read_contract
from bridge.errors import ContractError
from bridge.transport.session import HttpSession
from bridge.transport.settings import ClientSettings
from tests.complaints.legacy import Op, element, schema, wsdl
from tests.hostile.documents import Document
from tests.hostile.imports import IMPORTS
from tests.hostile.watch import SECRET, Canary, watched

PASSWORD = "open-sesame-0123456789"
FINE = element("Get", '<xs:element name="Id" type="xs:int"/>') + element("GetResponse", "")
IMPORTING = wsdl(schema('<xs:include schemaLocation="a.xsd"/>' + FINE), Op("Get"))
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Ours:
    """The server that the configuration names. `answer` decides about everything but the WSDL."""

    url: str
    texts: dict[str, str] = field(default_factory=dict)
    answer: Answer | None = None
    asked: list[str] = field(default_factory=list)
    proven: int = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.proven += request.headers.get("X-Key") == PASSWORD
        if text := self.texts.get(request.path):
            return web.Response(body=text.encode(), content_type="text/xml")
        return await self.answer(request) if self.answer else web.Response(status=404)


@asynccontextmanager
async def ours() -> AsyncIterator[Ours]:
    server = Ours("")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.serve)
    async with TestServer(app) as running:
        server.url = str(running.make_url("/")).rstrip("/")
        yield server


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[HttpSession]:
    (tmp_path / "key").write_text(PASSWORD)
    auth = {"api_key": {"header": "X-Key", "key": f"file:{tmp_path / 'key'}"}}
    opened = HttpSession(ClientSettings.model_validate({"auth": auth, "fetch_timeout": "90s", "answer_max": "1MB"}))
    yield opened
    await opened.close()


async def loaded(server: Ours, session: HttpSession, canary: Canary) -> str:
    """What comes of it: "" or the complaint."""
    session.trust(server.url)
    canary.touched()
    complaint = ""
    with watched(int(server.url.rpartition(":")[2])) as seen:
        try:
            read_contract(await gather(f"{server.url}/old.wsdl", session.get, limits=Limits(timeout_s=90)))
        except ContractError as error:
            complaint = error.detail
    assert [one for one in seen.events if one.startswith(("socket", "urllib", "subprocess", "os."))] == []
    assert canary.touched() == []
    assert SECRET not in complaint
    assert PASSWORD not in complaint
    assert server.proven == len(server.asked)
    return complaint


@pytest.mark.parametrize("document", IMPORTS, ids=[one.id for one in IMPORTS])
async def test_a_reference_to_somewhere_else(document: Document, session: HttpSession, canary: Canary) -> None:
    host = canary.http.removeprefix("http://")

    async with ours() as server:

        def placed(text: str) -> str:
            here = text.replace("http://docs.invalid/", f"{server.url}/").replace("docs.invalid", "127.0.0.1")
            return here.replace("@HOST@", host).replace("@FILE@", str(canary.file))

        server.texts = {url.removeprefix("http://docs.invalid"): placed(text) for url, text in document.others.items()}
        server.texts["/old.wsdl"] = placed(document.data.decode())
        complaint = await loaded(server, session, canary)
    print(f"{document.id}: {complaint[-200:]}")
    assert bool(complaint) == bool(document.fails), complaint
    assert placed(document.fails) in complaint


def leads(*locations: str, status: int = 302) -> Answer:
    """Redirects, one after the other; the last one again and again."""
    left = list(locations)

    async def answer(_: web.Request) -> web.Response:
        location = left.pop(0) if len(left) > 1 else left[0]
        return web.Response(status=status, headers={"Location": location})

    return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        *("@HTTP@/x.xsd", "//@HOST@/x.xsd", "/\\@HOST@/x.xsd", "\\\\@HOST@\\x.xsd", "file://@FILE@", "http:@HOST@/x"),
        *("ftp://@HOST@/x", "http://169.254.169.254/", "http://user:pw@@HOST@/x.xsd", "http://[::1/", ""),
    ],
)
async def test_a_redirect_to_somewhere_else(session: HttpSession, canary: Canary, location: str, status: int) -> None:
    host = canary.http.removeprefix("http://")
    where = location.replace("@HTTP@", canary.http).replace("@HOST@", host).replace("@FILE@", str(canary.file))
    async with ours() as server:
        server.texts["/old.wsdl"], server.answer = IMPORTING, leads(where, status=status)
        assert "could not be had" in await loaded(server, session, canary)


@pytest.mark.parametrize("first", ["/a.xsd", "/b.xsd?1"])
async def test_redirects_without_end(session: HttpSession, canary: Canary, first: str) -> None:
    async with ours() as server:
        server.texts["/old.wsdl"], server.answer = IMPORTING, leads(first, "/c.xsd", "/a.xsd", "/d.xsd", "/e.xsd")
        assert "too_many_redirects" in await loaded(server, session, canary)
        assert len(server.asked) <= 6


async def test_a_redirect_at_home_is_followed_and_what_it_imports_judged(session: HttpSession, canary: Canary) -> None:
    async with ours() as server:
        server.texts["/old.wsdl"], server.answer = IMPORTING, leads("/types/real.xsd")
        server.texts["/types/real.xsd"] = schema(f'<xs:include schemaLocation="{canary.http}/x.xsd"/>')
        assert "another origin" in await loaded(server, session, canary)


@pytest.mark.parametrize("kind", ["endless", "bomb", "promised"])
async def test_a_document_without_end(session: HttpSession, canary: Canary, kind: str) -> None:

    bomb = gzip.compress(b" " * 50_000_000)

    async def answer(request: web.Request) -> web.StreamResponse:
        headers = {"bomb": {"Content-Encoding": "gzip"}, "promised": {"Content-Length": "9" * 12}}.get(kind, {})
        response = web.StreamResponse(headers={"Content-Type": "text/xml", **headers})
        await response.prepare(request)
        if kind == "bomb":
            await response.write(bomb)
            return response
        while True:
            await response.write(b"<!-- " + b"x" * 60_000 + b" -->")

    async with ours() as server:
        server.texts["/old.wsdl"], server.answer = IMPORTING, answer
        assert "could not be had" in await loaded(server, session, canary)
