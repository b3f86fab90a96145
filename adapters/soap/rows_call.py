"""Rows of one call on their way: pieces in from the network, rows out to whoever asks for the next ones.

Nothing is read before it is asked for, so a slow client slows the system behind. Each answer is parsed in a thread of
its own (see formats/xml/incremental.py), and what it told on the way is told to the operator when it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

from adapters.soap.content_types import is_xml_type
from adapters.soap.rows import RowReader, lines
from adapters.soap.translate import not_an_answer
from bridge.call import Reply, Stream
from bridge.errors import BridgeError, CallError
from bridge.transport.call_log import CallLog
from bridge.transport.opened import Answer, Opened
from bridge.transport.row_pieces import ROWS, begun

PIECE_BYTES = 128_000  # parsed at once: what one thread holds the interpreter for, and what is in memory at one time


def may_stream(opened: Opened) -> bool:
    """Whether an answer is one whose rows may leave as they come; else it is read as a whole first."""
    return 200 <= opened.status < 300 and is_xml_type(opened.content_type)


async def all_of(opened: Opened, bytes_max: int) -> Answer:
    """An answer that is read as a whole after all. Raises members of UpstreamError."""
    try:
        return await opened.read(bytes_max)
    finally:
        await opened.close()


def whole(reply: Reply, path: tuple[str, ...]) -> Reply:
    """The rows of an answer that was read as a whole."""
    return Reply(b"", reply.meta, stream=_at_once(lines(reply.body, path)))


def _at_once(rows: bytes) -> Stream:
    async def pieces() -> AsyncIterator[bytes]:
        if rows:
            yield rows

    async def close() -> None:
        """There is nothing to let go of."""

    return Stream(pieces(), close, ROWS)


class RowStream:
    """The rows of one answer, as it comes."""

    def __init__(self, opened: Opened, reader: RowReader, log: CallLog) -> None:
        self._opened, self._reader, self._log = opened, reader, log
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rows")
        self._outcome, self._closed = "cancelled", False

    async def begun(self) -> Stream:
        """The stream, when its first rows are there or it has none: what fails before that is a failure of the call,
        such as that a session is over. Whoever has it closes it. Raises members of CallError."""
        return await begun(self._pieces(), self._close)

    async def _pieces(self) -> AsyncIterator[bytes]:
        """Raises members of CallError only."""
        try:
            async for piece in self._opened.pieces():
                for begin in range(0, len(piece), PIECE_BYTES):
                    if rows := await self._worked(self._reader.feed, piece[begin : begin + PIECE_BYTES]):
                        yield rows
            if rows := await self._worked(self._reader.finish):
                yield rows
        except CallError as error:
            self._outcome = error.code
            raise
        self._outcome = "ok"

    async def _worked(self, work: Callable[..., bytes], *given: bytes) -> bytes:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)
        except CallError:
            raise
        except BridgeError as error:
            opened = self._opened
            head = Answer(opened.status, opened.headers, opened.content_type, opened.charset, b"", opened.bytes_in)
            raise not_an_answer(head, error.detail[:200]) from error

    async def _close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
        await self._opened.close()
        if not self._closed:
            self._closed = True
            self._log.tell(self._outcome, self._opened, self._reader.tolerances)
