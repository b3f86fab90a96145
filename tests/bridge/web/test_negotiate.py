from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BadRequest, NotAcceptable, UnsupportedMediaType
from bridge.web import negotiate


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/json",
        "APPLICATION/JSON",
        "application/*",
        "text/html, application/json;q=0.1",
        "text/html,*/*;q=0.8",
        "application/json; charset=utf-8",
        "application/json;q=1.000",
        "*/*;q=0.001",
        ",application/json,",
        "text/html;q=0, */*",
    ],
)
def test_json_is_acceptable(accept: str) -> None:
    assert negotiate.require_accept(accept) == "application/json"


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/xml",
        "application/jsonp",
        "application/json;q=0",
        "application/json;q=0, */*",
        "application/*;q=0, */*;q=0.5",
        "application/json;q=2",
        "application/json;q=x",
        "application/problem+json",
        ";;;",
        "json",
    ],
)
def test_json_is_not_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        negotiate.require_accept(accept)


def test_the_best_of_several_is_chosen() -> None:
    offered = ("application/json", "text/csv")
    assert negotiate.require_accept("text/csv, application/json;q=0.5", offered) == "text/csv"
    assert negotiate.require_accept("text/*, */*;q=0.1", offered) == "text/csv"
    assert negotiate.require_accept("*/*", offered) == "application/json"


def test_an_endless_accept_is_refused() -> None:
    with pytest.raises(BadRequest):
        negotiate.require_accept("a/b," * 5000)


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, ""),
        ("", ""),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("br", "br"),
        ("gzip, br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("*", "br"),
        ("*;q=0", ""),
        ("br;q=0, *", "gzip"),
        ("gzip;q=0.5, *;q=0.1", "gzip"),
        ("identity", ""),
        ("identity;q=1, gzip;q=0.5", ""),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("deflate", ""),
        ("GZIP", "gzip"),
        ("gzip;q=oops", ""),
    ],
)
def test_a_coding_is_chosen(header: str | None, coding: str) -> None:
    assert negotiate.coding_of(header, 5000) == coding
    assert negotiate.coding_of(header, negotiate.COMPRESS_MIN - 1) == ""


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/vnd.shop+json",
        "application/merge-patch+json;v=1",
        " application/json ",
    ],
)
def test_json_is_taken(media: str) -> None:
    negotiate.require_json(media)


@pytest.mark.parametrize(
    "media",
    [
        "",
        "text/json",
        "text/plain",
        "application/xml",
        "application/jsonx",
        "application/json;charset=latin-1",
        "+json",
    ],
)
def test_other_bodies_are_not_taken(media: str) -> None:
    with pytest.raises(UnsupportedMediaType) as caught:
        negotiate.require_json(media)
    assert caught.value.headers == (("Accept", "application/json"),)


def test_compressed_bodies_are_not_taken() -> None:
    negotiate.require_identity("")
    negotiate.require_identity("Identity")
    for coding in ("gzip", "br", "identity, gzip"):
        with pytest.raises(UnsupportedMediaType):
            negotiate.require_identity(coding)


ETAG = negotiate.etag_of(b"body")


@pytest.mark.parametrize(
    ("header", "unchanged"),
    [
        (ETAG, True),
        (f"W/{ETAG}", True),
        (f'"other", {ETAG}', True),
        (negotiate.etag_coded(ETAG, "br"), True),
        (negotiate.etag_coded(ETAG, "gzip"), True),
        ("*", True),
        ("", False),
        ('"other"', False),
        (ETAG.strip('"'), False),
        (ETAG.replace('"', '"x', 1), False),
    ],
)
def test_a_validator_is_compared(header: str, unchanged: bool) -> None:
    assert negotiate.is_unchanged(header, ETAG) is unchanged


def test_a_validator_is_of_the_bytes_and_their_coding() -> None:
    assert negotiate.etag_of(b"a") != negotiate.etag_of(b"b")
    assert negotiate.etag_coded('"a"', "") == '"a"'
    assert negotiate.etag_coded('"a"', "br") == '"a-br"'


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=10", 10.0),
        ("respond-async, wait=10", 10.0),
        ("Wait = 5; x=y", 5.0),
        ('wait="7"', 7.0),
        ("await=3", None),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("wait=99999999999", None),
        ("respond-async", None),
        ("", None),
    ],
)
def test_a_client_says_how_long_it_waits(prefer: str, seconds: float | None) -> None:
    assert negotiate.wait_s(prefer) == seconds


@given(st.text(max_size=300))
def test_no_header_breaks_the_negotiation(header: str) -> None:
    assert negotiate.coding_of(header, 5000) in {"", "br", "gzip"}
    assert negotiate.is_unchanged(header, ETAG) in {True, False}
    negotiate.wait_s(header)
