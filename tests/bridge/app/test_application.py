"""The running bridge: start, reload, stop, against the demo's shop over real sockets."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bridge.app import Refused
from bridge.events import ConfigReloaded, ServerStarted, UpstreamReady
from tests.bridge.app.world import config, held_shop, running
from tests.bridge.demo.running import Shop

READ = {"GetOrder": {"route": "GET /orders/{orderId}", "safe": True, "cache": {"ttl": "1h"}}}


async def test_health_answers_before_any_upstream(state: Path) -> None:
    settings = config(state, {"gone": {"soap": {"wsdl": "http://127.0.0.1:9/gone?wsdl"}}})
    async with running(settings, connected=False) as world:
        assert await world.get("/healthz") == (200, {"status": "alive"})
        status, told = await world.get("/readyz")
        assert (status, told["upstreams"]) == (200, {"gone": "connecting"})
        assert world.told(ServerStarted)[0].url == world.url


async def test_a_call_goes_through(state: Path, soap: dict[str, Any]) -> None:
    async with running(config(state, {"shop": {"soap": soap, "operations": READ}})) as world:
        status, order = await world.get("/v1/shop/orders/1001")
        assert (status, order["customerId"]) == (200, "C-1")
        status, problem = await world.get("/v1/shop/orders/9999")
        assert (status, problem["code"]) == (404, "fault")


async def test_guessed_reads_get_get(state: Path, soap: dict[str, Any]) -> None:
    async with running(config(state, {"shop": {"soap": soap}}), guess_reads=True) as world:
        assert (await world.get("/v1/shop/get-order?orderId=1001"))[0] == 200
        assert (await world.get("/v1/shop/cancel-order?orderId=1001"))[0] == 405


async def test_pages(state: Path, soap: dict[str, Any]) -> None:
    async with running(config(state, {"shop": {"soap": soap}})) as world:
        status, document = await world.get("/openapi.json")
        assert status == 200
        assert "/v1/shop/get-order" in document["paths"]
        assert (await world.get("/v1/shop/openapi.json"))[1]["info"]["title"] == "ShopService"


async def test_a_reload_keeps_what_did_not_change(state: Path, soap: dict[str, Any], shop: Shop) -> None:
    shops = {"shop": {"soap": soap, "operations": READ}}
    async with running(config(state, shops)) as world:
        await world.get("/v1/shop/orders/1001")
        before = world.app.gathering.members["shop"]
        shop.stop()  # only what is kept can be answered from now on
        changed = world.app.reload(config(state, {**shops, "other": {"soap": soap}}), "bridge.yaml")
        assert changed == ("other",)
        assert world.told(ConfigReloaded)[0].changed == ("other",)
        assert world.app.gathering.members["shop"] is before
        assert (await world.get("/v1/shop/orders/1001"))[0] == 200


async def test_a_reload_swaps_what_changed_when_it_is_ready(state: Path, soap: dict[str, Any]) -> None:
    async with running(config(state, {"shop": {"soap": soap, "operations": READ}})) as world:
        operations = {"GetOrder": {"route": "GET /order/{orderId}", "safe": True}}
        world.app.reload(config(state, {"shop": {"soap": soap, "operations": operations}}), "bridge.yaml")
        # Not a moment without an answer: until the new one is ready the old one serves.
        assert world.app.gathering.snapshot.routes.match("GET", "/v1/shop/orders/1001")
        await world.app.connected()
        assert (await world.get("/v1/shop/order/1001"))[0] == 200
        assert (await world.get("/v1/shop/orders/1001"))[0] == 404


async def test_a_call_under_way_ends_on_the_old_one(state: Path, soap: dict[str, Any]) -> None:
    async with held_shop() as held:
        old = {"shop": {"soap": {**soap, "endpoint": held.url}}}
        async with running(config(state, old)) as world:
            call = asyncio.create_task(world.ask("POST", "/v1/shop/cancel-order", json={"orderId": 1}))
            await held.arrived.wait()
            world.app.reload(config(state, {"shop": {"soap": soap}}), "bridge.yaml")
            await world.app.connected()
            assert (await world.ask("POST", "/v1/shop/get-order", json={"orderId": 1001}))[0] == 200
            assert not call.done()
            held.release.set()
            assert await call == (200, {})


async def test_a_reload_drops_what_is_gone(state: Path, soap: dict[str, Any]) -> None:
    async with running(config(state, {"shop": {"soap": soap}, "other": {"soap": soap}})) as world:
        assert world.app.reload(config(state, {"shop": {"soap": soap}}), "bridge.yaml") == ("other",)
        status, problem = await world.ask("POST", "/v1/other/get-order", json={"orderId": 1001})
        assert (status, problem["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"server": {"port": 1}}, "server.port"),
        ({"server": {"port": 0, "host": "127.0.0.2"}}, "server.host"),
        ({"server": {"port": 0, "limits": {"body": "1MB"}}}, "server.limits"),
        ({"cache": {"memory": "2MB"}}, "cache"),
        ({"log": {"level": "debug"}}, "log"),
    ],
)
async def test_what_cannot_change_is_refused_by_name(
    state: Path, soap: dict[str, Any], more: dict[str, Any], named: str
) -> None:
    async with running(config(state, {"shop": {"soap": soap}})) as world:
        before, snapshot = world.app.config, world.app.gathering.snapshot
        with pytest.raises(Refused, match=named):
            world.app.reload(config(state, {}, **more), "bridge.yaml")
        assert world.app.config is before
        assert world.app.gathering.snapshot is snapshot
        assert (await world.ask("POST", "/v1/shop/get-order", json={"orderId": 1001}))[0] == 200


async def test_a_reload_changes_who_may_ask(state: Path, soap: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a-key-that-is-long-enough-to-be-one")
    keys = [{"name": "web", "key": f"file:{tmp_path / 'key'}", "scopes": ["shop:*"]}]
    async with running(config(state, {"shop": {"soap": soap}})) as world:
        world.app.reload(config(state, {"shop": {"soap": soap}}, access={"keys": keys}), "bridge.yaml")
        assert (await world.ask("POST", "/v1/shop/get-order", json={"orderId": 1001}))[0] == 401
        key = {"X-API-Key": "a-key-that-is-long-enough-to-be-one"}
        assert (await world.ask("POST", "/v1/shop/get-order", json={"orderId": 1001}, headers=key))[0] == 200


async def test_the_contract_comes_from_disk_the_second_time(state: Path, soap: dict[str, Any]) -> None:
    for _ in range(2):
        async with running(config(state, {"shop": {"soap": soap}})) as world:
            last = world.told(UpstreamReady)[0]
    assert last.from_disk
