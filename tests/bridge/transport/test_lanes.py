"""A lane knows its connection: whether it is still the one that was proven, and when it is free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bridge.transport.lanes import Lane, Lanes
from tests.bridge.transport.behind import Behind, behind


@pytest.fixture
async def server() -> AsyncIterator[Behind]:
    async with behind() as running:
        yield running


@pytest.fixture
async def lanes() -> AsyncIterator[Lanes]:
    def make(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=connector)

    opened = Lanes(make, limit=2, keep_alive_s=60, wait_s=0.05)
    yield opened
    await opened.close()


async def ask(lane: Lane, url: str) -> aiohttp.ClientResponse:
    response = await lane.session.get(url)
    await response.read()
    return response


async def test_a_proof_is_of_one_connection(server: Behind, lanes: Lanes) -> None:
    lane = await lanes.take("a")
    assert not lane.is_proven
    await ask(lane, server.url)
    first = lane.transport
    lane.prove(proven=True)
    await ask(lane, server.url)
    assert lane.transport is first
    assert lane.is_proven
    assert first
    first.close()
    assert lane.transport is None
    assert not lane.is_proven
    await ask(lane, server.url)
    assert not lane.is_proven
    lane.prove(proven=True)
    lane.prove(proven=False)
    assert not lane.is_proven


async def test_a_server_that_closes_ends_the_proof(server: Behind, lanes: Lanes) -> None:
    async def last(_: web.Request) -> web.Response:
        return web.Response(headers={"Connection": "close"})

    server.answer = last
    lane = await lanes.take("a")
    await ask(lane, server.url)
    lane.prove(proven=True)
    assert not lane.is_proven


async def test_it_is_free_when_the_answer_is_read(server: Behind, lanes: Lanes) -> None:
    more = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"<a>")
        await more.wait()
        await answer.write(b"</a>")
        return answer

    server.answer = slow
    lane = await lanes.take("a")
    freed: list[str] = []
    response = await lane.session.get(server.url)
    lane.when_free(lambda: freed.append("read"))
    assert freed == []
    more.set()
    await response.read()
    assert freed == ["read"]
    lane.when_free(lambda: freed.append("at once"))
    assert freed == ["read", "at once"]
    response = await lane.session.get(server.url)
    lane.when_free(lambda: freed.append("closed"))
    response.close()
    assert freed == ["read", "at once", "closed"]


async def test_the_last_one_is_taken_first_and_origins_do_not_share(lanes: Lanes) -> None:
    one, two = await lanes.take("a"), await lanes.take("a")
    with pytest.raises(TimeoutError):
        await lanes.take("a")
    lanes.give(one)
    lanes.give(two)
    assert await lanes.take("a") is two
    other = await lanes.take("b")
    assert other not in {one, two}
    lanes.give(other)
    assert await lanes.take("a") is one
