from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer, TestClient
from pytest_aiohttp.plugin import AiohttpClient, AiohttpRawServer
from yarl import URL

from bridge.web.docs import ASSETS, Docs
from bridge.web.snapshot import Snapshot
from tests.bridge.web.fake import Answers, Door, rest, snapshot

Client = TestClient[web.BaseRequest, None]
Open = Callable[[Snapshot], Awaitable[Client]]


def write(snap: Snapshot, names: tuple[str, ...]) -> bytes:
    paths = {route.path: {} for name in names for route in snap.routes.of(name)}
    return json.dumps({"openapi": "3.1.0", "paths": paths, "note": "x" * 2000}).encode()


@pytest.fixture
def opened(aiohttp_raw_server: AiohttpRawServer, aiohttp_client: AiohttpClient) -> Open:
    async def start(snap: Snapshot) -> Client:
        docs = Docs(lambda: snap, write)
        door = Door(rest(lambda: snap, pages={"docs": docs.page, "openapi.json": docs.document}))
        server: RawTestServer = await aiohttp_raw_server(door)
        return await aiohttp_client(server)

    return start


async def test_the_only_upstream_is_the_front_page(opened: Open) -> None:
    client = await opened(snapshot(Answers()))
    answer = await client.get("/docs")
    text = await answer.text()
    assert answer.status == 200
    assert answer.content_type == "text/html"
    assert 'data-url="/v1/shop/openapi.json"' in text
    assert "Shop &lt;of&gt; orders" in text
    assert text == await (await client.get("/docs/shop")).text() == await (await client.get("/docs/")).text()


async def test_several_upstreams_are_listed(opened: Open) -> None:
    client = await opened(snapshot(Answers(), pending={"/v1/crm": "refused"}))
    text = await (await client.get("/docs")).text()
    assert 'href="/docs/shop"' in text
    assert "Orders &amp; stock" in text
    assert "10 operations" in text
    assert "not connected yet" in text
    assert "refused" not in text
    assert (await client.get("/docs/crm")).status == 503


async def test_a_page_may_load_nothing_foreign_and_no_inline_script(opened: Open) -> None:
    client = await opened(snapshot(Answers(), pending={"/v1/crm": "refused"}))
    for path in ("/docs", "/docs/shop"):
        answer = await client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        text = await answer.text()
        assert "<script>" not in text
        assert "style=" not in text
        for link in re.findall(r'(?:src|href)="([^"]+)"', text):
            assert link.startswith("/")
            assert not link.startswith("//")


async def test_every_asset_a_page_names_is_there(opened: Open) -> None:
    client = await opened(snapshot(Answers(), pending={"/v1/crm": "refused"}))
    pages = [await (await client.get(path)).text() for path in ("/docs", "/docs/shop")]
    named = {link for text in pages for link in re.findall(r'(?:src|href)="(/docs/-/[^"]+)"', text)}
    assert named == {f"/docs/-/{name}" for name in ASSETS}
    for link in named:
        answer = await client.get(link)
        assert answer.status == 200
        assert await answer.read()
        assert answer.content_type == ASSETS[link.rpartition("/")[2]][1].partition(";")[0]


async def test_an_asset_is_compressed_and_revalidated(opened: Open) -> None:
    client = await opened(snapshot(Answers()))
    client.session._auto_decompress = False
    link = "/docs/-/swagger-ui-bundle.js"
    plain = await client.get(link, headers={"Accept-Encoding": "identity"})
    coded = await client.get(link, headers={"Accept-Encoding": "gzip"})
    assert coded.headers["Content-Encoding"] == "gzip"
    assert len(await coded.read()) < len(await plain.read()) / 2
    assert coded.headers["ETag"] != plain.headers["ETag"]
    again = await client.get(link, headers={"If-None-Match": coded.headers["ETag"], "Accept-Encoding": "gzip"})
    assert again.status == 304
    assert await again.read() == b""


async def test_documents_of_one_and_of_all(opened: Open) -> None:
    client = await opened(snapshot(Answers(), pending={"/v1/crm": "refused"}))
    for path in ("/openapi.json", "/v1/shop/openapi.json"):
        answer = await client.get(path)
        assert answer.status == 200
        assert answer.content_type == "application/json"
        assert "/v1/shop/get-order" in (await answer.json())["paths"]
        head = await client.head(path, headers={"Accept-Encoding": "identity"})
        assert head.status == 200
        assert int(head.headers["Content-Length"]) > 2000
        unchanged = await client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert unchanged.status == 304
    assert (await client.get("/v1/crm/openapi.json")).status == 503
    assert (await client.get("/v1/none/openapi.json")).status == 404


@pytest.mark.parametrize(
    "path",
    ["/docs/none", "/docs/-/none.js", "/docs/-/../init.js", "/docs/-/swagger%2Finit.js", "/docs/shop/x", "/docs/-"],
)
async def test_nothing_else_is_served(opened: Open, path: str) -> None:
    client = await opened(snapshot(Answers()))
    answer = await client.session.get(URL(f"{client.make_url('')}".rstrip("/") + path, encoded=True))
    assert answer.status == 404
    assert answer.content_type == "application/problem+json"


async def test_pages_are_for_reading(opened: Open) -> None:
    client = await opened(snapshot(Answers()))
    answer = await client.post("/docs", data=b"x")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
