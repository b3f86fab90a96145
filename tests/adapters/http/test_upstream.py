"""One call over the wire to a server that speaks HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.http.config import HttpRequestSettings, HttpSettings
from adapters.http.offered import Flags
from adapters.http.opening import open_upstream
from adapters.http.upstream import HttpUpstream
from bridge.call import Call, Trace
from bridge.clock import SystemClock
from bridge.errors import UpstreamTimeout
from bridge.events import Event, UpstreamCalled
from tests.cpu import HANG_S

TRACE = Trace("1" * 32, "2" * 16)


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    async def order(request: web.Request) -> web.Response:
        return web.json_response({"id": request.match_info["id"], "asked": request.query_string})

    app = web.Application()
    app.router.add_get("/v2/orders/{id}", order)
    async with TestServer(app) as running:
        yield running


async def opened(server: TestServer, told: list[Event]) -> HttpUpstream:
    settings = HttpSettings.model_validate({"base": f"http://127.0.0.1:{server.port}/v2/"})
    get = Flags(HttpRequestSettings.model_validate("GET /orders/{id}"))
    upstream, ready = await open_upstream("shop", settings, {"GetOrder": get}, clock=SystemClock(), emit=told.append)
    assert ready.operations == 1
    return upstream


async def test_a_call_is_one_request(server: TestServer) -> None:
    told: list[Event] = []
    upstream = await opened(server, told)
    clock = SystemClock()
    args = b'{"id": "7", "full": true}'
    reply = await upstream.service("GetOrder")(Call("shop.GetOrder", args, clock.monotonic() + HANG_S, TRACE))
    assert reply.body == b'{"id": "7", "asked": "full=true"}'
    assert [(one.status, one.outcome) for one in told if isinstance(one, UpstreamCalled)] == [(200, "ok")]
    shown = await upstream.dry_run("GetOrder", args)
    assert (shown.method, shown.url) == ("GET", f"http://127.0.0.1:{server.port}/v2/orders/7?full=true")
    await upstream.close()


async def test_after_the_deadline_nothing_is_sent(server: TestServer) -> None:
    told: list[Event] = []
    upstream = await opened(server, told)
    with pytest.raises(UpstreamTimeout) as caught:
        await upstream.service("GetOrder")(Call("shop.GetOrder", b'{"id": "7"}', SystemClock().monotonic(), TRACE))
    assert (caught.value.outcome, told) == ("not_sent", [])
    await upstream.close()
