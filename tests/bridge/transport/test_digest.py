"""Digest against Apache's mod_auth_digest, and against scripted servers for what Apache does not do."""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path

import pytest
from aiohttp import web

from bridge.transport.body import Segments
from bridge.transport.identity import LARGE_BYTES
from tests.bridge.transport.behind import Behind, behind, session
from tests.cpu import HANG_S
from tests.servers.apache import PASSWORD, USER, Apache

BODY = b"<a>" + b"x" * 2000 + b"</a>"
LARGE = b"<a>" + b"x" * 3 * LARGE_BYTES + b"</a>"


@pytest.fixture
def auth(tmp_path: Path) -> dict[str, object]:
    (tmp_path / "secret").write_text(PASSWORD)
    return {"digest": {"username": USER, "password": f"file:{tmp_path / 'secret'}"}}


async def test_apache_lets_us_in_and_is_answered_in_advance(
    server: Apache, store: Behind, auth: dict[str, object]
) -> None:
    told: list[str] = []
    async with session(auth, server.url, warn=told) as opened:
        for number in range(5):
            url = f"{server.url}/digest/orders;v=1/%C3%A4?a=b,c&d={number}"
            assert (await opened.post(url, BODY, {}, timeout_s=HANG_S)).status == 200
        assert await opened.get(f"{server.url}/digest/a?wsdl") == b"<ok/>"
    assert [line.status for line in await server.log()] == [401, 200, 200, 200, 200, 200, 200]
    assert store.seen[0] == ("POST", "/orders;v=1/%C3%A4?a=b,c&d=0", BODY)
    assert [body for _, _, body in store.seen] == [BODY] * 5 + [b""]
    assert len(told) == 1
    assert "MD5" in told[0]


async def test_a_nonce_that_is_too_old_is_renewed(server: Apache, store: Behind, auth: dict[str, object]) -> None:
    async with session(auth, server.url) as opened:
        url = f"{server.url}/short/a"
        assert (await opened.post(url, BODY, {}, timeout_s=HANG_S)).status == 200
        first = nonce(store)
        while first == nonce(store):  # for a second
            assert (await opened.post(url, BODY, {}, timeout_s=HANG_S)).status == 200
    assert {body for _, _, body in store.seen} == {BODY}
    refused = [line.status for line in await server.log()].count(401)
    assert refused == 2


def nonce(store: Behind) -> str:
    return store.headers[-1].get("authorization", "").partition('nonce="')[2].partition('"')[0]


async def test_a_hundred_at_once(server: Apache, store: Behind, auth: dict[str, object]) -> None:
    async with session(auth, server.url, connections=20) as opened:
        calls = [opened.post(f"{server.url}/digest/{n}", b"%d" % n, {}, timeout_s=HANG_S) for n in range(100)]
        assert {answer.status for answer in await asyncio.gather(*calls)} == {200}
    assert sorted(int(body) for _, _, body in store.seen) == list(range(100))


@pytest.mark.parametrize("body", [LARGE, Segments((b"<a>", LARGE))], ids=["bytes", "segments"])
async def test_a_large_body_is_sent_once(
    server: Apache, store: Behind, auth: dict[str, object], body: bytes | Segments
) -> None:
    async with session(auth, server.url) as opened:
        answer = await opened.send("POST", f"{server.url}/digest/a", body, {}, timeout_s=HANG_S)
        assert answer.status == 200
        opened_answer = await opened.open("POST", f"{server.url}/open/a", body, {}, timeout_s=HANG_S)
        assert (await opened_answer.read()).body == b"<ok/>"
        await opened_answer.close()
    length = len(body) if isinstance(body, bytes) else body.length
    assert [(line.status, line.length) for line in await server.log()] == [(401, 0), (200, length), (200, length)]
    assert [len(body) for _, _, body in store.seen] == [length, length]


async def test_a_large_body_where_nobody_asks(store: Behind, auth: dict[str, object]) -> None:
    async with session(auth, store.url) as opened:
        assert (await opened.post(store.url, LARGE, {}, timeout_s=HANG_S)).status == 200
    assert [body for _, _, body in store.seen] == [b"", LARGE]


