"""A body that is put together while it passes, within its bound."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.call import Reply, Stream
from bridge.errors import UpstreamInvalid
from bridge.layers.http_cache.passing import Passing, read_whole


async def pieces() -> AsyncIterator[bytes]:
    yield b"abc"
    yield b"def"


@pytest.mark.parametrize(("bytes_max", "kept"), [(6, [b"abcdef"]), (5, [])])
async def test_it_is_handed_over_at_its_end_or_not_at_all(bytes_max: int, kept: list[bytes]) -> None:
    whole: list[bytes] = []
    assert b"".join([one async for one in Passing(pieces(), bytes_max, whole.append)]) == b"abcdef"
    assert whole == kept


async def test_what_is_shorter_than_announced_is_no_answer() -> None:
    closed: list[bool] = []

    async def close() -> None:
        closed.append(True)

    with pytest.raises(UpstreamInvalid):
        await read_whole(Reply(b"", stream=Stream(pieces(), close, "text/plain", 7)))
    assert closed == [True]
