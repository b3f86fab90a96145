"""The body of a POST that knows whether it left.

A kept connection may be closed by the server in the moment we take it. If the transport already refuses the first
write, nothing was sent and even a write may be tried again; one byte later nobody can know. aiohttp writes head and
body of such a payload together, so this is the one place where the difference can be seen.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from aiohttp import Payload
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import StreamWriter


class Segment(Protocol):
    """A part of a body that is not in memory, such as a `bridge.call.Upload`. It can be read more than once."""

    @property
    def length(self) -> int:
        """In bytes; as many as `pieces` give."""
        ...

    def pieces(self) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Segments:
    """A body in parts, one behind the other. It can be sent again, so a challenge or a retry does no harm."""

    parts: tuple[bytes | Segment, ...]

    @property
    def length(self) -> int:
        """In bytes."""
        return sum(len(part) if isinstance(part, bytes) else part.length for part in self.parts)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Everything, in order."""
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
                continue
            async for piece in part.pieces():
                yield piece


Body = bytes | Segments
"""What can be sent."""


@dataclass(slots=True)
class Progress:
    """Whether the first byte of a request may have left; and whether it went over a connection that had been kept."""

    sent: bool = False
    kept: bool = False


class RequestBody(Payload):
    """A body, sent once; bytes in one write."""

    _autoclose = True

    def __init__(self, value: Body, progress: Progress) -> None:
        super().__init__(value)
        self._body, self._progress = value, progress
        self._size = len(value) if isinstance(value, bytes) else value.length

    async def write(self, writer: AbstractStreamWriter) -> None:
        self._progress.sent = not _refuses(writer)
        if isinstance(self._body, bytes):
            await writer.write(self._body)
            return
        async for piece in self._body.pieces():
            await writer.write(piece)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        if isinstance(self._body, bytes):
            return self._body.decode(encoding, errors)
        raise TypeError("this body is not in memory")


def _refuses(writer: AbstractStreamWriter) -> bool:
    """Whether the write that follows cannot reach the network; False when in doubt."""
    if not isinstance(writer, StreamWriter):
        return False
    return writer.transport is None or writer.transport.is_closing()
