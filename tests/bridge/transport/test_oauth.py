"""One token for all calls: fetched once, renewed once, never shown to anybody else. A real authorization server is in
tests/journeys."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from bridge.errors import ConfigError, UpstreamError, UpstreamUnauthorized, UpstreamUnreachable
from bridge.transport.session import HttpSession
from bridge.transport.settings import ClientSettings
from tests.bridge.transport.behind import Behind, behind
from tests.bridge.transport.faults import FaultServer, answers, http
from tests.cpu import HANG_S

BODY = b"<a/>"


@dataclass
class Time:
    """Time that the test moves."""

    now_s: float = 1000.0

    def monotonic(self) -> float:
        return self.now_s

    def wall(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody sleeps here")


@dataclass
class World:
    """An authorization server and an upstream that takes the tokens in `good`."""

    upstream: Behind
    authority: Behind
    session: HttpSession
    clock: Time
    good: set[str] = field(default_factory=set)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a token is first asked for."""

    async def call(self) -> int:
        return (await self.session.post(self.upstream.url, BODY, {"authorization": "theirs"}, timeout_s=HANG_S)).status

    @property
    def used(self) -> list[str]:
        return [one.get("authorization", "").removeprefix("Bearer ") for one in self.upstream.headers]


@asynccontextmanager
async def world(
    folder: Path, *, expires_in: int = 3600, trusted: bool = True, gate: asyncio.Event | None = None, **oauth: object
) -> AsyncIterator[World]:
    (folder / "secret").write_text("s3cret")
    good, asked = set[str](), asyncio.Event()

    async def give(_: web.Request) -> web.Response:
        asked.set()
        if gate:
            await gate.wait()
        token = f"t{len(authority.seen)}"
        good.add(token)
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": expires_in})

    async def take(request: web.Request) -> web.Response:
        known = request.headers.get("Authorization", "").removeprefix("Bearer ") in good
        return web.Response(text="<ok/>") if known else web.Response(status=401)

    async with behind(take) as upstream, behind(give) as authority:
        auth = {
            "token_url": f"{authority.url}/token",
            "client_id": "bridge",
            "client_secret": f"file:{folder / 'secret'}",
            **oauth,
        }
        settings = ClientSettings.model_validate({"auth": {"oauth": auth}})
        clock = Time()
        session = HttpSession(settings, trusted=[upstream.url] if trusted else [], clock=clock)
        yield World(upstream, authority, session, clock, good, asked)
        await session.close()


async def test_a_token_is_fetched_once_and_kept(tmp_path: Path) -> None:
    async with world(tmp_path, scope="orders") as here:
        assert [await here.call() for _ in range(3)] == [200, 200, 200]
        assert here.used == ["t1", "t1", "t1"]
        assert here.authority.seen == [("POST", "/token", b"grant_type=client_credentials&scope=orders")]
        assert here.authority.headers[0]["authorization"].startswith("Basic ")
        assert dict(here.session.masked_headers(here.upstream.url))["Authorization"] == "***"


async def test_it_is_renewed_shortly_before_its_end(tmp_path: Path) -> None:
    async with world(tmp_path, expires_in=100) as here:
        await here.call()
        here.clock.now_s += 89
        await here.call()
        here.clock.now_s += 1
        await here.call()
        assert here.used == ["t1", "t1", "t2"]


@pytest.mark.parametrize("calls", [1, 100])
async def test_a_refused_token_is_renewed_once(tmp_path: Path, calls: int) -> None:
    async with world(tmp_path) as here:
        await here.call()
        here.good.clear()  # taken back
        assert set(await asyncio.gather(*(here.call() for _ in range(calls)))) == {200}
        assert len(here.authority.seen) == 2
        assert here.used.count("t1") <= 1 + calls
        assert [body for _, _, body in here.upstream.seen] == [BODY] * len(here.upstream.seen)


