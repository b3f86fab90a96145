"""Bodies on their way through a cache: read as a whole, or put together on the side while they pass."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from bridge.call import Reply
from bridge.errors import UpstreamInvalid


async def read_whole(reply: Reply) -> bytes:
    """The whole body of a stream, which is closed. Raises members of CallError."""
    stream = reply.stream
    assert stream is not None  # asked by those who call this
    try:
        body = b"".join([piece async for piece in stream.pieces])
    finally:
        await stream.close()
    if stream.length is not None and len(body) != stream.length:
        raise UpstreamInvalid(cause=f"{len(body)} of {stream.length} bytes came")
    return body


async def passed_over(reply: Reply, bytes_max: int) -> None:
    """Has a body pass that nobody waits for, as far as that; the stream is closed. Raises members of CallError."""
    stream, size = reply.stream, 0
    assert stream is not None  # asked by those who call this
    try:
        async for piece in stream.pieces:
            size += len(piece)
            if size > bytes_max:
                return
    finally:
        await stream.close()


class Passing:
    """Pieces on their way to a client, put together on the side; handed over when the last has passed."""

    def __init__(self, pieces: AsyncIterator[bytes], bytes_max: int, whole: Callable[[bytes], object]) -> None:
        self._pieces, self._left, self._whole = pieces, bytes_max, whole
        self._kept: list[bytes] | None = []

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece = await anext(self._pieces)
        except StopAsyncIteration:
            if self._kept is not None:
                self._whole(b"".join(self._kept))
                self._kept = None
            raise
        if self._kept is not None:
            self._left -= len(piece)
            self._kept.append(piece)
            if self._left < 0:
                self._kept = None
        return piece
