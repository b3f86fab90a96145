"""One call over the wire: what leaves, what is told of it, and what of it may be looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from adapters.http.config import HttpRequestSettings, HttpSettings
from adapters.http.offered import Flags
from adapters.http.opening import open_upstream
from adapters.http.upstream import HttpUpstream
from bridge.call import Call, Explanation, Reply, Trace, Trail
from bridge.clock import SystemClock
from bridge.errors import CallError, UpstreamUnauthorized
from bridge.events import CredentialsRefused, Event, UpstreamCalled
from bridge.transport.masked import MASK
from tests.bridge.transport.test_masked import Hidden
from tests.cpu import HANG_S

TRACE = Trace("1" * 32, "2" * 16)


class World:
    """A server that tells what it was asked, and answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answer: dict[str, Any] = {"body": b"{}", "content_type": "application/json"}
        self.told: list[Event] = []
        self.clock = SystemClock()

    async def take(self, request: web.BaseRequest) -> web.Response:
        self.asked.append((request.method, request.raw_path, dict(request.headers), await request.read()))
        return web.Response(**self.answer)

    async def opened(self, server: RawTestServer, request: object, **settings: object) -> HttpUpstream:
        base = {"base": f"http://127.0.0.1:{server.port}", **settings}
        flags = {"Do": Flags(HttpRequestSettings.model_validate(request))}
        chosen = HttpSettings.model_validate(base)
        return (await open_upstream("shop", chosen, flags, clock=self.clock, emit=self.told.append))[0]

    async def call(self, upstream: HttpUpstream, args: bytes, **more: Any) -> Reply:
        return await upstream.service("Do")(Call("shop.Do", args, self.clock.monotonic() + HANG_S, TRACE, **more))


@pytest.fixture
async def world() -> AsyncIterator[tuple[World, RawTestServer]]:
    made = World()
    server = RawTestServer(made.take, skip_url_asserts=True)
    await server.start_server()
    yield made, server
    await server.close()


async def test_what_leaves_is_what_was_escaped(world: tuple[World, RawTestServer]) -> None:
    made, server = world
    upstream = await made.opened(server, {"method": "POST", "path": "/a/{id}", "query": ["q"], "header": {"X-T": "t"}})
    args = '{"id": "x/../y,é", "q": "a,b+c", "t": "v", "sum": 1.50}'.encode()
    await made.call(upstream, args, headers={"X-Theirs": "1", "X-T": "no", "Host": "evil"})
    method, path, headers, body = made.asked[0]
    assert (method, path, body) == ("POST", "/a/x%2F..%2Fy%2C%C3%A9?q=a%2Cb%2Bc", b'{"sum":1.50}')
    assert (headers["X-T"], headers["X-Theirs"]) == ("v", "1")
    assert headers["Host"] == f"127.0.0.1:{server.port}"
    assert headers["traceparent"] == TRACE.header()
    await upstream.close()


@pytest.mark.parametrize(
    ("status", "body", "told"), [(201, b"{}", 201), (202, b"", 202), (200, b"", 204), (204, b"", 204)]
)
async def test_what_was_done_is_told(world: tuple[World, RawTestServer], status: int, body: bytes, told: int) -> None:
    made, server = world
    made.answer |= {"status": status, "body": body}
    upstream = await made.opened(server, "POST /x")
    reply = await made.call(upstream, b"{}")
    assert (reply.meta.status, reply.body) == (told, body)
    await upstream.close()


async def test_a_password_that_is_refused_is_not_tried_with_every_call(
    world: tuple[World, RawTestServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "wrong")
    made, server = world
    made.answer |= {"status": 401}
    auth = {"basic": {"username": "shop", "password": "env:SHOP_PASSWORD"}}
    upstream = await made.opened(server, "GET /x", auth=auth)
    for _ in range(3):
        with pytest.raises(UpstreamUnauthorized):
            await made.call(upstream, b"{}")
    assert len(made.asked) == 1
    assert upstream.refused
    assert [type(one) for one in made.told] == [UpstreamCalled, CredentialsRefused]
    await upstream.close()


async def test_both_sides_may_be_looked_at(world: tuple[World, RawTestServer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "tok-12345")
    made, server = world
    made.answer |= {"body": b'{"echo": "tok-12345"}'}
    upstream = await made.opened(server, "POST /x", auth={"bearer": "env:SHOP_TOKEN"})
    told, trail = Explanation(), Trail()
    await made.call(upstream, b'{"a": 1}', explain=told, trail=trail)
    assert made.asked[0][2]["Authorization"] == "Bearer tok-12345"
    assert (told.method, told.request, told.status, told.answer) == ("POST", b'{"a":1}', 200, b'{"echo": "tok-12345"}')
    assert dict(told.headers)["Authorization"] == MASK
    assert {"encode", "send", "decode"} <= told.times.keys()
    assert trail.request is not None
    assert trail.answer is not None
    assert trail.request(Hidden()).message == '{"a":1}'
    shown = await upstream.dry_run("Do", b'{"a": 1}')
    assert "tok-12345" not in repr(shown)
    await upstream.close()


async def test_a_failure_is_told_by_its_code(world: tuple[World, RawTestServer]) -> None:
    made, server = world
    made.answer |= {"status": 500}
    upstream = await made.opened(server, "POST /x")
    with pytest.raises(CallError):
        await made.call(upstream, b"{}")
    assert [(one.status, one.outcome) for one in made.told if isinstance(one, UpstreamCalled)] == [
        (500, "upstream_fault")
    ]
    await upstream.close()


async def test_a_key_in_the_query_is_sent_and_never_shown(
    world: tuple[World, RawTestServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", "k&y-12345")
    made, server = world
    made.answer |= {"body": b'{"echo": "k&y-12345"}'}
    upstream = await made.opened(server, "GET /x", query_key={"name": "api_key", "key": "env:SHOP_KEY"})
    told, trail, hide = Explanation(), Trail(), Hidden()
    await made.call(upstream, b'{"a": "b"}', explain=told, trail=trail)
    assert made.asked[0][1] == "/x?a=b&api_key=k%26y-12345"
    assert trail.request is not None
    assert trail.answer is not None
    seen = repr((told, trail.request(hide), trail.answer(hide), await upstream.dry_run("Do", b"{}"), made.told))
    assert "y-12345" not in seen
    await upstream.close()
