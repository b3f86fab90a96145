"""Transfer encodings, in pieces."""

from __future__ import annotations

import quopri
from base64 import encodebytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.soap.attachments.transfer import LINE_BYTES_MAX, decoder_of
from bridge.errors import UpstreamInvalid


def decoded(encoding: str, data: bytes, size: int) -> bytes:
    decode = decoder_of(encoding)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join([decode(piece, False) for piece in pieces] + [decode(b"", True)])


@pytest.mark.parametrize("encoding", ["", "7bit", "8BIT", " binary "])
def test_three_of_them_are_none(encoding: str) -> None:
    assert decoded(encoding, b"\x00\xff\r\n", 1) == b"\x00\xff\r\n"


@given(st.binary(max_size=200), st.integers(1, 90))
def test_base64_and_quoted_printable_in_pieces(data: bytes, size: int) -> None:
    assert decoded("BASE64", encodebytes(data), size) == data
    assert decoded("quoted-printable", quopri.encodestring(data), size) == data


@pytest.mark.parametrize("text", [b"AAA", b"A-AA", b"AA=A", b"AAAA----"])
def test_what_is_no_base64_is_refused(text: bytes) -> None:
    with pytest.raises(UpstreamInvalid):
        decoded("base64", text, 2)


def test_what_is_not_known_or_never_ends_is_refused() -> None:
    with pytest.raises(UpstreamInvalid):
        decoder_of("uuencode")
    with pytest.raises(UpstreamInvalid):
        decoded("quoted-printable", b"a" * (LINE_BYTES_MAX + 1), 1000)
