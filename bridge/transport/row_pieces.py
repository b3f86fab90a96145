"""Rows on their way as a stream that has begun: a failure before the first of them is one of the call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from bridge.call import Stream

ROWS = "application/x-ndjson"


async def begun(pieces: AsyncIterator[bytes], close: Callable[[], Awaitable[None]]) -> Stream:
    """The stream, when its first rows are there or it has none. Whoever has it closes it. Raises what `pieces` raises,
    and then it is closed."""
    try:
        first = await anext(pieces, b"")
    except BaseException:  # a cancelled call as well lets go of its answer
        await close()
        raise
    return Stream(_joined(first, pieces), close, ROWS)


async def _joined(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for piece in others:
        yield piece
