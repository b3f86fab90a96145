from __future__ import annotations

import gzip

import brotli  # type: ignore[import-untyped]  # it ships no types
import pytest

from bridge.web.coding import INLINE_MAX, Coder, compress

BODY = b'{"orders":[' + b'{"id":1,"name":"a"},' * 200 + b"{}]}"


@pytest.mark.parametrize(("coding", "undo"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
@pytest.mark.parametrize("size", [100, INLINE_MAX + 1])
async def test_what_is_compressed_comes_back(coding: str, undo: object, size: int) -> None:
    body = (BODY * (size // len(BODY) + 1))[:size]
    coded = await Coder().coded(body, coding)
    assert undo(coded) == body  # type: ignore[operator]  # one of two functions
    assert compress(body, coding) == coded


async def test_a_named_body_is_compressed_once() -> None:
    coder = Coder()
    first = await coder.coded(BODY, "br", '"e"')
    assert await coder.coded(BODY, "br", '"e"') is first
    assert await coder.coded(BODY, "gzip", '"e"') != first
    assert await coder.coded(BODY, "br") is not await coder.coded(BODY, "br")


async def test_what_is_kept_is_bounded_and_the_oldest_goes() -> None:
    size = len(compress(BODY, "gzip"))
    coder = Coder(kept_bytes_max=2 * size)
    a = await coder.coded(BODY, "gzip", '"a"')
    b = await coder.coded(BODY, "gzip", '"b"')
    assert await coder.coded(BODY, "gzip", '"a"') is a
    await coder.coded(BODY, "gzip", '"c"')
    assert await coder.coded(BODY, "gzip", '"a"') is a
    assert await coder.coded(BODY, "gzip", '"b"') is not b


async def test_what_is_larger_than_the_bound_is_not_kept() -> None:
    coder = Coder(kept_bytes_max=1)
    assert await coder.coded(BODY, "br", '"a"') is not await coder.coded(BODY, "br", '"a"')
