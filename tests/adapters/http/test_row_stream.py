"""Rows leave while the answer is still coming, and what fails on the way is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from adapters.http.config import HttpRequestSettings, HttpSettings
from adapters.http.offered import Flags
from adapters.http.opening import open_upstream
from bridge.call import Call, Reply, Trace
from bridge.clock import SystemClock
from bridge.errors import CallError, Fault
from bridge.events import Event, UpstreamCalled
from tests.cpu import HANG_S


class World:
    """A server that sends the pieces it is given, each when it is let."""

    def __init__(self) -> None:
        self.status, self.pieces, self.go = 200, list[bytes](), asyncio.Event()
        self.told: list[Event] = []

    async def take(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(status=self.status, headers={"Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(self.pieces[0])
        await self.go.wait()
        for piece in self.pieces[1:]:
            await response.write(piece)
        return response

    async def call(self, server: RawTestServer) -> Reply:
        flags = {"List": Flags(HttpRequestSettings.model_validate("GET /x"), rows="data.items")}
        settings = HttpSettings.model_validate({"base": f"http://127.0.0.1:{server.port}"})
        upstream, _ = await open_upstream("shop", settings, flags, clock=SystemClock(), emit=self.told.append)
        self.upstream = upstream
        deadline = SystemClock().monotonic() + HANG_S
        return await upstream.service("List")(
            Call("shop.List", b"{}", deadline, Trace("1" * 32, "2" * 16), want="rows")
        )


@pytest.fixture
async def world() -> AsyncIterator[tuple[World, RawTestServer]]:
    made = World()
    server = RawTestServer(made.take)
    await server.start_server()
    yield made, server
    await made.upstream.close()
    made.go.set()
    await server.close()


async def test_the_first_row_is_there_before_the_last_has_come(world: tuple[World, RawTestServer]) -> None:
    made, server = world
    made.pieces = [b'{"data": {"items": [{"a": 1.50}, ', b'{"a": 2}', b"]}}"]
    reply = await made.call(server)
    assert reply.stream is not None
    rows = reply.stream.pieces
    assert await anext(rows) == b'{"a":1.50}\n'
    made.go.set()
    assert b"".join([one async for one in rows]) == b'{"a":2}\n'
    await reply.stream.close()
    assert [(one.status, one.outcome) for one in made.told if isinstance(one, UpstreamCalled)] == [(200, "ok")]


async def test_an_answer_that_ends_too_early_fails_on_the_way(world: tuple[World, RawTestServer]) -> None:
    made, server = world
    made.pieces = [b'{"data": {"items": [1, ']
    reply = await made.call(server)
    assert reply.stream is not None
    made.go.set()
    with pytest.raises(CallError):
        _ = [one async for one in reply.stream.pieces]
    await reply.stream.close()
    assert [one.outcome for one in made.told if isinstance(one, UpstreamCalled)] == ["upstream_invalid"]


async def test_a_refusal_has_no_rows(world: tuple[World, RawTestServer]) -> None:
    made, server = world
    made.status, made.pieces = 404, [b"{}"]
    made.go.set()
    with pytest.raises(Fault):
        await made.call(server)
    assert [one.outcome for one in made.told if isinstance(one, UpstreamCalled)] == ["fault"]
