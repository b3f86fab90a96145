"""Content codings taken off while counting, so that a small answer cannot become a huge one (RFC 9110 §8.4).

Pure. Done here and not by the HTTP library, because only here both sides of the ratio are known.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from bridge.errors import UpstreamInvalid

ACCEPT = "gzip, deflate"
RATIO_MAX = 100
RATIO_FREE_BYTES = 1_000_000  # below this size a high ratio does no harm, and repetitive XML does reach it
_STEP_BYTES = 1_000_000


class Inflater:
    """Takes pieces as they arrive, gives the plain ones, and raises UpstreamInvalid over a limit; `bytes_max` None is
    no limit of size."""

    def __init__(self, coding: str, bytes_max: int | None) -> None:
        self._coding = coding.strip().lower()
        self._bytes_max = bytes_max
        self._stream: zlib._Decompress | None = None
        if self._coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise UpstreamInvalid(cause="content_coding")
        self.bytes_in = 0
        self.bytes_out = 0

    def feed(self, data: bytes) -> bytes:
        """The plain bytes that this piece completes."""
        self.bytes_in += len(data)
        if self._coding in {"", "identity"}:
            self._count(len(data))
            return data
        try:
            return b"".join(self._inflate(data))
        except zlib.error as error:
            raise UpstreamInvalid(cause="content_coding") from error

    def end(self) -> None:
        """Call when the last piece is in. Raises when a compressed stream stops half-way."""
        if self._stream is not None and not self._stream.eof:
            raise UpstreamInvalid(cause="content_coding")

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None and data:
            self._stream = zlib.decompressobj(self._window(data))
        stream = self._stream
        # What follows the end of the stream (padding, further members) no SOAP server means as content.
        while stream is not None and not stream.eof:
            piece = stream.decompress(data, _STEP_BYTES)
            self._count(len(piece))
            yield piece
            data = stream.unconsumed_tail
            if not data and len(piece) < _STEP_BYTES:
                return

    def _window(self, data: bytes) -> int:
        if self._coding != "deflate":
            return 16 + zlib.MAX_WBITS
        # "deflate" means zlib, but many servers send the raw stream; the first byte of a zlib header tells.
        return zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS

    def _count(self, more: int) -> None:
        self.bytes_out += more
        if self._bytes_max is not None and self.bytes_out > self._bytes_max:
            raise UpstreamInvalid(cause="too_large")
        if self.bytes_out > RATIO_FREE_BYTES and self.bytes_out > RATIO_MAX * self.bytes_in:
            raise UpstreamInvalid(cause="compression_bomb")
