"""OAuth client credentials from end to end: a real authorization server, an upstream that asks it about each token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.journeys.running import Bridge, bridge, command, soap, write
from tests.journeys.upstream import GET_ORDER, Upstream
from tests.servers.oidc import CLIENT, SECRET, Authority, authority

pytestmark = pytest.mark.journey


@dataclass
class Guard:
    """Stands in front of an upstream and lets in whoever has a token that the authority knows."""

    authority: Authority
    behind: Upstream
    statuses: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.tokens.append(token)
        answer = await self._answer(request, token)
        self.statuses.append(answer.status)
        return answer

    async def _answer(self, request: web.Request, token: str) -> web.StreamResponse:
        if not (token and await self.authority.knows(token)):
            return web.Response(status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        async with aiohttp.ClientSession() as session:
            url = self.behind.url + request.path_qs
            passed = await session.request(request.method, url, data=await request.read())
            return web.Response(status=passed.status, body=await passed.read(), content_type="text/xml")


@asynccontextmanager
async def guarded(given: Authority) -> AsyncIterator[tuple[Guard, str]]:
    async with Upstream() as behind:
        guard = Guard(given, behind)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", guard.answer)
        async with TestServer(app) as server:
            yield guard, str(server.make_url("/")).rstrip("/")


def config(url: str, given: Authority, **more: Any) -> dict[str, Any]:
    oauth = {
        "token_url": given.token_url,
        "client_id": CLIENT,
        "client_secret": "env:SECRET",
        "scope": "orders",
        **more,
    }
    settings = soap(f"{url}/orders?wsdl", endpoint=f"{url}/orders", auth={"oauth": oauth})
    return {"log": {"level": "debug"}, "upstreams": {"shop": {**settings, "operations": {"GetOrder": GET_ORDER}}}}


@asynccontextmanager
async def serving(folder: Path, settings: dict[str, Any]) -> AsyncIterator[Bridge]:
    async with bridge(folder, settings, env={"SECRET": SECRET}, secrets=(SECRET,)) as running:
        await running.ready("shop")
        yield running


@pytest.mark.parametrize("style", ["basic", "post"])
async def test_one_token_for_a_hundred_calls_and_one_renewal(tmp_path: Path, style: Any) -> None:
    async with authority(style) as given, guarded(given) as (guard, url):
        async with serving(tmp_path, config(url, given, auth_style=style)) as running:
            for round_ in range(2):
                calls = (running.get(f"/v1/shop/orders/{number}") for number in range(100))
                answers = await asyncio.gather(*calls)
                assert {answer.status for answer in answers} == {200}
                assert [answer.json["orderId"] for answer in answers] == list(range(100))
                assert given.given == ["orders"] * (1 + round_)
                await given.forget()
            assert not [token for token in guard.tokens if token and token in running.log.text]
        print(f"{style}: 200 calls, {len(given.given)} tokens, {guard.statuses.count(401)} refusals")
        assert 0 < guard.statuses.count(401) <= 100


async def test_a_token_that_ends_is_renewed_before_it_is_refused(tmp_path: Path) -> None:
    async with authority(lifetime_s=1) as given, guarded(given) as (guard, url):
        async with serving(tmp_path, config(url, given)) as running:
            while len(given.given) < 3:
                assert (await running.get("/v1/shop/orders/7")).status == 200
        assert guard.statuses.count(401) <= 2  # 100 ms before its end may be too late on a busy machine


async def test_a_wrong_secret_is_told_to_the_operator_only(tmp_path: Path) -> None:
    async with authority() as given, guarded(given) as (_, url):
        async with serving(tmp_path, config(url, given)) as running:
            assert (await running.get("/v1/shop/orders/7")).status == 200
        settings = config(url, given, client_id="nobody")
        async with serving(tmp_path, settings) as running:  # the WSDL is kept, so this is about the call
            answer = await running.get("/v1/shop/orders/8")
            assert (answer.status, answer.json["code"]) == (502, "upstream_unauthorized")
            assert "oauth" not in answer.text
            await running.log.event("request-done", cause="oauth_invalid_client")


async def test_a_dry_run_fetches_no_token_and_shows_none(tmp_path: Path) -> None:
    async with authority() as given, guarded(given) as (_, url):
        path = write(tmp_path, config(url, given))
        environment = {"SECRET": SECRET}
        code, out, err = await command(
            *("call", "shop.GetOrder", str(path), "--json", '{"orderId":7}', "--dry-run"),
            folder=tmp_path,
            env=environment,
        )
        assert code == 0, err
        assert "Authorization: ***" in out + err
        assert SECRET not in out + err
        assert given.given == ["orders"]  # for the WSDL
