"""An answer whose head is there and whose body may still be on its way: read in pieces, or as a whole.

Every wait is bounded: by the caller while the whole is read, by `idle_s` between two pieces of a stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import aiohttp

from bridge.errors import UpstreamError, UpstreamInvalid
from bridge.transport.cookies import SEPARATOR
from bridge.transport.failures import failure, timed_out
from bridge.transport.inflate import Inflater


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` in lower case; `body` without content coding; `bytes_in` as it was on the wire."""

    status: int
    headers: Mapping[str, str]
    content_type: str
    charset: str | None
    body: bytes
    bytes_in: int


class Opened:
    """One answer. Whoever has it closes it; `bytes_max` bounds it after decompression, None is no bound. `raw`: its
    content coding stays on. `fields`: its header fields as they came."""

    def __init__(
        self, response: aiohttp.ClientResponse, *, bytes_max: int | None, idle_s: float, raw: bool = False
    ) -> None:
        self._response, self._idle_s = response, idle_s
        self.status = response.status
        self.fields = tuple(response.headers.items())
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        if len(set_cookies := response.headers.getall("Set-Cookie", ())) > 1:
            self.headers["set-cookie"] = SEPARATOR.join(set_cookies)
        self.content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        self.charset: str | None = None
        with suppress(RuntimeError, LookupError):
            self.charset = response.charset
        try:
            self._inflater = Inflater("" if raw else response.headers.get("Content-Encoding", ""), bytes_max)
        except UpstreamError:
            response.close()  # nobody wants the body, so the connection is not kept
            raise

    @property
    def bytes_in(self) -> int:
        """How much has come so far, as it was on the wire."""
        return self._inflater.bytes_in

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body without content coding, as it comes; read once. Raises members of UpstreamError."""
        try:
            while data := await self._next():
                if plain := self._inflater.feed(data):
                    yield plain
            self._inflater.end()
        except UpstreamError:
            self._response.close()
            raise

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(self._idle_s):
                return await self._response.content.readany()
        except TimeoutError as error:
            raise timed_out(sent=True) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise failure(error, sent=True) from error

    async def read(self, bytes_max: int | None = None) -> Answer:
        """The whole, where it is not bounded already of at most so many bytes. Raises members of UpstreamError."""
        pieces, size = [], 0
        async for piece in self.pieces():
            pieces.append(piece)
            size += len(piece)
            if bytes_max is not None and size > bytes_max:
                self._response.close()
                raise UpstreamInvalid(cause="too_large")
        body = b"".join(pieces)
        return Answer(self.status, self.headers, self.content_type, self.charset, body, self.bytes_in)

    async def close(self) -> None:
        """Twice does no harm. Read to its end the connection is kept, else it is cut, which stops the upstream."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()
