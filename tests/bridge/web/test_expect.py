"""Leave to send a body is given once, by whoever reads it, and only where it is waited for."""

from __future__ import annotations

import pytest
from aiohttp import web

from bridge.web.expect import invite, is_waiting
from bridge.web.trace import RequestInfo
from tests.bridge.web.raw import POST_5, header, serving, statuses

WAITING = POST_5[:-2] + b"Expect: 100-Continue\r\n\r\n"


async def twice(request: web.BaseRequest, _: RequestInfo) -> web.StreamResponse:
    before = is_waiting(request)
    await invite(request)
    await invite(request)
    return web.Response(body=await request.read(), headers={"Was": f"{before} {is_waiting(request)}"})


async def test_leave_is_given_once() -> None:
    async with serving(twice) as server, await server.connect() as raw:
        raw.write(WAITING)
        assert await raw.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.write(b"hello")
        head, body = await raw.response()
        assert (header(head, "Was"), body) == ("True False", b"hello")


@pytest.mark.parametrize("sent", [POST_5 + b"hello", WAITING.replace(b"HTTP/1.1", b"HTTP/1.0") + b"hello"])
async def test_nobody_waits_and_nothing_is_given(sent: bytes) -> None:
    async with serving(twice) as server, await server.connect() as raw:
        raw.write(sent)
        head, body = await raw.response()
        assert (statuses(head), header(head, "Was"), body) == ([200], "False False", b"hello")


async def test_a_refusal_without_leave_ends_the_connection() -> None:
    async with serving() as server:
        answer = await server.probe(WAITING.replace(b"Host: localhost", b"Host: elsewhere.example"))
        assert (statuses(answer), header(answer, "Connection")) == ([421], "close")


async def test_another_expectation_cannot_be_met() -> None:
    async with serving() as server:
        assert statuses(await server.probe(WAITING.replace(b"100-Continue", b"200-ok"))) == [417]
