"""Rows of one call on their way: pieces in from the network, rows out to whoever asks for the next ones.

Nothing is read before it is asked for, so a slow client slows the system behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from adapters.http.rows import RowCutter
from bridge.call import Stream
from bridge.errors import CallError
from bridge.transport.call_log import CallLog
from bridge.transport.opened import Opened
from bridge.transport.row_pieces import begun

PIECE_BYTES = 64_000  # cut at once, in a thread: what is held in memory at one time


class RowStream:
    """The rows of one answer, as it comes."""

    def __init__(self, opened: Opened, cutter: RowCutter, log: CallLog) -> None:
        self._opened, self._cutter, self._log = opened, cutter, log
        self._outcome, self._closed = "cancelled", False

    async def begun(self) -> Stream:
        """The stream, when its first rows are there or it has none: what fails before that is a failure of the call.
        Whoever has it closes it. Raises members of CallError."""
        return await begun(self._pieces(), self._close)

    async def _pieces(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._opened.pieces():
                for begin in range(0, len(piece), PIECE_BYTES):
                    if rows := await asyncio.to_thread(self._cutter.feed, piece[begin : begin + PIECE_BYTES]):
                        yield rows
            self._cutter.finish()
        except CallError as error:
            self._outcome = error.code
            raise
        self._outcome = "ok"

    async def _close(self) -> None:
        await self._opened.close()
        if not self._closed:
            self._closed = True
            self._log.tell(self._outcome, self._opened)
