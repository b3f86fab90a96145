"""An answer that leaves in pieces while the system behind may still be sending.

Whatever ends it early (a failure behind, silence, a client that goes away) stops the upstream, stands in the access
log, and leaves the client with a message that is visibly incomplete. Knows a Stream; not what its pieces mean.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from multidict import istr

from bridge.call import Stream
from bridge.errors import CallError, UpstreamInvalid, UpstreamTimeout
from bridge.web.edge_connection import Connection
from bridge.web.trace import Notes

NOSNIFF = istr("X-Content-Type-Options")
IDLE_S = 30.0
CLIENT_GONE = "client_gone"
Framing = Callable[[bytes], bytes]
"""What a piece looks like on the wire, where that differs from what it is."""


class Incomplete(ConnectionError):
    """The rest of an answer will not come. Ends the connection, as a lost client does."""


class StreamAnswer(web.StreamResponse):
    """Give it back from a handler, and it is written and its stream closed, whatever happens.

    `idle_s`: the longest wait for a further piece. `media_type` and `headers` are those of the answer; with a
    `framing` the length on the wire is not that of the stream.
    """

    def __init__(
        self,
        stream: Stream,
        notes: Notes,
        *,
        media_type: str,
        headers: Mapping[istr, str] | Mapping[str, str] | None = None,
        status: int = 200,
        idle_s: float = IDLE_S,
        framing: Framing | None = None,
    ) -> None:
        super().__init__(status=status, headers=headers)
        self._stream, self._notes, self._idle_s, self._framing = stream, notes, idle_s, framing
        self._of: web.BaseRequest | None = None
        self._then: list[Callable[[], None]] = []
        self._sent = 0
        self._gone = False
        self._patience: asyncio.Timeout | None = None
        self.headers[hdrs.CONTENT_TYPE] = media_type
        self.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
        self.headers[NOSNIFF] = "nosniff"
        if stream.length is not None and framing is None:
            self.content_length = stream.length

    def when_closed(self, then: Callable[[], None]) -> None:
        """Something else to let go of when the stream is closed."""
        self._then.append(then)

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        self._of = request
        try:
            return await super().prepare(request)
        except BaseException:  # a cancelled request as well lets go of its stream
            await self._close()
            raise

    async def write_eof(self, data: bytes = b"") -> None:
        request = self._of
        if request is None:
            raise RuntimeError("an answer is prepared before it is written")
        try:
            if request.method != hdrs.METH_HEAD:
                await self._send(request)
        finally:
            await self._close()
        await super().write_eof(data)

    async def _close(self) -> None:
        try:
            await self._stream.close()
        finally:
            while self._then:
                self._then.pop()()

    async def _send(self, request: web.BaseRequest) -> None:
        """All pieces. Raises Incomplete, with the reason noted and the connection closed."""
        try:
            with _Watch(request, self._leave):
                await self._pieces()
        except TimeoutError:
            cause = "" if self._gone else f"nothing more of the answer came for {self._idle_s:g} s"
            self._cut(request, CLIENT_GONE if self._gone else UpstreamTimeout.code, cause)
        except CallError as error:
            self._cut(request, error.code, error.cause or error.detail)
        except ConnectionError:
            self._cut(request, CLIENT_GONE, "")
        except Exception as error:  # noqa: BLE001  the last resort: the client must not take a part for the whole
            request.protocol.log_exception("while an answer was written", exc_info=error)
            self._cut(request, CallError.code, type(error).__name__)

    async def _pieces(self) -> None:
        framing, length, pieces = self._framing, self.content_length, aiter(self._stream.pieces)
        while True:
            async with asyncio.timeout(self._idle_s) as self._patience:
                piece = await anext(pieces, None)
            self._patience = None  # how long a client may take is the edge's business
            if piece is None:
                break
            self._sent += len(piece)
            if length is not None and self._sent > length:
                raise UpstreamInvalid(cause=f"more than the {length} bytes that were announced came")
            await self.write(piece if framing is None else framing(piece))
        if length is not None and self._sent < length:
            raise UpstreamInvalid(cause=f"only {self._sent} of {length} bytes came")

    def _leave(self) -> None:
        """The client is gone: what is still waited for is not waited for any longer."""
        self._gone = True
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(0)

    def _cut(self, request: web.BaseRequest, code: str, cause: str) -> None:
        """Ends the message without its end."""
        self._notes.code, self._notes.cause = code, cause
        transport = request.transport
        if transport is not None:
            if self.content_length is None and request.version < (1, 1):
                _reset(transport)  # here a close is the end of the message
            else:
                transport.close()
        raise Incomplete(code)


class _Watch:
    """Tells while it is open when the client goes away."""

    def __init__(self, request: web.BaseRequest, gone: Callable[[], None]) -> None:
        self._connection = request.protocol if isinstance(request.protocol, Connection) else None
        self._gone = gone

    def __enter__(self) -> None:
        if self._connection is not None:
            self._connection.on_lost = self._gone

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.on_lost = None


def _reset(transport: asyncio.Transport) -> None:
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
