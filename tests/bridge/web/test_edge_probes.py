"""Shapes of HTTP that two programs could read in two ways: one answer, the right one, and nothing echoed."""

from __future__ import annotations

import asyncio

import pytest

from bridge.events import InternalError
from tests.bridge.web.raw import serving, statuses

H = b"Host: localhost\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
MARK = b"zzmarkzz"

REFUSED: dict[str, tuple[bytes, int]] = {
    # framing
    "length and chunked": (b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 4\r\n" + CHUNKED + b"\r\n0\r\n\r\n", 400),
    "chunked and length": (b"POST / HTTP/1.1\r\n" + H + CHUNKED + b"Content-Length: 4\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", 400),
    "two equal lengths": (b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", 400),
    "list of lengths": (b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 4, 4\r\n\r\nabcd", 400),
    "length with plus": (b"POST / HTTP/1.1\r\n" + H + b"Content-Length: +4\r\n\r\nabcd", 400),
    "length below zero": (b"POST / HTTP/1.1\r\n" + H + b"Content-Length: -4\r\n\r\nabcd", 400),
    "length with underscore": (b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 1_0\r\n\r\nabcdefghij", 400),
    "length in hex": (b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 0x4\r\n\r\nabcd", 400),
    "empty length": (b"POST / HTTP/1.1\r\n" + H + b"Content-Length:\r\n\r\n", 400),
    "endless length": (b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 99999999999999999999999\r\n\r\n", 400),
    "unknown coding": (b"POST / HTTP/1.1\r\n" + H + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    "chunked not last": (b"POST / HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
    "two codings": (b"POST / HTTP/1.1\r\n" + H + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n", 400),
    "coding after tab": (b"POST / HTTP/1.1\r\n" + H + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", 400),
    "space before colon": (b"POST / HTTP/1.1\r\n" + H + b"Content-Length : 4\r\n\r\nabcd", 400),
    "coding in HTTP/1.0": (b"POST / HTTP/1.0\r\n" + H + CHUNKED + b"\r\n0\r\n\r\n", 400),
    "folded header": (b"GET / HTTP/1.1\r\n" + H + b"X-A: 1\r\n zzmarkzz\r\n\r\n", 400),
    "bare CR in header": (b"GET / HTTP/1.1\r\n" + H + b"X-A: 1\rzzmarkzz: 2\r\n\r\n", 400),
    "NUL in header": (b"GET / HTTP/1.1\r\n" + H + b"X-A: zzmarkzz\x00\r\n\r\n", 400),
    "header without name": (b"GET / HTTP/1.1\r\n" + H + b": zzmarkzz\r\n\r\n", 400),
    "header without colon": (b"GET / HTTP/1.1\r\n" + H + b"zzmarkzz\r\n\r\n", 400),
    "chunk size in hex": (b"POST / HTTP/1.1\r\n" + H + CHUNKED + b"\r\n0x4\r\nabcd\r\n0\r\n\r\n", 400),
    "chunk size below zero": (b"POST / HTTP/1.1\r\n" + H + CHUNKED + b"\r\n-1\r\nzzmarkzz\r\n0\r\n\r\n", 400),
    "chunk size endless": (b"POST / HTTP/1.1\r\n" + H + CHUNKED + b"\r\nffffffffffffffffff\r\nab\r\n", 400),
    "chunk longer than said": (b"POST / HTTP/1.1\r\n" + H + CHUNKED + b"\r\n2\r\nabcdef\r\n0\r\n\r\n", 400),
    # request line
    "HTTP/0.9": (b"GET /zzmarkzz\r\n\r\n", 400),
    "HTTP/1.10": (b"GET / HTTP/1.10\r\n" + H + b"\r\n", 400),
    "HTTP/3.0": (b"GET / HTTP/3.0\r\n" + H + b"\r\n", 400),
    "tab in the line": (b"GET\t/\tHTTP/1.1\r\n" + H + b"\r\n", 400),
    "8 bit in the method": (b"G\xc8T / HTTP/1.1\r\n" + H + b"\r\n", 400),
    "TLS on the plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + MARK + b"\r\n\r\n", 400),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "CONNECT": (b"CONNECT localhost:1 HTTP/1.1\r\n" + H + b"\r\n", 400),
    # Host
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (b"GET / HTTP/1.1\r\n" + H + b"Host: zzmarkzz\r\n\r\n", 400),
    "two equal Hosts": (b"GET / HTTP/1.1\r\n" + H + H + b"\r\n", 400),
    "empty Host": (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
    "Host with user": (b"GET / HTTP/1.1\r\nHost: zzmarkzz@localhost\r\n\r\n", 400),
    "Host with space": (b"GET / HTTP/1.1\r\nHost: localhost zzmarkzz\r\n\r\n", 400),
    "Host with path": (b"GET / HTTP/1.1\r\nHost: localhost/zzmarkzz\r\n\r\n", 400),
    "Host as a list": (b"GET / HTTP/1.1\r\nHost: localhost, zzmarkzz\r\n\r\n", 400),
    "Host with a bad port": (b"GET / HTTP/1.1\r\nHost: localhost:99999\r\n\r\n", 400),
    "foreign Host": (b"GET / HTTP/1.1\r\nHost: zzmarkzz.example\r\n\r\n", 421),
    "foreign Host that looks near": (b"GET / HTTP/1.1\r\nHost: localhost.zzmarkzz.example\r\n\r\n", 421),
    "Host of the network": (b"GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n", 421),
    "target of another host": (b"GET http://zzmarkzz/ HTTP/1.1\r\n" + H + b"\r\n", 400),
    "target of another port": (b"GET http://localhost:1/ HTTP/1.1\r\n" + H + b"\r\n", 400),
    # target
    "target without slash": (b"GET zzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "asterisk": (b"GET * HTTP/1.1\r\n" + H + b"\r\n", 400),
    "fragment": (b"GET /#zzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "dot segments": (b"GET /a/../zzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "escaped dots": (b"GET /a/%2e%2E/zzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "escaped slash": (b"GET /a%2fzzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "escaped backslash": (b"GET /a%5Czzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "escaped NUL": (b"GET /a%00zzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "escaped line break": (b"GET /a%0d%0aX:zzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "half an escape": (b"GET /a%2 HTTP/1.1\r\n" + H + b"\r\n", 400),
    "overlong UTF-8": (b"GET /a%c0%af HTTP/1.1\r\n" + H + b"\r\n", 400),
    "double slash": (b"GET //zzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "semicolon": (b"GET /a;zzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "backslash": (b"GET /a\\zzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "control in target": (b"GET /a\x01zzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "8 bit in target": (b"GET /\xffzzmarkzz HTTP/1.1\r\n" + H + b"\r\n", 400),
    "markup in target": (b"GET /<zzmarkzz> HTTP/1.1\r\n" + H + b"\r\n", 400),
    # pages of others
    "foreign Origin": (b"POST / HTTP/1.1\r\n" + H + b"Origin: http://zzmarkzz.example\r\n\r\n", 403),
    "null Origin": (b"POST / HTTP/1.1\r\n" + H + b"Origin: null\r\n\r\n", 403),
    "another expectation": (b"POST / HTTP/1.1\r\n" + H + b"Expect: zzmarkzz\r\nContent-Length: 0\r\n\r\n", 417),
    "too many headers": (b"GET / HTTP/1.1\r\n" + H + b"X-A: 1\r\n" * 120 + b"\r\n", 400),
    "a long line": (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + H + b"\r\n", 431),
    "a long header": (b"GET / HTTP/1.1\r\n" + H + b"X-A: " + b"a" * 20_000 + b"\r\n\r\n", 431),
    "a long head": (b"GET / HTTP/1.1\r\n" + H + (b"X-A: " + b"a" * 900 + b"\r\n") * 20 + b"\r\n", 431),
    "a declared body over the limit": (b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 3000000\r\n\r\n", 413),
}

ANSWERED: dict[str, bytes] = {
    "plain": b"GET / HTTP/1.1\r\n" + H,
    "HTTP/1.0": b"GET / HTTP/1.0\r\n" + H,
    "HTTP/1.0 without Host": b"GET / HTTP/1.0\r\n",
    "port in Host": b"GET / HTTP/1.1\r\nHost: localhost:8080\r\n",
    "IPv6": b"GET / HTTP/1.1\r\nHost: [::1]:8080\r\n",
    "IPv4": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "upper case": b"GET / HTTP/1.1\r\nHOST: LocalHost.\r\n",
    "absolute target": b"GET http://localhost/ HTTP/1.1\r\n" + H,
    "own Origin": b"POST / HTTP/1.1\r\nHost: localhost:8080\r\nOrigin: http://localhost:8080\r\n",
    "escapes": b"GET /a%20b/%E2%82%AC/%41?q=%2f..;//# HTTP/1.1\r\n".replace(b"#", b"") + H,
    "long query": b"GET /?" + b"a" * 8000 + b" HTTP/1.1\r\n" + H,
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_doubtful_request_gets_one_refusal_that_echoes_nothing(case: str) -> None:
    data, status = REFUSED[case]
    async with serving() as server:
        async with await server.connect() as raw:
            raw.write(data)
            # What follows must not be read as a second request where the framing of the first is in doubt.
            if status == 400:
                raw.write(b"GET /second HTTP/1.1\r\n" + H + b"Connection: close\r\n\r\n")
                answer = await raw.rest()
            else:
                head, body = await raw.response()
                answer = head + body
        assert statuses(answer) == [status], (answer, server.events)
        assert MARK not in answer
        assert b"Server:" not in answer
        assert b"aiohttp" not in answer
        assert b"Content-Type: application/problem+json" in answer
        assert not server.told(InternalError)


@pytest.mark.parametrize("case", ANSWERED)
async def test_a_plain_request_is_answered(case: str) -> None:
    async with serving() as server:
        answer = await server.probe(ANSWERED[case] + b"Connection: close\r\n\r\n")
    assert statuses(answer) == [200], answer


async def test_nothing_of_a_refusal_reaches_a_logger(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as server:
        await asyncio.gather(*(server.probe(data) for data, status in REFUSED.values() if status == 400))
    assert [record for record in caplog.records if record.levelname != "DEBUG"] == []
