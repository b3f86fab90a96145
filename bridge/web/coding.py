"""Compression of answers: brotli and gzip, large bodies off the event loop, kept answers only once.

Knows bytes and the name of a coding; who gets which is negotiate.py.
"""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict

import brotli  # type: ignore[import-untyped]  # it ships no types

INLINE_MAX = 64_000
_BROTLI_QUALITY = 4  # the best ratio for its time on JSON; 5 costs twice that of 4
_GZIP_LEVEL = 5
_KEPT_BYTES_MAX = 16_000_000


def compress(body: bytes, coding: str) -> bytes:
    """`br` or `gzip`; the same bytes each time, as a strong ETag promises."""
    if coding == "br":
        coded: bytes = brotli.compress(body, quality=_BROTLI_QUALITY)
        return coded
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)


class Coder:
    """Compresses, and remembers what it will be asked for again; the least recently used goes first."""

    def __init__(self, kept_bytes_max: int = _KEPT_BYTES_MAX) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._kept_bytes_max = kept_bytes_max

    async def coded(self, body: bytes, coding: str, etag: str = "") -> bytes:
        """`etag` names a body that comes again, such as a cached answer: its coding is kept."""
        name = f"{etag}{coding}"
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        large = len(body) > INLINE_MAX
        coded = await asyncio.to_thread(compress, body, coding) if large else compress(body, coding)
        if etag and name not in self._kept:
            self._keep(name, coded)
        return coded

    def _keep(self, name: str, coded: bytes) -> None:
        self._kept[name] = coded
        self._kept_bytes += len(coded)
        while self._kept_bytes > self._kept_bytes_max:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)
