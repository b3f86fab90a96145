"""A streamed answer is whole or visibly not, stops the upstream when nobody wants it, and never runs ahead of a slow
client."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bridge.call import Stream
from bridge.errors import UpstreamCut
from bridge.events import InternalError, RequestDone
from bridge.web.stream_answer import Framing, StreamAnswer
from bridge.web.trace import RequestInfo
from tests.bridge.web.raw import GET, GET_LAST, Running, header, serving, statuses, until
from tests.cpu import HANG_S

GET_10 = b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"
HEAD_LAST = b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@dataclass
class Source:
    """A stream that a test feeds by hand: bytes, an error, or None for its end."""

    length: int | None = None
    given: asyncio.Queue[bytes | Exception | None] = field(default_factory=asyncio.Queue)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    taken: int = 0

    def give(self, *pieces: bytes | Exception | None) -> Source:
        for piece in pieces:
            self.given.put_nowait(piece)
        return self

    async def _pieces(self) -> AsyncIterator[bytes]:
        while (piece := await self.given.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            self.taken += 1
            yield piece

    async def _close(self) -> None:
        self.closed.set()

    def handler(
        self, *, idle_s: float = 30.0, framing: Framing | None = None
    ) -> Callable[[web.BaseRequest, RequestInfo], Awaitable[web.StreamResponse]]:
        async def handle(_: web.BaseRequest, info: RequestInfo) -> web.StreamResponse:
            stream = Stream(self._pieces(), self._close, "", self.length)
            return StreamAnswer(stream, info.notes, media_type="a/b", idle_s=idle_s, framing=framing)

        return handle


async def logged(server: Running) -> RequestDone:
    await until(lambda: bool(server.told(RequestDone)))
    (done,) = server.told(RequestDone)
    return done


def unchunked(answer: bytes) -> bytes:
    """The body of a chunked message that is whole."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert header(head, "Transfer-Encoding") == "chunked"
    body = b""
    while True:
        size, _, rest = rest.partition(b"\r\n")
        if size == b"0":
            assert rest == b"\r\n"
            return body
        length = int(size, 16)
        body, rest = body + rest[:length], rest[length + 2 :]


async def test_pieces_arrive_as_they_come_and_the_end_is_an_end() -> None:
    source = Source()
    async with serving(source.handler()) as server, await server.connect() as raw:
        raw.write(GET_LAST)
        head = await raw.head()
        assert statuses(head) == [200]
        assert (header(head, "Content-Type"), header(head, "X-Content-Type-Options")) == ("a/b", "nosniff")
        assert (header(head, "Cache-Control"), header(head, "Content-Length")) == ("no-store", None)
        source.give(b"one")
        assert await raw.reader.readexactly(8) == b"3\r\none\r\n"
        source.give(b"two", None)
        assert await raw.rest() == b"3\r\ntwo\r\n0\r\n\r\n"
        assert source.closed.is_set()
        done = await logged(server)
        assert (done.status, done.code, done.bytes_out) == (200, "", len(head) + 8 + 8 + 5)


async def test_a_connection_serves_another_request_behind_a_stream() -> None:
    source = Source(length=3).give(b"abc", None)
    async with serving(source.handler()) as server, await server.connect() as raw:
        raw.write(GET)
        assert (await raw.response())[1] == b"abc"
        source.give(b"def", None)
        raw.write(GET)
        assert (await raw.response())[1] == b"def"


async def test_a_stream_without_a_piece_is_an_empty_body() -> None:
    async with serving(Source().give(None).handler()) as server:
        assert unchunked(await server.probe(GET_LAST)) == b""


async def test_a_framing_shapes_each_piece() -> None:
    source = Source(length=6).give(b"1\n", b"2\n", b"3\n", None)
    async with serving(source.handler(framing=lambda piece: b"\x1e" + piece)) as server:
        assert unchunked(await server.probe(GET_LAST)) == b"\x1e1\n\x1e2\n\x1e3\n"


@pytest.mark.parametrize(
    ("error", "code"), [(UpstreamCut(cause="reset by peer"), "upstream_cut"), (ValueError("ours"), "internal_error")]
)
async def test_a_failure_on_the_way_leaves_a_message_without_its_end(error: Exception, code: str) -> None:
    source = Source().give(b"one", error)
    async with serving(source.handler()) as server:
        answer = await server.probe(GET)
        assert answer.endswith(b"3\r\none\r\n")
        assert source.closed.is_set()
        done = await logged(server)
        assert (done.status, done.code) == (200, code)
        assert len(server.told(InternalError)) == (code == "internal_error")


