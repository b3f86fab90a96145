"""An upstream that is away: the others go on, its prefix says 503, it is tried again and comes back."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from bridge.app.member import Member
from bridge.app.opening import Surroundings
from bridge.errors import ContractError
from bridge.events import Event, UpstreamReady, UpstreamUnavailable
from bridge.layers.cache_store import CacheStore
from tests.bridge.app.world import HandClock, World, config, running
from tests.bridge.demo.running import Shop
from tests.cpu import HANG_S

ORDER = {"orderId": 1001}


async def test_away_at_the_start_then_there(tmp_path: Path, state: Path, soap: dict[str, Any], shop: Shop) -> None:
    shop.stop()
    # In a folder of its own: nothing is kept of it yet.
    settings = config(
        tmp_path, {"late": {"soap": {"wsdl": shop.wsdl}}, "shop": {"soap": soap, "retry": {"attempts": 1}}}
    )
    async with running(settings, connected=False) as world:
        await world.until(lambda: bool(world.told(UpstreamUnavailable) and world.told(UpstreamReady)))
        away = world.told(UpstreamUnavailable)[0]
        assert (away.upstream, "refused" in away.reason) == ("late", True)
        status, problem = await world.ask("POST", "/v1/late/get-order", json=ORDER)
        assert (status, problem["code"], problem["retryable"]) == (503, "not_ready", True)
        assert "127.0.0.1" not in str(problem)
        status, problem = await world.ask("POST", "/v1/shop/get-order", json=ORDER)
        assert (status, problem["code"]) == (502, "upstream_unreachable")

        shop.start()
        world.clock.wake()
        await world.app.connected()
        assert (await world.ask("POST", "/v1/late/get-order", json=ORDER))[0] == 200
        assert (await world.ask("POST", "/v1/shop/get-order", json=ORDER))[0] == 200


class Stubborn(Member):
    """While it is opened, being stopped looks like a failure."""

    async def open(self) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ContractError("it broke off") from None


async def test_it_is_closed_also_when_the_stop_looks_like_a_failure(tmp_path: Path) -> None:
    settings = config(tmp_path, {"gone": {"soap": {"wsdl": "http://127.0.0.1:9/gone?wsdl"}}})
    told: list[Event] = []
    clock = HandClock()
    around = Surroundings(tmp_path, CacheStore(1_000_000, clock), clock, told.append, asyncio.Semaphore(1))
    member = Stubborn("gone", settings.upstreams["gone"], around, lambda: None)
    member.start()
    await asyncio.sleep(0)  # it is opened in its first turn, which is the next one
    async with asyncio.timeout(HANG_S):
        await member.close()
    assert told == []


def _has_told(world: World, times: int) -> bool:
    return len(world.told(UpstreamUnavailable)) == times


async def test_the_pauses_grow(tmp_path: Path) -> None:
    settings = config(tmp_path, {"gone": {"soap": {"wsdl": str(tmp_path / "gone.wsdl")}}})
    async with running(settings, connected=False) as world:
        for tries in range(1, 5):
            await world.until(partial(_has_told, world, tries))
            world.clock.wake()
        told = [event.retry_in_s for event in world.told(UpstreamUnavailable)[:4]]
        assert told == [1.0, 2.0, 4.0, 8.0]


async def test_routes_that_cannot_be_are_told_and_stop_nobody(state: Path, soap: dict[str, Any]) -> None:
    upstreams = {
        "misled": {"soap": soap, "operations": {"GetOrder": {"route": "POST /orders/{nothing}"}}},
        "twice": {"soap": soap, "operations": {"GetOrder": {"route": "POST /get-stock"}}},
        "shop": {"soap": soap},
    }
    async with running(config(state, upstreams), connected=False) as world:
        await world.until(lambda: len(world.told(UpstreamUnavailable)) == 2 and "shop" in _ready(world))
        told = {event.upstream: event.reason for event in world.told(UpstreamUnavailable)}
        assert "nothing is not a simple field" in told["misled"]
        assert "wanted by" in told["twice"]
        assert (await world.ask("POST", "/v1/twice/get-stock", json={"sku": "AB-100"}))[0] == 503
        assert (await world.ask("POST", "/v1/shop/get-stock", json={"sku": "AB-100"}))[0] == 200


def _ready(world: Any) -> Any:
    return world.app.gathering.snapshot.upstreams


async def test_ready_is_only_told_when_its_routes_stand(tmp_path: Path, soap: dict[str, Any]) -> None:
    operations = {
        "GetOrder": {"route": "GET /orders/{orderId}", "safe": True},
        "CancelOrder": {"route": "DELETE /orders/{other}"},
    }
    settings = config(tmp_path, {"shop": {"soap": soap, "operations": operations}})
    async with running(settings, connected=False) as world:
        await world.until(lambda: bool(world.told(UpstreamUnavailable)))
        assert world.told(UpstreamReady) == []
