"""A proxy between the bridge and a system behind that breaks what passes it, byte by byte. Knows HTTP and no SOAP.

A connection is one turn: the script says what is done with it, the last entry for all that follow. Whatever reaches the
system behind is passed on as a whole, so what happened there is known for sure.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET, socket
from typing import Self

import aiohttp

TURN_S_MAX = 60.0
"""No turn goes on for longer, whatever the bridge does."""


@dataclass
class Turn:
    """One connection of the bridge's."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    proxy: FaultProxy

    async def request(self) -> bytes:
        """A whole request: with a Content-Length, or without a body."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        return head + await self.reader.readexactly(length_of(head))

    async def exchanged(self, *, keep: bool = False) -> bytes:
        """The request passed on, and the answer as it would go on the wire."""
        return await self.proxy.behind(await self.request(), keep=keep)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def left(self) -> None:
        """Returns when the bridge has gone, or the proxy ends."""
        with suppress(ConnectionError):
            while await self.reader.read(65_536):
                pass

    async def pause(self, seconds: float) -> bool:
        """Whether the bridge was still there after it."""
        if self.reader.at_eof() or self.writer.is_closing():
            return False
        with suppress(TimeoutError):
            await asyncio.wait_for(self.proxy.stopped.wait(), seconds)
        return not (self.reader.at_eof() or self.writer.is_closing())

    def reset(self) -> None:
        """RST in place of FIN."""
        raw: socket = self.writer.get_extra_info("socket")
        raw.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def secured(self, context: ssl.SSLContext) -> None:
        await self.writer.start_tls(context, ssl_handshake_timeout=10)


Play = Callable[[Turn], Awaitable[None]]


def length_of(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)


def answer_of(
    body: bytes,
    *,
    status: int = 200,
    kind: str = "text/xml; charset=utf-8",
    more: Sequence[tuple[str, str]] = (),
    keep: bool = False,
) -> bytes:
    """A complete answer."""
    fields = [("Content-Type", kind), ("Content-Length", str(len(body))), *more]
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    close = "" if keep else "Connection: close\r\n"
    return f"HTTP/1.1 {status} Said\r\n{lines}{close}\r\n".encode() + body


async def passes(turn: Turn) -> None:
    """Nothing is broken."""
    await turn.send(await turn.exchanged())


@dataclass
class FaultProxy:
    """`async with FaultProxy("http://127.0.0.1:80") as proxy`. `turns` counts the connections, `reached` the requests
    that went to the system behind."""

    target: str
    script: Sequence[Play] = (passes,)
    tls: ssl.SSLContext | None = None
    turns: int = 0
    reached: int = 0
    port: int = 0
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    _turn: int = 0
    _settled: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _session: aiohttp.ClientSession | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=("User-Agent", "Accept"))
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stopped.set()
        await self.deaf()
        await self.hang_up()
        if self._session is not None:
            await self._session.close()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def deaf(self) -> None:
        """Connections are refused from now on."""
        if self._server is not None:
            server, self._server = self._server, None
            server.close()

    async def hang_up(self) -> None:
        """Ends every turn."""
        for task in (tasks := [*self._tasks]):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Returns when the system behind has done all that it was asked."""
        if self.under_way:
            await self._settled.wait()

    def plays(self, *script: Play) -> None:
        """From the next connection on."""
        self.script, self._turn = script, 0

    async def behind(self, request: bytes, *, keep: bool = False) -> bytes:
        """One exchange with the system behind."""
        assert self._session is not None
        head, _, body = request.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        method, path, _ = line.split(" ", 2)
        skipped = ("host", "connection", "content-length", "accept-encoding")
        pairs = [field.split(": ", 1) for field in fields]
        headers = {name: value for name, value in pairs if name.lower() not in skipped}
        self.reached += 1
        self.under_way += 1
        self._settled.clear()
        try:
            async with self._session.request(method, self.target + path, headers=headers, data=body or None) as answer:
                content = await answer.read()
                return answer_of(content, status=answer.status, kind=answer.headers.get("Content-Type", ""), keep=keep)
        finally:
            self.under_way -= 1
            if not self.under_way:
                self._settled.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.turns += 1
        play = self.script[min(self._turn, len(self.script) - 1)]
        self._turn += 1
        turn = Turn(reader, writer, self)
        try:
            async with asyncio.timeout(TURN_S_MAX):
                if self.tls is not None:
                    await turn.secured(self.tls)
                await play(turn)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, TimeoutError):
            pass  # the bridge went away, or the proxy ends
        finally:
            writer.close()
            self._tasks.discard(task)
