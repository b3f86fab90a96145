"""Bytes that come in pieces and are read again, from the first on and as often as one likes: small ones stay in
memory, larger ones lie in a file without a name, which is gone with the process whatever happens.

How much may come is for the writer to bound.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import IO

MEMORY_BYTES = 256_000
PIECE_BYTES = 256_000


class Spool:
    """Written once, then read. Whoever makes it closes it; twice does no harm."""

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self._memory_bytes, self._memory = memory_bytes, bytearray()
        self._file: IO[bytes] | None = None
        self._in_file = 0
        self._closed = False
        # A thread may still be at the file when it is closed, and its number then belong to another one.
        self._lock = threading.Lock()

    @property
    def length(self) -> int:
        """In bytes, as far as it is written."""
        return self._in_file + len(self._memory)

    @property
    def in_memory(self) -> bool:
        return self._file is None

    async def write(self, data: bytes) -> None:
        """Adds some bytes. Raises OSError when the disk is full."""
        self._memory += data
        if len(self._memory) > self._memory_bytes:
            await asyncio.to_thread(self._to_file)

    def _to_file(self) -> None:
        with self._lock:
            if self._closed:
                return
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  closed by close()
            rest = memoryview(self._memory)
            while rest:
                done = os.pwrite(self._file.fileno(), rest[:PIECE_BYTES], self._in_file)
                self._in_file, rest = self._in_file + done, rest[done:]
            self._memory = bytearray()

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes from the first on; several may read at once. Raises OSError when it is closed meanwhile."""
        at = 0
        while at < self._in_file:
            piece = await asyncio.to_thread(self._from_file, at)
            at += len(piece)
            yield piece
        if self._memory:
            yield bytes(self._memory)

    def _from_file(self, at: int) -> bytes:
        with self._lock:
            piece = b"" if self._file is None or self._closed else os.pread(self._file.fileno(), PIECE_BYTES, at)
        if not piece:
            raise OSError("a temporary file is closed, or shorter than it was")
        return piece

    async def read(self) -> bytes:
        """All of it, in memory."""
        return b"".join([piece async for piece in self.pieces()])

    def close(self) -> None:
        """Gives back the memory and the file."""
        with self._lock:
            self._closed, self._memory = True, bytearray()
            if self._file is not None:
                self._file.close()


@dataclass(frozen=True, slots=True)
class SpooledFile:
    """An Upload whose bytes lie in a spool."""

    spool: Spool
    media_type: str = "application/octet-stream"
    name: str = ""

    @property
    def length(self) -> int:
        return self.spool.length

    def pieces(self) -> AsyncIterator[bytes]:
        return self.spool.pieces()
