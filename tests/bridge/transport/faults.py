"""An HTTP server that misbehaves on demand, byte by byte. It listens on the loopback, port 0.

A behaviour is an async function that gets one connection; the server runs one a request, the last one for all that
follow. Pauses wait for the server's end instead of sleeping, so no test outlives its own time.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET, socket
from types import TracebackType
from typing import Self


@dataclass
class Connection:
    """One accepted connection, as a behaviour sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    stopped: asyncio.Event
    requests: list[bytes]
    arrived: asyncio.Event

    async def read_request(self) -> bytes:
        """A whole request with a Content-Length body; b"" when the client went away."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0)
        whole = head + await self.reader.readexactly(length)
        self.requests.append(whole)
        self.arrived.set()
        return whole

    async def pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopped.wait(), seconds)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """RST, not FIN."""
        raw: socket = self.writer.get_extra_info("socket")
        raw.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Connection], Awaitable[bool]]
"""Returns whether the connection stays open for a further request."""


def http(body: bytes, *, status: int = 200, kind: str = "text/xml; charset=utf-8", headers: str = "") -> bytes:
    """A complete answer; `headers` are further lines, each ending in CRLF."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def answers(data: bytes) -> Behaviour:
    """Reads the request and sends exactly these bytes; the connection stays."""

    async def run(connection: Connection) -> bool:
        if not await connection.read_request():
            return False
        await connection.send(data)
        return True

    return run


def answers_and_closes(data: bytes) -> Behaviour:
    """The same, then FIN."""

    async def run(connection: Connection) -> bool:
        if await connection.read_request():
            await connection.send(data)
        return False

    return run


def cuts_request_after(count: int) -> Behaviour:
    """Reads so many bytes of the request (0: none at all), then RST."""

    async def run(connection: Connection) -> bool:
        if count:
            await connection.reader.readexactly(count)
        connection.reset()
        return False

    return run


def cuts_answer_after(data: bytes, count: int, *, reset: bool = True) -> Behaviour:
    """Reads the request, sends the first bytes of an answer, then RST or FIN."""

    async def run(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(data[:count])
        if reset:
            await connection.pause(0.02)  # or the kernel throws away what was sent with the connection
            connection.reset()
        return False

    return run


def never_answers(begin: bytes = b"") -> Behaviour:
    """Reads the request, sends perhaps a beginning, and hangs until the server stops."""

    async def run(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(begin)
        await connection.stopped.wait()
        return False

    return run


def drips(data: bytes, pause_s: float) -> Behaviour:
    """Sends one byte at a time."""

    async def run(connection: Connection) -> bool:
        await connection.read_request()
        for value in data:
            await connection.send(bytes([value]))
            await connection.pause(pause_s)
        return False

    return run


def late(signal: asyncio.Event, then: Behaviour) -> Behaviour:
    """Waits for the test's signal, then does as told."""

    async def run(connection: Connection) -> bool:
        await signal.wait()
        return await then(connection)

    return run


@dataclass
class FaultServer:
    """`async with FaultServer([behaviour, …]) as server: server.url`. `requests` holds what arrived whole;
    `accepted`, `arrived` and `closed` are set when the first connection, the first whole request, the first end did."""

    script: Sequence[Behaviour]
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    turns: int = 0
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}/service"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self.tls)
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _value: BaseException | None, _tb: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self._stopped.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.accepted.set()
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        connection = Connection(reader, writer, self._stopped, self.requests, self.arrived)
        try:
            stays = True
            while stays:
                behaviour = self.script[min(self.turns, len(self.script) - 1)]
                self.turns += 1
                stays = await behaviour(connection)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass  # the client went away, or the test is over
        finally:
            writer.close()
            self.closed.set()
            self._tasks.discard(task)
