"""A package of parts, however its bytes are cut, and what is none."""

from __future__ import annotations

import email.message
import email.policy
import os
import random
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.soap.attachments.multipart import (
    BOUNDARY_CHARACTERS_MAX,
    HEADER_BYTES_MAX,
    HEADERS_MAX,
    PARTS_MAX,
    PREAMBLE_BYTES_MAX,
    Begin,
    End,
    Multipart,
)
from bridge.errors import UpstreamInvalid

Read = list[tuple[Mapping[str, str], bytes]]


def read(pieces: Iterable[bytes], boundary: str = "b") -> Read:
    multipart, found = Multipart(boundary), list[tuple[Mapping[str, str], bytearray]]()
    open_parts = 0
    for piece in pieces:
        for event in multipart.feed(piece):
            if isinstance(event, Begin):
                open_parts += 1
                found.append((event.headers, bytearray()))
            elif isinstance(event, End):
                open_parts -= 1
            else:
                found[-1][1].extend(event)
    multipart.end()
    assert open_parts == 0
    return [(headers, bytes(data)) for headers, data in found]


def refused(pieces: Iterable[bytes], boundary: str = "b") -> str:
    with pytest.raises(UpstreamInvalid) as caught:
        read(pieces, boundary)
    return caught.value.cause


def cut(data: bytes, *, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


PACKAGE = (
    b"--b\r\nContent-Type: text/xml\r\nContent-ID: <root>\r\n\r\n<a/>\r\n"
    b"--b\r\nX: 1\r\n\r\n\x00\xff\r\n--bee\r\n--b-\r\n\r\n--b--"
)
EXPECTED: Read = [
    ({"content-type": "text/xml", "content-id": "<root>"}, b"<a/>"),
    ({"x": "1"}, b"\x00\xff\r\n--bee\r\n--b-\r\n"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 1000])
def test_cut_anywhere_it_reads_the_same(size: int) -> None:
    assert read(cut(PACKAGE, size=size)) == EXPECTED


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_bare_line_feeds_a_preamble_an_epilogue_and_blanks_behind_the_boundary(size: int) -> None:
    loose = b"hello --b\nworld\n--b \t\nX: 1\n\nbody\n\n--b\n\nno headers\n--b--\nbye --b\n--b\nX: 2\n\nno part"
    assert read(cut(loose, size=size)) == [({"x": "1"}, b"body\n"), ({}, b"no headers")]


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_parts_may_be_empty_with_and_without_their_own_line(size: int) -> None:
    package = b"--b\r\nX: 1\r\n\r\n--b\r\nX: 2\r\n\r\n\r\n--b\r\n\r\n\r\n--b--\r\n"
    assert read(cut(package, size=size)) == [({"x": "1"}, b""), ({"x": "2"}, b""), ({}, b"")]


def test_headers_may_be_folded_and_the_first_of_a_name_counts() -> None:
    package = b"--b\r\nContent-Type: text/xml;\r\n\t charset=utf-8\r\ncontent-type: x/y\r\n\r\n\r\n--b--"
    assert read([package]) == [({"content-type": "text/xml; charset=utf-8"}, b"")]


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_what_python_packs_comes_out_again(bodies: list[bytes], chance: random.Random) -> None:
    whole = email.message.Message()
    whole["Content-Type"] = 'multipart/related; boundary="=_b 1"'
    for index, body in enumerate(bodies):
        part = email.message.Message()
        part["Content-ID"] = f"<{index}>"
        part["Content-Transfer-Encoding"] = "base64"
        part.set_payload(b64encode(body).decode())
        whole.attach(part)
    data = whole.as_bytes(policy=email.policy.HTTP).partition(b"\r\n\r\n")[2]
    pieces = cut(data, size=chance.randint(1, 40))
    assert [body for _, body in read(pieces, "=_b 1")] == bodies


def test_a_large_part_leaves_piece_by_piece() -> None:
    data, multipart, held, out = os.urandom(300_000), Multipart("b"), 0, 0
    for piece in cut(b"--b\r\n\r\n" + data, size=64_000):
        out += sum(len(event) for event in multipart.feed(piece) if isinstance(event, bytes))
        held = max(held, len(multipart._data))
    assert out > len(data) - 100
    assert held < 100


def test_whatever_was_cut_is_no_package() -> None:
    for size in range(len(PACKAGE) - 1):
        assert refused([PACKAGE[:size]]) == "multipart_cut"


def test_floods_are_refused_while_they_come() -> None:
    def endless(begin: bytes, more: bytes) -> Iterator[bytes]:
        yield begin
        for _ in range(10_000):
            yield more
        raise AssertionError("it was taken to its end")

    assert refused(endless(b"--b\r\nX: ", b"x" * 1000)) == "multipart_headers"
    assert refused(endless(b"", b"x" * 1000)) == "multipart_boundary"
    assert refused(endless(b"--b", b"\r\n\r\n--b" * 1000)) == "multipart_parts"
    assert refused([b"--b\r\n" + b"X: 1\r\n" * (HEADERS_MAX + 1) + b"\r\n"]) == "multipart_headers"
    assert refused([b"--b\r\nno colon\r\n\r\n"]) == "multipart_headers"
    assert HEADER_BYTES_MAX < PREAMBLE_BYTES_MAX
    assert PARTS_MAX == 1000


@pytest.mark.parametrize("boundary", ["", " ", "x" * (BOUNDARY_CHARACTERS_MAX + 1), "a\r\nb"])
def test_a_boundary_is_a_short_printable_text(boundary: str) -> None:
    assert refused([], boundary) == "multipart_boundary"