async def test_a_wrong_password_is_tried_once_a_call(server: Apache, auth: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("wrong")
    async with session(auth, server.url) as opened:
        for _ in range(2):
            assert (await opened.post(f"{server.url}/digest/a", BODY, {}, timeout_s=HANG_S)).status == 401
    assert [line.status for line in await server.log()] == [401, 401, 401, 401]


async def test_a_foreign_origin_gets_no_answer_to_its_challenge(
    server: Apache, store: Behind, auth: dict[str, object]
) -> None:
    async with session(auth, "http://erp.example") as opened:
        assert (await opened.post(f"{server.url}/digest/a", BODY, {}, timeout_s=HANG_S)).status == 401
        assert (await opened.post(store.url, BODY, {}, timeout_s=HANG_S)).status == 200
        assert dict(opened.masked_headers("http://erp.example/"))["Authorization"] == "***"
        assert "Authorization" not in dict(opened.masked_headers(server.url))
        assert opened.has_credentials
    assert [line.status for line in await server.log()] == [401]
    assert "authorization" not in store.headers[0]


# ── what Apache does not do ──────────────────────────────────────────────────────────────────────────────────────


def said(request: web.Request) -> dict[str, str]:
    header = request.headers.get("Authorization", "")
    return {name: value.strip('"') for name, value in re.findall(r'(\w+\*?)=("[^"]*"|[^,\s]*)', header)}


def challenged(challenge: str) -> web.Response:
    return web.Response(status=401, headers={"WWW-Authenticate": challenge})


def response(given: dict[str, str], method: str, hash_name: str, body: bytes) -> str:
    def hashed(data: bytes) -> str:
        return hashlib.new(hash_name, data).hexdigest()

    a1 = hashed(f"{USER}:erp:{PASSWORD}".encode())
    if given["algorithm"].endswith("-sess"):
        a1 = hashed(f"{a1}:{given['nonce']}:{given['cnonce']}".encode())
    a2 = f"{method}:{given['uri']}" + (f":{hashed(body)}" if given["qop"] == "auth-int" else "")
    middle = ":".join(given[name] for name in ("nonce", "nc", "cnonce", "qop"))
    return hashed(f"{a1}:{middle}:{hashed(a2.encode())}".encode())


@pytest.mark.parametrize("algorithm", ["SHA-256", "SHA-256-sess", "SHA-512-256", "MD5-sess"])
@pytest.mark.parametrize("qop", ["auth", "auth-int"])
async def test_every_algorithm(auth: dict[str, object], algorithm: str, qop: str) -> None:
    names = {"SHA-256": "sha256", "SHA-512-256": "sha512_256", "MD5": "md5"}
    counts: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        given = said(request)
        if not given:
            return challenged(f'Digest realm="erp", nonce="n", algorithm={algorithm}, qop="{qop}", opaque="o"')
        wanted = response(given, request.method, names[algorithm.removesuffix("-sess")], await request.read())
        assert (given["response"], given["opaque"], given["qop"]) == (wanted, "o", qop)
        counts.append(given["nc"])
        return web.Response(text="<ok/>")

    async with behind(answer) as server, session(auth, server.url) as opened:
        for body in (BODY, Segments((b"<a>", b"</a>")), None):
            method = "GET" if body is None else "POST"
            assert (await opened.send(method, f"{server.url}/a?b=c", body, {}, timeout_s=HANG_S)).status == 200
    assert counts == ["00000001", "00000002", "00000003"]


async def test_a_nonce_for_one_request_each(auth: dict[str, object]) -> None:
    nonces = iter(range(1000))
    good = {""}

    async def answer(request: web.Request) -> web.Response:
        given = said(request)
        if given.get("nonce") in good:
            good.clear()
            return web.Response(text="<ok/>")
        good.clear()
        good.add(f"n{next(nonces)}")
        return challenged(f'Digest realm="erp", nonce="{max(good)}", qop="auth", stale={"true" if given else "false"}')

    async with behind(answer) as server, session(auth, server.url) as opened:
        for _ in range(3):
            assert (await opened.post(server.url, BODY, {}, timeout_s=HANG_S)).status == 200
    assert len(server.seen) == 6


async def test_it_ends_when_every_nonce_is_stale(auth: dict[str, object]) -> None:
    nonces = iter(range(1000))

    async def answer(_: web.Request) -> web.Response:
        return challenged(f'Digest realm="erp", nonce="n{next(nonces)}", qop="auth", stale=true')

    async with behind(answer) as server, session(auth, server.url) as opened:
        assert (await opened.post(server.url, BODY, {}, timeout_s=HANG_S)).status == 401
    assert len(server.seen) == 4


async def test_a_wrong_password_is_not_tried_more_often_than_there_are_calls(auth: dict[str, object]) -> None:
    """Since accounts are locked after a few."""
    nonces = iter(range(1000))

    async def answer(_: web.Request) -> web.Response:
        return challenged(f'Digest realm="erp", nonce="n{next(nonces)}", qop="auth"')

    async with behind(answer) as server, session(auth, server.url) as opened:
        for _ in range(3):
            assert (await opened.post(server.url, BODY, {}, timeout_s=HANG_S)).status == 401
    assert ["authorization" in one for one in server.headers] == [False, True] * 3