async def test_a_refusal_that_comes_late_does_not_renew_the_new_token(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        late = asyncio.Event()
        held = [late]

        async def take(request: web.Request) -> web.Response:
            known = request.headers["Authorization"] == "Bearer t2"
            if not known and held:
                await held.pop().wait()
            return web.Response(text="<ok/>", status=200 if known else 401)

        here.upstream.answer = take
        calls = [asyncio.create_task(here.call()) for _ in range(2)]
        done, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        assert [one.result() for one in done] == [200]
        late.set()
        assert await asyncio.gather(*calls) == [200, 200]
        assert len(here.authority.seen) == 2


async def test_a_hundred_calls_one_fetch(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with world(tmp_path, gate=gate) as here:
        calls = [asyncio.create_task(here.call()) for _ in range(100)]
        await here.asked.wait()
        calls[0].cancel()  # who gives up does not stop the others
        gate.set()
        done = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(done[0], asyncio.CancelledError)
        assert set(done[1:]) == {200}
        assert len(here.authority.seen) == 1


async def test_an_upstream_that_never_takes_it(tmp_path: Path) -> None:
    async with world(tmp_path) as here:

        async def refuse(_: web.Request) -> web.Response:
            return web.Response(status=401)

        here.upstream.answer = refuse
        assert await here.call() == 401
        assert here.used == ["t1", "t2"]


async def test_a_foreign_origin_gets_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, trusted=False) as here:
        assert await here.call() == 401
        assert here.used == [""]
        assert here.authority.seen == []
        assert "Authorization" not in dict(here.session.masked_headers(here.upstream.url))
        assert here.session.has_credentials


async def test_a_redirect_of_the_authority_is_not_followed(tmp_path: Path) -> None:
    async with world(tmp_path) as here, behind() as thief:

        async def lead_away(_: web.Request) -> web.Response:
            return web.Response(status=307, headers={"Location": thief.url})

        here.authority.answer = lead_away
        with pytest.raises(UpstreamUnauthorized) as caught:
            await here.call()
        assert caught.value.cause == "oauth_http_307"
        assert (thief.seen, here.upstream.seen) == ([], [])


async def test_what_the_authority_says_is_told_to_all_who_wait(tmp_path: Path) -> None:
    async with world(tmp_path) as here:

        async def refuse(_: web.Request) -> web.Response:
            return web.json_response({"error": "invalid_client"}, status=401)

        here.authority.answer = refuse
        failed = await asyncio.gather(*(here.call() for _ in range(20)), return_exceptions=True)
        assert {type(one) for one in failed} == {UpstreamUnauthorized}
        assert {getattr(one, "cause", "") for one in failed} == {"oauth_invalid_client"}
        assert (len(here.authority.seen), here.upstream.seen) == (1, [])


@pytest.mark.parametrize(
    ("url", "kind", "cause"),
    [
        ("http://127.0.0.1:9/token", UpstreamUnreachable, "oauth_refused"),
        ("http://login.invalid/token", UpstreamUnreachable, "oauth_dns"),
    ],
)
async def test_an_authority_that_is_not_there(tmp_path: Path, url: str, kind: type[UpstreamError], cause: str) -> None:
    async with world(tmp_path, token_url=url) as here:
        with pytest.raises(kind) as caught:
            await here.call()
        assert (caught.value.cause, caught.value.outcome, caught.value.retryable) == (cause, "not_sent", True)
        assert here.upstream.seen == []


async def test_an_authority_that_does_not_answer_in_time(tmp_path: Path) -> None:
    async with world(tmp_path, gate=asyncio.Event()) as here:
        with pytest.raises(UpstreamError) as caught:
            await here.session.post(here.upstream.url, BODY, {}, timeout_s=0.05)
        assert caught.value.outcome == "not_sent"
        assert here.upstream.seen == []


async def test_the_same_trust_and_proxy_as_the_upstream(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.issue_cert("us@bridge.example").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "own.pem"))
    (tmp_path / "secret").write_text("s3cret")
    token = http(b'{"access_token":"t1","token_type":"Bearer"}')
    async with FaultServer([answers(token)], tls=context, host="localhost") as server, behind() as upstream:
        oauth = {"token_url": server.url, "client_id": "a", "client_secret": f"file:{tmp_path / 'secret'}"}
        tls = {"cert": str(tmp_path / "own.pem"), "server_name": "erp.example", "legacy": True}
        settings = {"auth": {"oauth": oauth}, "ca": str(tmp_path / "ca.pem"), "tls": tls}
        session = HttpSession(ClientSettings.model_validate(settings), trusted=[upstream.url])
        assert (await session.post(upstream.url, BODY, {}, timeout_s=HANG_S)).status == 200
        await session.close()
        assert upstream.headers[0]["authorization"] == "Bearer t1"
        assert server.requests[0].startswith(b"POST /service HTTP/1.1\r\n")

        proxied = {"auth": {"oauth": {**oauth, "token_url": "http://login.invalid/t"}}, "proxy": upstream.url}
        session = HttpSession(ClientSettings.model_validate(proxied), trusted=["http://erp.invalid/"])
        with pytest.raises(UpstreamUnreachable, match="cannot be reached") as caught:
            await session.post("http://erp.invalid/", BODY, {}, timeout_s=HANG_S)
        await session.close()
        assert caught.value.cause == "oauth_no_token"
        assert upstream.headers[-1]["host"] == "login.invalid"


@pytest.mark.parametrize(
    ("url", "count"), [("https://login.example/t", 0), ("http://localhost:1/t", 0), ("http://login.example/t", 1)]
)
def test_a_plain_address_is_warned_of(tmp_path: Path, url: str, count: int) -> None:
    (tmp_path / "secret").write_text("s3cret")
    oauth = {"token_url": url, "client_id": "a", "client_secret": f"file:{tmp_path / 'secret'}"}
    assert len(HttpSession(ClientSettings.model_validate({"auth": {"oauth": oauth}})).warnings) == count


def test_a_secret_that_is_not_there_is_found_at_once() -> None:
    oauth = {"token_url": "https://login.example/t", "client_id": "a", "client_secret": "file:/no/such"}
    with pytest.raises(ConfigError, match="/no/such"):
        HttpSession(ClientSettings.model_validate({"auth": {"oauth": oauth}}))
