"""Requests below the prefix of an upstream go on as they come; its answers come back as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from yarl import URL

from bridge.config.model import Config
from bridge.web.settings import AccessSettings
from tests.bridge.app.world import config, running


@dataclass
class Server:
    """An upstream that answers what it is told to."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b"hello"
    came: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.came.append(
            (
                request.method,
                request.raw_path,
                dict(request.headers),
                b"".join([one async for one in request.content.iter_any()]),
            )
        )
        response = web.Response(status=self.status, body=self.body)
        for name, value in self.headers:
            response.headers.add(name, value)
        return response


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    answering = Server()
    async with RawTestServer(answering) as running_server:
        answering.port = running_server.port or 0
        yield answering


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Config:
    upstream = {
        "http": {"base": f"http://127.0.0.1:{server.port}/v2", "passthrough": True},
        "retry": {"attempts": 1},
        "operations": {"Get": {"request": "GET /orders/{id}", "route": "GET /orders/{id}", "safe": True}},
    }
    return config(tmp_path, {"up": upstream})


async def test_method_path_query_and_body_go_on(server: Server, settings: Config) -> None:
    async with running(settings) as world:
        url = URL(f"{world.url}/v1/up/a%20b?q=%2C", encoded=True)
        async with world.session.request("PROPFIND", url, data=b"in", headers={"X-A": "1", "Cookie": "c=1"}) as answer:
            assert (answer.status, await answer.read()) == (200, b"hello")
    method, path, headers, body = server.came[0]
    assert (method, path, body) == ("PROPFIND", "/v2/a%20b?q=%2C", b"in")
    assert (headers["X-A"], headers["Cookie"], headers["Via"]) == ("1", "c=1", "1.1 legacy-bridge")
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["Host"] == f"127.0.0.1:{server.port}"


async def test_what_a_client_says_of_itself_is_replaced(server: Server, settings: Config) -> None:
    async with running(settings) as world:
        told = {"X-Forwarded-For": "10.0.0.1", "X-Real-IP": "10.0.0.1", "Forwarded": "for=10.0.0.1", "TE": "trailers"}
        async with world.session.get(f"{world.url}/v1/up/a", headers=told) as answer:
            await answer.read()
    headers = server.came[0][2]
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert not {"X-Real-IP", "Forwarded", "TE"} & set(headers)


async def test_a_key_that_is_meant_for_us_goes_no_further(
    server: Server, settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSING_KEY", "k" * 40)
    key = {"name": "web", "key": "env:PASSING_KEY", "scopes": ["up:GET"]}
    keyed = settings.model_copy(update={"access": AccessSettings.model_validate({"keys": [key]})})
    async with running(keyed) as world:
        for headers, method, status in (
            ({}, "GET", 401),
            ({"Authorization": "Bearer " + "k" * 40}, "GET", 200),
            ({"Authorization": "Bearer " + "k" * 40}, "POST", 403),
        ):
            async with world.session.request(method, f"{world.url}/v1/up/a", headers=headers) as answer:
                assert answer.status == status
    assert [("Authorization" in one[2]) for one in server.came] == [False]


async def test_fields_come_back_as_they_are_and_addresses_lead_back(server: Server, settings: Config) -> None:
    server.status = 201
    server.headers = [
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Location", "/v2/new?x=1"),
        ("Content-Type", "a/b"),
    ]
    async with (
        running(settings) as world,
        world.session.post(f"{world.url}/v1/up/a", data=b"") as answer,
    ):
        assert answer.status == 201
        assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]
        assert (answer.headers["Location"], answer.headers["Content-Type"]) == ("/v1/up/new?x=1", "a/b")
        assert "X-Content-Type-Options" not in answer.headers
        assert "Cache-Control" not in answer.headers


async def test_a_failure_is_the_answer_of_the_upstream(server: Server, settings: Config) -> None:
    server.status, server.body, server.headers = 503, b"<h1>busy</h1>", [("Retry-After", "9")]
    async with running(settings) as world, world.session.get(f"{world.url}/v1/up/a") as answer:
        assert (answer.status, await answer.read(), answer.headers["Retry-After"]) == (503, b"<h1>busy</h1>", "9")


async def test_operations_come_first_and_what_is_kept_says_so(server: Server, settings: Config) -> None:
    server.body, server.headers = b'{"id": 7}', [("Content-Type", "application/json"), ("Cache-Control", "max-age=60")]
    async with running(settings) as world:
        assert await world.get("/v1/up/orders/7") == (200, {"id": 7})
        for expected in ("legacy-bridge; fwd=uri-miss; stored", "legacy-bridge; hit; ttl="):
            async with world.session.get(f"{world.url}/v1/up/other") as answer:
                assert answer.headers["Cache-Status"].startswith(expected)
        async with world.session.head(f"{world.url}/v1/up/other") as answer:
            assert (answer.status, answer.headers["Content-Length"]) == (200, "9")
    assert [path for _, path, _, _ in server.came] == ["/v2/orders/7", "/v2/other"]


@pytest.mark.parametrize("path", ["/v1/up/../x", "/v1/up/%2e%2e/x", "/v1/up/a%00", "/v1/up/%zz"])
async def test_nothing_leads_out_of_the_prefix(server: Server, settings: Config, path: str) -> None:
    async with running(settings) as world, world.session.get(URL(world.url + path, encoded=True)) as answer:
        assert answer.status == 400
    assert server.came == []


async def test_a_large_body_goes_both_ways(server: Server, settings: Config) -> None:
    server.body = b"x" * 3_000_000
    sent = b"y" * 3_000_000
    async with running(settings) as world, world.session.put(f"{world.url}/v1/up/a", data=BytesIO(sent)) as answer:
        assert await answer.read() == server.body
    assert server.came[0][3] == sent


async def test_an_echo_of_our_own_credentials_is_not_asked_for(server: Server, settings: Config) -> None:
    async with running(settings) as world, world.session.request("TRACE", f"{world.url}/v1/up/a") as answer:
        assert answer.status == 405
    assert server.came == []


async def test_what_would_make_another_request_of_it_goes_no_further(server: Server, settings: Config) -> None:
    told = {
        "X-HTTP-Method-Override": "DELETE",
        "X-Original-URL": "/admin",
        "X-Forwarded-Prefix": "/x",
        "X_Real_IP": "1",
    }
    async with running(settings) as world, world.session.get(f"{world.url}/v1/up/a", headers=told) as answer:
        await answer.read()
    assert not {name.lower() for name in told} & {name.lower() for name in server.came[0][2]}


async def test_an_address_that_is_none_loses_neither_the_answer_nor_its_place(server: Server, settings: Config) -> None:
    server.headers = [("Location", "http://[bad")]
    async with running(settings) as world:
        for _ in range(3):
            async with world.session.post(f"{world.url}/v1/up/a", data=b"") as answer:
                assert (answer.status, answer.headers["Location"]) == (200, "http://[bad")


async def test_a_get_with_a_body_is_passed_on_with_it(server: Server, settings: Config) -> None:
    server.headers = [("Cache-Control", "max-age=60")]
    async with running(settings) as world:
        for body in (b"one", b"two"):
            async with world.session.request("GET", f"{world.url}/v1/up/search", data=body) as answer:
                await answer.read()
    assert [one[3] for one in server.came] == [b"one", b"two"]
