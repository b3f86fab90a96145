"""Compressed answers: right, cut, hostile."""

from __future__ import annotations

import gzip
import zlib

import pytest

from bridge.errors import UpstreamInvalid
from bridge.transport.inflate import Inflater

TEXT = b"<a>" + bytes(range(32, 120)) * 500 + b"</a>"


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


def through(coding: str, data: bytes, *, step: int = 7, bytes_max: int = 10_000_000) -> bytes:
    inflater = Inflater(coding, bytes_max)
    plain = b"".join(inflater.feed(data[at : at + step]) for at in range(0, len(data), step))
    inflater.end()
    assert inflater.bytes_in == len(data)
    return plain


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("X-GZIP ", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"padding"),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 10_000_000])
def test_plain_text_comes_out(coding: str, data: bytes, step: int) -> None:
    assert through(coding, data, step=step) == TEXT


@pytest.mark.parametrize("size", [999_999, 1_000_000, 1_000_001, 2_000_000])
def test_sizes_around_a_step(size: int) -> None:
    text = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert through("gzip", gzip.compress(text, 0), step=10_000_000) == text


@pytest.mark.parametrize("coding", ["br", "compress", "gzip, gzip"])
def test_unknown_codings_are_refused(coding: str) -> None:
    with pytest.raises(UpstreamInvalid) as caught:
        Inflater(coding, 10)
    assert caught.value.cause == "content_coding"


@pytest.mark.parametrize("data", [gzip.compress(TEXT, mtime=0)[:-9], b"no gzip at all"])
def test_broken_streams_are_refused(data: bytes) -> None:
    with pytest.raises(UpstreamInvalid):
        through("gzip", data)


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_the_bound_counts_plain_bytes(coding: str) -> None:
    data = gzip.compress(TEXT) if coding else TEXT
    assert through(coding, data, bytes_max=len(TEXT)) == TEXT
    with pytest.raises(UpstreamInvalid) as caught:
        through(coding, data, bytes_max=len(TEXT) - 1)
    assert caught.value.cause == "too_large"


def test_a_bomb_is_stopped_by_its_ratio() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    inflater = Inflater("gzip", 100_000_000)
    with pytest.raises(UpstreamInvalid) as caught:
        inflater.feed(bomb)
    assert caught.value.cause == "compression_bomb"
    assert inflater.bytes_out < 5_000_000


def test_small_repetitive_answers_are_no_bombs() -> None:
    text = b"<row/>" * 100_000
    assert len(text) / len(gzip.compress(text)) > 100
    assert through("gzip", gzip.compress(text), step=100_000) == text