async def test_a_failure_under_a_known_length_closes_before_that_length() -> None:
    source = Source(length=10).give(b"one", UpstreamCut())
    async with serving(source.handler()) as server:
        head, _, body = (await server.probe(GET)).partition(b"\r\n\r\n")
        assert (header(head, "Content-Length"), body) == ("10", b"one")


@pytest.mark.parametrize("pieces", [(b"abc", None), (b"abcdef", b"g", None)])
async def test_a_length_that_is_not_kept_is_a_failure(pieces: tuple[bytes | None, ...]) -> None:
    source = Source(length=6).give(*pieces)
    async with serving(source.handler()) as server, await server.connect() as raw:
        raw.write(GET)
        await raw.rest()  # closed, although the connection was to be kept
        assert (await logged(server)).code == "upstream_invalid"


async def test_http_1_0_gets_no_chunks_and_a_clean_close() -> None:
    async with serving(Source().give(b"one", b"two", None).handler()) as server:
        head, _, body = (await server.probe(GET_10)).partition(b"\r\n\r\n")
        assert (header(head, "Transfer-Encoding"), body) == (None, b"onetwo")


async def test_http_1_0_is_reset_where_a_close_would_look_like_the_end() -> None:
    source = Source().give(b"one")
    async with serving(source.handler()) as server, await server.connect() as raw:
        raw.write(GET_10)
        await raw.head()
        assert await raw.reader.readexactly(3) == b"one"
        source.give(UpstreamCut())
        with pytest.raises(ConnectionResetError):
            await raw.reader.read()


async def test_head_takes_nothing_and_closes() -> None:
    source = Source(length=6).give(b"abcdef", None)
    async with serving(source.handler()) as server:
        head, _, body = (await server.probe(HEAD_LAST)).partition(b"\r\n\r\n")
        assert (header(head, "Content-Length"), body) == ("6", b"")
        assert (source.taken, source.closed.is_set()) == (0, True)
        assert (await logged(server)).code == ""


async def test_silence_behind_ends_the_answer() -> None:
    source = Source().give(b"one")
    async with serving(source.handler(idle_s=0.1)) as server:
        assert (await server.probe(GET)).endswith(b"3\r\none\r\n")
        assert source.closed.is_set()
        done = await logged(server)
        assert (done.code, done.cause) == ("upstream_timeout", "nothing more of the answer came for 0.1 s")


async def test_a_client_that_leaves_while_nothing_comes_stops_the_upstream() -> None:
    source = Source().give(b"one")
    async with serving(source.handler()) as server:
        async with await server.connect() as raw:
            raw.write(GET)
            await raw.head()
        async with asyncio.timeout(HANG_S):
            await source.closed.wait()
        assert (await logged(server)).code == "client_gone"
        assert not server.told(InternalError)


async def test_a_slow_client_slows_the_upstream_and_is_cut_in_time() -> None:
    source = Source()
    source.give(*[b"x" * 65536] * 2000)
    async with serving(source.handler(), limits={"send_time": "500ms"}) as server, await server.connect() as raw:
        raw.writer.transport.pause_reading()
        raw.write(GET)
        async with asyncio.timeout(HANG_S):
            await source.closed.wait()
        assert source.taken < 500  # what fits the buffers of the system; not 131 MB
        assert (await logged(server)).code == "client_gone"


async def test_a_client_gone_before_the_answer_begins_closes_the_stream() -> None:
    source, may = Source().give(b"one", None), asyncio.Event()
    inner = source.handler()
    reached = asyncio.Event()

    async def handler(request: web.BaseRequest, info: RequestInfo) -> web.StreamResponse:
        reached.set()
        await may.wait()
        return await inner(request, info)

    async with serving(handler) as server:
        async with await server.connect() as raw:
            raw.write(GET)
            await reached.wait()
        await until(lambda: server.edge.connections == 0)
        may.set()
        async with asyncio.timeout(HANG_S):
            await source.closed.wait()
        assert source.taken == 0


async def test_a_server_that_stops_closes_what_still_runs() -> None:
    source = Source().give(b"one")
    async with serving(source.handler()) as server, await server.connect() as raw:
        raw.write(GET)
        await raw.head()
        await server.edge.stop(drain_s=0)
        assert source.closed.is_set()
        assert not re.search(rb"0\r\n\r\n$", await raw.rest())
