"""A wrong password at the start and while it runs: it is asked for rarely, and a reload ends the wait."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.events import CredentialsRefused, UpstreamUnavailable
from tests.bridge.app.world import config, running
from tests.complaints.legacy import Op, element, envelope, schema, wsdl

pytestmark = pytest.mark.journey
TEXT = wsdl(schema(element("Order", "") + element("OrderResponse", "")), Op("Order"))
ANSWER = envelope("<t:OrderResponse/>")


@dataclass
class Guarded:
    """A service that wants `password`; `tried` holds what it was given."""

    password: str
    url: str = ""
    tried: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "")
        self.tried.append(given)
        if given != "Basic " + b64encode(f"shop:{self.password}".encode()).decode():
            return web.Response(status=401)
        return web.Response(text=TEXT if request.method == "GET" else ANSWER, content_type="text/xml")


@asynccontextmanager
async def guarded(password: str) -> AsyncIterator[Guarded]:
    made = Guarded(password)
    app = web.Application()
    app.router.add_route("*", "/", made.answer)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/"))
        yield made


def upstreams(service: Guarded, secret: Path) -> dict[str, Any]:
    auth = {"basic": {"username": "shop", "password": f"file:{secret}"}}
    return {"old": {"soap": {"wsdl": service.url, "endpoint": service.url, "auth": auth}}}


async def test_the_password_is_changed_under_us(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("first")
    async with guarded("first") as service:
        settings = config(tmp_path, upstreams(service, secret))
        async with running(settings) as world:
            assert (await world.ask("POST", "/v1/old/order", json={}))[0] == 200
            service.password = "second"
            service.tried.clear()
            for _ in range(10):
                status, problem = await world.ask("POST", "/v1/old/order", json={})
                assert (status, problem["code"], problem["retryable"]) == (502, "upstream_unauthorized", False)
            assert len(service.tried) == 3
            assert [(one.refusals, one.pause_s) for one in world.told(CredentialsRefused)] == [(3, 900.0)]
            before = world.app.gathering.members["old"]
            secret.write_text("second")
            assert world.app.reload(settings, "bridge.yaml") == ("old",)
            await world.app.connected()
            assert (await world.ask("POST", "/v1/old/order", json={}))[0] == 200
            assert world.app.gathering.members["old"] is not before
            assert world.app.reload(settings, "bridge.yaml") == ()


async def test_a_wsdl_behind_a_wrong_password_is_asked_for_rarely(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("wrong")
    async with guarded("right") as service:
        settings = config(tmp_path, upstreams(service, secret))
        async with running(settings, connected=False) as world:
            for tries in range(1, 5):
                await world.until(lambda tries=tries: len(world.told(UpstreamUnavailable)) == tries)  # type: ignore[misc]  # bound now
                world.clock.wake()
            assert [one.retry_in_s for one in world.told(UpstreamUnavailable)[:4]] == [5.0, 10.0, 900.0, 900.0]
            secret.write_text("right")
            world.app.reload(settings, "bridge.yaml")
            await world.app.connected()
            assert (await world.ask("POST", "/v1/old/order", json={}))[0] == 200
