"""Compression of answers: brotli and gzip, large bodies off the event loop, kept answers only once.

Knows bytes and the name of a coding; who gets which is negotiate.py.
"""

from __future__ import annotations

import asyncio
import gzip

import brotli  # type: ignore[import-untyped]  # it ships no types
from cachetools import LRUCache

INLINE_MAX = 64_000
_BROTLI_QUALITY = 4  # the best ratio for its time on JSON; 5 costs twice that of 4
_GZIP_LEVEL = 5
_KEPT_BYTES = 16_000_000


def compress(body: bytes, coding: str) -> bytes:
    """`br` or `gzip`; the same bytes each time, as a strong ETag promises."""
    if coding == "br":
        coded: bytes = brotli.compress(body, quality=_BROTLI_QUALITY)
        return coded
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)


class Coder:
    """Compresses, and remembers what it will be asked for again."""

    def __init__(self, kept_bytes: int = _KEPT_BYTES) -> None:
        self._kept: LRUCache[str, bytes] = LRUCache(maxsize=kept_bytes, getsizeof=len)

    async def coded(self, body: bytes, coding: str, etag: str = "") -> bytes:
        """`etag` names a body that comes again, such as a cached answer: its coding is kept."""
        name = f"{etag}{coding}"
        kept = self._kept.get(name) if etag else None
        if kept is not None:
            return kept
        large = len(body) > INLINE_MAX
        coded = await asyncio.to_thread(compress, body, coding) if large else compress(body, coding)
        if etag and len(coded) < self._kept.maxsize:
            self._kept[name] = coded
        return coded
