"""What layers do with a reply that is a stream: wait for its beginning, and let go at its end.

No piece is looked into. Times for an answer end with its first piece; places are held until the stream is closed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from bridge.call import Reply


async def begun(reply: Reply) -> Reply:
    """The same reply when the first piece of its stream is there, so that a failure before it is one of the call."""
    stream = reply.stream
    if stream is None:
        return reply
    try:
        first = await anext(stream.pieces, None)
    except BaseException:  # a cancelled call as well lets go of its stream
        await stream.close()
        raise
    return replace(reply, stream=replace(stream, pieces=_Begun(first, stream.pieces)))


def held(reply: Reply, leave: Callable[[], None]) -> Reply:
    """Calls `leave` once: now, or when the stream of the reply is closed."""
    stream = reply.stream
    if stream is None:
        leave()
        return reply
    close_inner, left = stream.close, False

    async def close() -> None:
        nonlocal left
        try:
            await close_inner()
        finally:
            if not left:
                left = True
                leave()

    return replace(reply, stream=replace(stream, close=close))


class _Begun:
    """An iterator whose first item was already taken; None when it had none."""

    def __init__(self, first: bytes | None, others: AsyncIterator[bytes]) -> None:
        self._first, self._others = first, others

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        first, self._first = self._first, None
        return first if first is not None else await anext(self._others)
