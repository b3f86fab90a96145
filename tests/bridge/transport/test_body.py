"""The moment between nothing sent and something sent, with aiohttp's own writer."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientConnectionResetError
from aiohttp.abc import AbstractStreamWriter
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import StreamWriter

from bridge.transport.body import Progress, RequestBody


class Wire(asyncio.Transport):
    """A transport that is closing, or not."""

    def __init__(self, *, closing: bool) -> None:
        super().__init__()
        self.closing, self.written = closing, b""

    def is_closing(self) -> bool:
        return self.closing

    def write(self, data: object) -> None:
        self.written += bytes(data)  # type: ignore[call-overload]  # bytes-like, as asyncio has it


def writer_to(wire: Wire | None) -> StreamWriter:
    loop = asyncio.get_running_loop()
    protocol = BaseProtocol(loop)
    if wire is not None:
        protocol.connection_made(wire)
    return StreamWriter(protocol, loop)


async def test_an_open_transport_takes_it_all() -> None:
    progress, wire = Progress(), Wire(closing=False)
    body = RequestBody(b"<a/>", progress)
    await body.write_with_length(writer_to(wire), 4)
    assert (progress.sent, wire.written, body.size, body.decode()) == (True, b"<a/>", 4, "<a/>")


@pytest.mark.parametrize("closing", [None, True])
async def test_a_closing_one_takes_nothing(closing: bool | None) -> None:
    progress, wire = Progress(), Wire(closing=True) if closing else None
    with pytest.raises(ClientConnectionResetError):
        await RequestBody(b"<a/>", progress).write_with_length(writer_to(wire), 4)
    assert not progress.sent


class Unknown(AbstractStreamWriter):
    """A writer of another make, of whose transport we know nothing."""

    async def write(self, chunk: object) -> None:
        raise ClientConnectionResetError

    async def write_eof(self, chunk: bytes = b"") -> None: ...

    async def drain(self) -> None: ...

    def enable_compression(self, encoding: str = "deflate", strategy: int | None = None) -> None: ...

    def enable_chunking(self) -> None: ...

    async def write_headers(self, status_line: str, headers: object) -> None: ...


async def test_in_doubt_it_was_sent() -> None:
    progress = Progress()
    with pytest.raises(ClientConnectionResetError):
        await RequestBody(b"<a/>", progress).write(Unknown())
    assert progress.sent
