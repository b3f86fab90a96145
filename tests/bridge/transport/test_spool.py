"""Bytes that are kept on the way, in memory or in a file without a name."""

from __future__ import annotations

import asyncio
import os
import stat
import tempfile
from pathlib import Path

import pytest

from bridge.call import Upload
from bridge.transport.spool import PIECE_BYTES, Spool, SpooledFile


async def written(*pieces: bytes, memory_bytes: int = 10) -> Spool:
    spool = Spool(memory_bytes=memory_bytes)
    for piece in pieces:
        await spool.write(piece)
    return spool


async def test_what_is_small_stays_in_memory() -> None:
    spool = await written(b"12345", b"67890")
    assert spool.in_memory
    assert (spool.length, await spool.read(), await spool.read()) == (10, b"1234567890", b"1234567890")
    spool.close()


async def test_what_is_large_goes_to_a_file_and_comes_back_in_bounded_pieces() -> None:
    sent = [bytes([index]) * 100_000 for index in range(9)]
    spool = await written(*sent, b"tail")
    assert not spool.in_memory
    pieces = [piece async for piece in spool.pieces()]
    assert b"".join(pieces) == b"".join(sent) + b"tail"
    assert max(map(len, pieces)) <= PIECE_BYTES
    assert spool.length == 900_004
    spool.close()


async def test_several_read_at_once() -> None:
    spool = await written(os.urandom(700_000), b"x")
    one, two = await asyncio.gather(spool.read(), spool.read())
    assert one == two
    assert len(one) == 700_001
    spool.close()


async def test_the_file_has_no_name_and_is_for_us_alone(tmp_path: Path) -> None:
    before, tempfile.tempdir = tempfile.tempdir, str(tmp_path)
    try:
        spool = await written(b"longer than ten bytes")
    finally:
        tempfile.tempdir = before
    assert os.listdir(tmp_path) == []  # noqa: PTH208  one look, nothing blocks
    assert spool._file is not None
    assert stat.S_IMODE(os.fstat(spool._file.fileno()).st_mode) == 0o600
    spool.close()


async def test_closed_it_holds_no_file_and_twice_does_no_harm() -> None:
    spool = await written(b"longer than ten bytes")
    assert spool._file is not None
    number = spool._file.fileno()
    spool.close()
    spool.close()
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(number)
    assert spool._file.closed
    with pytest.raises(OSError, match="closed"):
        await spool.read()


async def test_a_spooled_file_is_an_upload() -> None:
    upload: Upload = SpooledFile(await written(b"abc"), "image/png", "a.png")
    assert (upload.name, upload.media_type, upload.length) == ("a.png", "image/png", 3)
    assert [piece async for piece in upload.pieces()] == [b"abc"]
