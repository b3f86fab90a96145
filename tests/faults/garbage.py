"""Answers that are none: at least fifty, most of them for both protocols. The system behind has done its part."""

from __future__ import annotations

import gzip
import random

from tests.faults.case import Adapter, Fault, Means
from tests.faults.plays import says
from tests.faults.proxy import answer_of

ROW = "garbage"
HTML = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>Please log in</body></html>"
GOOD = {
    "soap": b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>',
    "http": b'{"orderId": 1}',
}
TYPES = {"soap": "text/xml; charset=utf-8", "http": "application/json"}


def _fault(name: str, data: bytes, *adapters: Adapter, means: tuple[Means, ...] = ("invalid",)) -> Fault:
    return Fault(name, ROW, says(data), means, adapters=adapters or ("soap", "http"))


def _framing() -> list[Fault]:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
    return [
        _fault("no-http", b"\x00\x01\x02\x03 nothing of the kind\r\n\r\n"),
        _fault("ssh-banner", b"SSH-2.0-OpenSSH_9.2\r\n"),
        _fault("smtp-banner", b"220 mail.example ESMTP\r\n\r\n"),
        _fault("status-word", b"HTTP/1.1 abc OK\r\n\r\n"),
        _fault("status-huge", b"HTTP/1.1 99999 OK\r\n\r\n"),
        _fault("version-7", b"HTTP/7.7 200 OK\r\n\r\n", means=("invalid", "cut")),
        _fault("field-without-colon", head + b"this is no field\r\n\r\n"),
        _fault("field-with-nul", head + b"X-A: a\x00b\r\n\r\n"),
        _fault("length-negative", head + b"Content-Length: -5\r\n\r\nabc"),
        _fault("length-word", head + b"Content-Length: many\r\n\r\nabc"),
        _fault("two-lengths", head + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"),
        _fault(
            "length-and-chunks", head + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        ),
        _fault("chunk-size-word", head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"),
        _fault("chunk-size-negative", head + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n"),
        _fault("chunk-without-end", head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n"),
        _fault("field-of-20-kB", head + b"X-A: " + b"a" * 20_000 + b"\r\n\r\n"),
        _fault("line-feed-only-noise", b"\n\n\n\n\n\n\n\n garbage\n\n"),
    ]


def _coding(adapter: Adapter) -> list[Fault]:
    body, kind = GOOD[adapter], TYPES[adapter]

    def coded(name: str, data: bytes, coding: str) -> Fault:
        return _fault(name, answer_of(data, kind=kind, more=[("Content-Encoding", coding)]), adapter)

    return [
        coded("gzip-that-is-none", body, "gzip"),
        coded("gzip-cut-short", gzip.compress(body)[:-9], "gzip"),
        coded("coding-unknown", body, "x-snappy"),
        coded("deflate-that-is-none", b"\xff\xfe" + body, "deflate"),
    ]


def _bodies(adapter: Adapter) -> list[Fault]:
    kind = TYPES[adapter]
    other = "application/json" if adapter == "soap" else "text/xml"

    def body(name: str, data: bytes, of: str = kind) -> Fault:
        return _fault(name, answer_of(data, kind=of), adapter)

    return [
        body("html-200", HTML, "text/html"),
        body("html-as-ours", HTML),
        body("text-200", b"OK", "text/plain"),
        body("blank", b"   \r\n"),
        body("other-protocol", GOOD["http" if adapter == "soap" else "soap"], other),
        body("other-protocol-as-ours", GOOD["http" if adapter == "soap" else "soap"]),
        body("binary", bytes(range(256)), "application/octet-stream"),
        body("image", b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, "image/png"),
        body("cut-in-the-middle", GOOD[adapter][: len(GOOD[adapter]) // 2]),
        body("twice", GOOD[adapter] * 2),
        body("not-utf-8", GOOD[adapter][:5] + b"\xff\xfe\xfd" + GOOD[adapter][5:]),
        body("nul-bytes", b"\x00" * 100),
        *(body(f"noise-{seed}", random.Random(seed).randbytes(200)) for seed in range(8)),
    ]


def _of_soap() -> list[Fault]:
    xml = (
        ("entity", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        ("external", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'),
        ("no-envelope", b"<a/>"),
        ("no-body", b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"/>'),
        ("another-version", b'<e:Envelope xmlns:e="urn:soap:7"><e:Body/></e:Envelope>'),
        ("depth", b"<a>" * 5000),
        ("empty", b""),
        ("utf-16-that-is-none", GOOD["soap"].decode().encode("utf-16-le")[1:]),
    )
    return [_fault(name, answer_of(data), "soap") for name, data in xml]


def _statuses() -> list[Fault]:
    found = []
    for status in (301, 302, 307, 399):
        data = answer_of(HTML, status=status, kind="text/html", more=[("Location", "http://127.0.0.1:9/")])
        found.append(_fault(f"status-{status}", data))
    return found


def faults() -> list[Fault]:
    of_http = [
        _fault(name, answer_of(data, kind=TYPES["http"]), "http")
        for name, data in (("nan", b'{"a": NaN}'), ("twice-the-same-name", b'{"a":1,"a":2}'), ("depth", b"[" * 100_000))
    ]
    both: tuple[Adapter, ...] = ("soap", "http")
    return [
        *_framing(),
        *_statuses(),
        *(one for adapter in both for one in (*_bodies(adapter), *_coding(adapter))),
        *_of_soap(),
        *of_http,
    ]
