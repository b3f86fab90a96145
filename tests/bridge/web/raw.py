"""Bytes to a server and back, without an HTTP client in between that would mend or refuse them."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from aiohttp import web

from bridge.clock import SystemClock
from bridge.events import Event
from bridge.web.access import Access
from bridge.web.edge import Edge
from bridge.web.expect import invite
from bridge.web.settings import AccessSettings, ServerSettings
from bridge.web.trace import RequestInfo
from tests.cpu import HANG_S

WAIT_S = HANG_S
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
GET_LAST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
POST_5 = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"
POST_CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
SHORT = {"header_time": "300ms", "body_time": "300ms", "idle": "600ms", "send_time": "400ms"}
"""Limits small enough to see them work."""
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
E_ = TypeVar("E_", bound=Event)


async def echo(request: web.BaseRequest, info: RequestInfo) -> web.StreamResponse:
    """Answers with what arrived: the simplest handler that reads a body."""
    info.notes.route = "/echo"
    await invite(request)
    return web.Response(body=await request.read(), headers={"Echo-Path": request.raw_path, "Echo-Client": info.client})


class Raw:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.first = b""

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def rest(self) -> bytes:
        """Everything until the server closes; a reset counts as a close."""
        data = self.first
        async with asyncio.timeout(WAIT_S):
            try:
                while chunk := await self.reader.read(65536):
                    data += chunk
            except ConnectionError:
                pass
        return data

    async def head(self) -> bytes:
        async with asyncio.timeout(WAIT_S):
            return await self.reader.readuntil(b"\r\n\r\n")

    async def response(self) -> tuple[bytes, bytes]:
        """Head and body of one response with a Content-Length."""
        head = await self.head()
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        assert length, head
        async with asyncio.timeout(WAIT_S):
            return head, await self.reader.readexactly(int(length[1]))

    async def is_silent_for(self, seconds: float) -> bool:
        """Whether the server neither says anything nor closes for a while."""
        try:
            async with asyncio.timeout(seconds):
                self.first = await self.reader.read(1)
        except TimeoutError:
            return True
        return False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await self.writer.wait_closed()


@dataclass
class Running:
    """A started edge, what it told, and ways to talk to it."""

    edge: Edge
    url: str
    events: list[Event] = field(default_factory=list)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    async def connect(self, tls: ssl.SSLContext | None = None) -> Raw:
        name = "localhost" if tls else None
        return Raw(*await asyncio.open_connection("127.0.0.1", self.port, ssl=tls, server_hostname=name))

    async def probe(self, data: bytes) -> bytes:
        """Send, then read until the server closes."""
        async with await self.connect() as raw:
            raw.write(data)
            return await raw.rest()

    def told(self, kind: type[E_]) -> list[E_]:
        return [event for event in self.events if isinstance(event, kind)]


def statuses(data: bytes) -> list[int]:
    return [int(status) for status in _STATUS.findall(data)]


def header(head: bytes, name: str) -> str | None:
    for line in head.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.decode().lower() == name.lower():
            return value.decode().strip()
    return None


@asynccontextmanager
async def serving(
    handler: Callable[[web.BaseRequest, RequestInfo], Awaitable[web.StreamResponse]] = echo,
    access: AccessSettings | None = None,
    **settings: Any,
) -> AsyncIterator[Running]:
    """An edge on a free port; `limits` may be small to see them work."""
    events: list[Event] = []
    server = ServerSettings.model_validate({"port": 0, **settings})
    edge = Edge(server, Access(access), handler, events.append, SystemClock())
    running = Running(edge, await edge.start(), events)
    try:
        yield running
    finally:
        await edge.stop(drain_s=0)


async def until(holds: Callable[[], bool]) -> None:
    """Give the loop turns until it holds; only for what has no signal of its own."""
    async with asyncio.timeout(WAIT_S):
        while not holds():  # noqa: ASYNC110  there is no event to wait for
            await asyncio.sleep(0)  # a turn, then another look
