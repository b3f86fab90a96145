"""Deadlines of one connection, each small enough to see: nothing that a client leaves half done holds a place."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from bridge.events import InternalError, RequestRefused
from bridge.web.trace import RequestInfo
from tests.bridge.web.raw import GET, POST_5, POST_CHUNKED, SHORT, header, serving, statuses, until


@pytest.mark.parametrize("sent", [b"G", b"GET / HTTP/1.1\r\nHost: loc", GET[:-2]])
async def test_half_a_head_is_cut_on_time(sent: bytes) -> None:
    async with serving(limits=SHORT) as server, await server.connect() as raw:
        raw.write(sent)
        begun = asyncio.get_running_loop().time()
        assert statuses(await raw.rest()) == [408]
        assert asyncio.get_running_loop().time() - begun > 0.25


async def test_half_a_head_on_a_used_connection_is_cut_too() -> None:
    async with serving(limits=SHORT) as server, await server.connect() as raw:
        raw.write(GET)
        await raw.response()
        raw.write(GET[:-2])
        assert statuses(await raw.rest()) == [408]
        assert [refused.reason for refused in server.told(RequestRefused)] == ["head-timeout"]


async def test_a_connection_that_says_nothing_is_cut_without_a_word() -> None:
    async with serving(limits=SHORT) as server, await server.connect() as raw:
        assert await raw.rest() == b""
        assert [refused.reason for refused in server.told(RequestRefused)] == ["head-timeout"]


async def test_a_head_that_drips_is_cut_all_the_same() -> None:
    async with serving(limits=SHORT) as server, await server.connect() as raw:
        begun, sent = asyncio.get_running_loop().time(), 0
        for byte in GET[:-2] + b"X: " + b"y" * 1000:
            raw.write(bytes([byte]))
            sent += 1
            if not await raw.is_silent_for(0.01):
                break
        assert statuses(await raw.rest()) == [408]
        assert asyncio.get_running_loop().time() - begun > 0.25
        assert 1 < sent < 200


@pytest.mark.parametrize("sent", [POST_5 + b"ab", POST_CHUNKED + b"3\r\nabc\r\n", POST_CHUNKED + b"3\r\na", POST_5])
async def test_half_a_body_is_cut_on_time(sent: bytes) -> None:
    async with serving(limits=SHORT) as server, await server.connect() as raw:
        raw.write(sent)
        answer = await raw.rest()
        assert statuses(answer) == [408]
        assert header(answer, "Connection") == "close"
        assert [refused.reason for refused in server.told(RequestRefused)] == ["body-timeout"]
        assert not server.told(InternalError)


async def test_a_slow_body_within_its_time_is_taken() -> None:
    async with serving(limits={**SHORT, "body_time": "90s"}) as server, await server.connect() as raw:
        raw.write(POST_5)
        for byte in (b"h", b"e", b"l", b"l", b"o"):
            assert await raw.is_silent_for(0.1)  # longer together than a head may take
            raw.write(byte)
        assert (await raw.response())[1] == b"hello"


async def test_an_idle_connection_is_closed_later_than_a_half_head() -> None:
    async with serving(limits=SHORT) as server, await server.connect() as raw:
        raw.write(GET)
        await raw.response()
        begun = asyncio.get_running_loop().time()
        assert await raw.rest() == b""
        assert asyncio.get_running_loop().time() - begun > 0.5
        assert not server.told(RequestRefused)


async def test_a_slow_handler_is_not_taken_for_an_idle_connection() -> None:
    release = asyncio.Event()

    async def handler(_request: web.BaseRequest, _info: RequestInfo) -> web.StreamResponse:
        await release.wait()
        return web.Response(text="late")

    async with serving(handler, limits=SHORT) as server, await server.connect() as raw:
        raw.write(GET)
        asyncio.get_running_loop().call_later(0.9, release.set)
        assert (await raw.response())[1] == b"late"


async def test_a_client_that_takes_nothing_of_its_answer_is_cut() -> None:
    async def handler(_request: web.BaseRequest, _info: RequestInfo) -> web.StreamResponse:
        return web.Response(body=b"x" * 20_000_000)

    async with serving(handler, limits=SHORT) as server, await server.connect() as raw:
        raw.reader._transport.pause_reading()
        raw.write(GET)
        await until(lambda: bool(server.told(RequestRefused)))
        assert server.told(RequestRefused)[0].reason == "send-timeout"
        await until(lambda: server.edge.connections == 0)
