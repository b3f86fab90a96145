"""The body of a POST that knows whether it left.

A kept connection may be closed by the server in the moment we take it. If the transport already refuses the first
write, nothing was sent and even a write may be tried again; one byte later nobody can know. aiohttp writes head and
body of such a payload together, so this is the one place where the difference can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import Payload
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import StreamWriter


@dataclass(slots=True)
class Progress:
    """Whether the first byte of a request may have left."""

    sent: bool = False


class RequestBody(Payload):
    """Bytes, sent once, in one write."""

    _autoclose = True

    def __init__(self, value: bytes, progress: Progress) -> None:
        super().__init__(value)
        self._bytes, self._progress = value, progress
        self._size = len(value)

    async def write(self, writer: AbstractStreamWriter) -> None:
        self._progress.sent = not _refuses(writer)
        await writer.write(self._bytes)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._bytes.decode(encoding, errors)


def _refuses(writer: AbstractStreamWriter) -> bool:
    """Whether the write that follows cannot reach the network; False when in doubt."""
    if not isinstance(writer, StreamWriter):
        return False
    return writer.transport is None or writer.transport.is_closing()
