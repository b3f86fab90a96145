"""An HTTP system is opened without asking it, and what a person should know of the connection is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.http.config import HttpSettings
from adapters.http.opening import open_upstream
from adapters.http.upstream import HttpUpstream
from bridge.clock import SystemClock
from bridge.errors import ContractError
from bridge.events import ConnectionWarning, ContractWarning, Event, UpstreamReady


async def test_it_opens_although_nobody_listens() -> None:
    told: list[Event] = []
    settings = HttpSettings.model_validate({"base": "http://127.0.0.1:9/", "tls": {"legacy": True}})
    upstream, ready = await open_upstream("shop", settings, {}, clock=SystemClock(), emit=told.append)
    assert (ready.upstream, ready.operations, ready.from_disk) == ("shop", 0, False)
    assert [one.upstream for one in told if isinstance(one, ConnectionWarning)] == ["shop"]
    await upstream.close()


DOCUMENT = b"""
openapi: 3.1.0
info: {title: The shop}
paths:
  /orders/{id}: {get: {operationId: getOrder, responses: {'200': {description: one}}}}
  /uploads: {post: {operationId: upload, requestBody: {required: true, content: {image/png: {}}}}}
"""


async def opened(tmp_path: Path, told: list[Event], **settings: object) -> tuple[HttpUpstream, UpstreamReady]:
    chosen = HttpSettings.model_validate({"base": "http://127.0.0.1:9/", **settings})
    return await open_upstream("shop", chosen, {}, clock=SystemClock(), emit=told.append, state_dir=tmp_path / "kept")


async def test_all_that_a_document_offers_is_offered(tmp_path: Path) -> None:
    told: list[Event] = []
    file = tmp_path / "api.yaml"
    file.write_bytes(DOCUMENT)
    upstream, ready = await opened(tmp_path, told, openapi=str(file))
    assert ([*upstream.operations], ready.operations, upstream.title) == (["getOrder"], 1, "The shop")
    assert upstream.operations["getOrder"].safe
    assert upstream.operations["getOrder"].address == "GET /orders/{id}"
    lines = [one.warning for one in told if isinstance(one, ContractWarning)]
    assert lines == ["upload is left out: its body is image/png, which cannot be sent"]
    await upstream.close()


async def test_a_second_start_needs_no_network(tmp_path: Path) -> None:
    async def document(_: web.Request) -> web.Response:
        return web.Response(body=DOCUMENT)

    app = web.Application()
    app.router.add_get("/api.yaml", document)
    told: list[Event] = []
    async with TestServer(app) as server:
        address = str(server.make_url("/api.yaml"))
        upstream, ready = await opened(tmp_path, told, openapi=address)
        assert not ready.from_disk
        await upstream.close()
    upstream, ready = await opened(tmp_path, told, openapi=address)
    assert (ready.from_disk, [*upstream.operations]) == (True, ["getOrder"])
    assert any("taken as it was" in one.warning for one in told if isinstance(one, ContractWarning))
    await upstream.close()
    for kept in (tmp_path / "kept").glob("*.openapi"):
        kept.write_bytes(kept.read_bytes()[:-1])
    with pytest.raises(ContractError, match="could not be had"):
        await opened(tmp_path, told, openapi=address)
