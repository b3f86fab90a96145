"""Reloads one after the other: nothing that was once begun is left behind, and no two upstreams share an address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.app import Gathering
from bridge.clock import SystemClock
from bridge.errors import ContractError, RouteError
from bridge.events import UpstreamUnavailable
from tests.bridge.app.world import config, running


async def test_a_change_that_never_opens_leaves_the_old_one_serving(state: Path, soap: dict[str, Any]) -> None:
    async with running(config(state, {"shop": {"soap": soap}})) as world:
        first = world.app.gathering.members["shop"]
        wrong = {"shop": {"soap": {**soap, "service": "NoSuchService"}}}
        world.app.reload(config(state, wrong), "bridge.yaml")
        await world.until(lambda: bool(world.told(UpstreamUnavailable)))
        assert (await world.ask("POST", "/v1/shop/get-stock", json={"sku": "AB-100"}))[0] == 200

        # Taken back: the old one was right all the time, and the new one is tried no more.
        world.app.reload(config(state, {"shop": {"soap": soap}}), "bridge.yaml")
        assert world.app.gathering.members["shop"] is first
        world.clock.wake()
        await world.app.connected()
        assert len(world.told(UpstreamUnavailable)) == 1


async def test_the_last_of_several_changes_wins(state: Path, soap: dict[str, Any]) -> None:
    async with running(config(state, {"shop": {"soap": soap}})) as world:
        for number in range(2, 6):
            world.app.reload(config(state, {"shop": {"soap": soap, "api": number}}), "bridge.yaml")
        await world.app.connected()
        assert (await world.ask("POST", "/v5/shop/get-stock", json={"sku": "AB-100"}))[0] == 200
        for number in range(1, 5):
            assert (await world.ask("POST", f"/v{number}/shop/get-stock", json={"sku": "AB-100"}))[0] == 404


async def test_removed_while_it_is_opened_anew(state: Path, soap: dict[str, Any]) -> None:
    async with running(config(state, {"shop": {"soap": soap}})) as world:
        world.app.reload(config(state, {"shop": {"soap": soap, "api": 2}}), "bridge.yaml")
        world.app.reload(config(state, {}), "bridge.yaml")
        await world.app.connected()
        assert world.app.gathering.snapshot.upstreams == {}


async def test_who_wants_an_address_of_another_stays_out(state: Path, soap: dict[str, Any]) -> None:
    inside = {"soap": soap, "prefix": "/v1/shop/inner", "operations": {"GetOrder": {"route": "POST /x"}}}
    shop = {"soap": soap, "operations": {"GetStock": {"route": "POST /inner/x"}}}
    async with running(config(state, {"shop": shop, "inside": inside})) as world:
        assert (await world.ask("POST", "/v1/shop/inner/x", json={"sku": "AB-100"}))[0] == 200
        assert set(world.app.gathering.snapshot.upstreams) == {"shop"}
        assert {event.upstream for event in world.told(UpstreamUnavailable)} == {"inside"}


async def test_opened_once_for_a_command(state: Path, soap: dict[str, Any]) -> None:
    gathering = Gathering(config(state, {"shop": {"soap": soap}}), clock=SystemClock(), emit=lambda _: None)
    await gathering.open_all()
    assert set(gathering.snapshot.upstreams) == {"shop"}
    await gathering.close()


@pytest.mark.parametrize(
    ("upstream", "error", "said"),
    [
        ({"wsdl": "/nowhere/gone.wsdl"}, ContractError, "no such file"),
        ({"service": "None"}, ContractError, "None"),
        ({"operations": {"GetOrder": {"route": "POST /get-stock"}}}, RouteError, "wanted by"),
    ],
)
async def test_a_command_hears_the_first_error(
    state: Path, soap: dict[str, Any], upstream: dict[str, Any], error: type[Exception], said: str
) -> None:
    operations = upstream.pop("operations", {})
    settings = config(state, {"shop": {"soap": {**soap, **upstream}, "operations": operations}})
    gathering = Gathering(settings, clock=SystemClock(), emit=lambda _: None)
    with pytest.raises(error, match=said):
        await gathering.open_all()
    await gathering.close()
