"""A stream of rows is there with its first rows."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.errors import UpstreamCut
from bridge.transport.row_pieces import ROWS, begun


async def rows(*pieces: bytes | Exception) -> AsyncIterator[bytes]:
    for piece in pieces:
        if isinstance(piece, Exception):
            raise piece
        yield piece


@pytest.mark.parametrize("pieces", [(), (b"1\n",), (b"1\n", b"2\n3\n")])
async def test_all_rows_are_there_once(pieces: tuple[bytes, ...]) -> None:
    async def close() -> None:
        raise AssertionError("nobody asked for that")

    stream = await begun(rows(*pieces), close)
    assert (b"".join([one async for one in stream.pieces]), stream.media_type) == (b"".join(pieces), ROWS)


async def test_what_fails_before_the_first_row_fails_the_call_and_is_let_go_of() -> None:
    closed: list[bool] = []

    async def close() -> None:
        closed.append(True)

    with pytest.raises(UpstreamCut):
        await begun(rows(UpstreamCut()), close)
    assert closed == [True]
