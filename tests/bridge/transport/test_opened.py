"""Answers read as they come: pieces before the end, every bound kept, and the upstream told when nobody reads."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bridge.errors import UpstreamCut, UpstreamInvalid, UpstreamTimeout
from bridge.transport.body import Segments
from bridge.transport.opened import Opened
from bridge.transport.session import HttpSession
from bridge.transport.settings import ClientSettings
from tests.bridge.transport.faults import Behaviour, Connection, FaultServer, answers, http
from tests.cpu import HANG_S

HEAD = b"HTTP/1.1 200 X\r\nContent-Type: text/xml\r\nContent-Length: 10\r\n\r\n"


def in_two(head: bytes, first: bytes, signal: asyncio.Event, rest: bytes) -> Behaviour:
    """Sends the head and a first piece, and the rest after the signal."""

    async def run(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(head + first)
        await signal.wait()
        await connection.send(rest)
        return True

    return run


@asynccontextmanager
async def opened(server: FaultServer, **options: Any) -> AsyncIterator[Opened]:
    session = HttpSession(ClientSettings())
    try:
        one = await session.open("POST", server.url, options.pop("body", b"<a/>"), {}, timeout_s=HANG_S, **options)
        try:
            yield one
        finally:
            await one.close()
    finally:
        await session.close()


async def test_the_first_piece_is_there_before_the_last_is_sent() -> None:
    signal = asyncio.Event()
    async with FaultServer([in_two(HEAD, b"<abc>", signal, b"</abc")]) as server, opened(server) as answer:
        pieces = answer.pieces()
        assert (answer.status, answer.content_type, await anext(pieces)) == (200, "text/xml", b"<abc>")
        signal.set()
        assert [piece async for piece in pieces] == [b"</abc"]
        assert answer.bytes_in == 10


async def test_several_cookies_come_one_in_a_line() -> None:
    head = b"HTTP/1.1 200 X\r\nSet-Cookie: A=1; Path=/\r\nSet-Cookie: B=2, 3\r\nContent-Length: 0\r\n\r\n"
    async with FaultServer([answers(head)]) as server, opened(server) as answer:
        assert answer.headers["set-cookie"] == "A=1; Path=/\nB=2, 3"


async def test_a_connection_read_to_its_end_is_used_again() -> None:
    async with FaultServer([answers(http(b"<ok/>"))]) as server:
        session = HttpSession(ClientSettings())
        for _ in range(3):
            one = await session.open("POST", server.url, b"<a/>", {}, timeout_s=HANG_S)
            assert (await one.read()).body == b"<ok/>"
            await one.close()
            await one.close()
        await session.close()
        assert (server.connections, len(server.requests)) == (1, 3)


async def test_who_goes_away_stops_the_upstream() -> None:
    gone = asyncio.Event()

    async def sends_on(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(HEAD + b"<abc>")
        if not await connection.reader.read(1):
            gone.set()
        return False

    async with FaultServer([sends_on]) as server, opened(server) as answer:
        assert await anext(answer.pieces()) == b"<abc>"
        await answer.close()
        async with asyncio.timeout(HANG_S):
            await gone.wait()


async def test_a_pause_that_is_too_long_ends_it() -> None:
    async with (
        FaultServer([in_two(HEAD, b"<abc>", asyncio.Event(), b"")]) as server,
        opened(server, idle_s=0.05) as answer,
    ):
        with pytest.raises(UpstreamTimeout) as caught:
            await answer.read()
        assert (caught.value.cause, caught.value.outcome) == ("timeout", "unknown")


async def test_no_head_in_time() -> None:
    async def silent(connection: Connection) -> bool:
        await connection.read_request()
        await connection.stopped.wait()
        return False

    async with FaultServer([silent]) as server:
        session = HttpSession(ClientSettings())
        with pytest.raises(UpstreamTimeout):
            await session.open("POST", server.url, b"<a/>", {}, timeout_s=0.05)
        await session.close()


async def test_one_byte_too_many() -> None:
    async with FaultServer([answers(http(b"x" * 11))]) as server, opened(server, bytes_max=10) as answer:
        with pytest.raises(UpstreamInvalid) as caught:
            await answer.read()
        assert caught.value.cause == "too_large"


async def test_without_a_bound_any_size_is_taken() -> None:
    body = bytes(range(256)) * 200_000
    async with FaultServer([answers(http(body))]) as server, opened(server) as answer:
        assert b"".join([piece async for piece in answer.pieces()]) == body


async def test_a_cut_is_told_where_it_happens() -> None:
    async def cut(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(HEAD + b"<abc>")
        return False

    async with FaultServer([cut]) as server, opened(server) as answer:
        pieces = answer.pieces()
        assert await anext(pieces) == b"<abc>"
        with pytest.raises(UpstreamCut) as caught:
            await anext(pieces)
        assert caught.value.cause == "cut_in_answer"


async def test_content_coding_is_taken_off_on_the_way() -> None:
    plain = b"<a>" + b"0123456789" * 1000 + b"</a>"
    coded = gzip.compress(plain)
    async with FaultServer([answers(http(coded, headers="Content-Encoding: gzip\r\n"))]) as server:
        async with opened(server) as answer:
            got = await answer.read()
        assert (got.body, got.bytes_in) == (plain, len(coded))


class File:
    """Something that is not in memory."""

    length = 6

    async def pieces(self) -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"


async def test_a_body_in_segments_has_its_length_and_can_be_sent_again() -> None:
    body = Segments((b"<a>", File(), b"</a>"))
    assert body.length == 13
    async with FaultServer([answers(http(b"<ok/>"))]) as server:
        for _ in range(2):
            async with opened(server, body=body) as answer:
                await answer.read()
        for request in server.requests:
            assert b"content-length: 13\r\n" in request.lower()
            assert request.endswith(b"\r\n\r\n<a>abcdef</a>")
    assert len(server.requests) == 2
