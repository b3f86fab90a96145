"""SIGHUP: a good file is taken without dropping a call; a bad one changes nothing and is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.running import bridge, soap, write
from tests.journeys.upstream import GET_ORDER, Upstream

pytestmark = pytest.mark.journey


def config(*shops: tuple[str, Upstream], route: str = "GET /orders/{orderId}", **server: Any) -> dict[str, Any]:
    operations = {"GetOrder": {**GET_ORDER, "route": route}}
    return {"server": server, "upstreams": {name: soap(one.wsdl, operations=operations) for name, one in shops}}


async def test_a_new_route_appears_and_the_call_under_way_ends_on_the_old_one(tmp_path: Path) -> None:
    async with Upstream() as old, Upstream() as new, bridge(tmp_path, config(("shop", old))) as running:
        await running.ready("shop")
        old.open.clear()
        under_way = asyncio.create_task(running.get("/v1/shop/orders/7"))
        await old.has_been_asked(1)

        write(tmp_path, config(("shop", new), ("more", new), route="GET /o/{orderId}"))
        running.reload()
        await running.log.event("config-reloaded")
        await running.log.event("upstream-ready", count=2, upstream="shop")
        await running.ready("more")
        assert (await running.get("/v1/shop/o/8")).json["orderId"] == 8
        assert (await running.get("/v1/more/o/9")).json["orderId"] == 9
        assert (await running.get("/v1/shop/orders/7")).status == 404
        assert len(old.asked) == 1

        assert not under_way.done()
        old.open.set()
        answer = await under_way
        assert (answer.status, answer.json["orderId"]) == (200, 7)

        write(tmp_path, config(("more", new)))
        running.reload()
        await running.log.event("config-reloaded", count=2)
        assert (await running.get("/v1/shop/o/8")).status == 404


async def test_a_bad_file_changes_nothing(tmp_path: Path) -> None:
    async with Upstream() as upstream, bridge(tmp_path, config(("shop", upstream))) as running:
        await running.ready("shop")
        write(tmp_path, "upstreams:\n  shop:\n    sopa: {}\n")
        running.reload()
        [error, *_] = (await running.log.event("config-refused"))["errors"]
        assert "bridge.yaml:3:5" in error
        assert "did you mean 'soap'" in error
        assert (await running.get("/v1/shop/orders/7")).status == 200

        (tmp_path / "bridge.yaml").unlink()
        running.reload()
        await running.log.event("config-refused", count=2)
        assert (await running.get("/v1/shop/orders/7")).status == 200

        write(tmp_path, config(("shop", upstream), route="GET /o/{orderId}"))
        running.reload()
        await running.log.event("config-reloaded")
        await running.log.event("upstream-ready", count=2, upstream="shop")
        assert (await running.get("/v1/shop/o/7")).status == 200


@pytest.mark.parametrize(
    ("server", "name"),
    [({"limits": {"connections": 7}}, "server.limits"), ({"tls": {"cert": "a.pem", "key": "b.pem"}}, "server.tls")],
)
async def test_what_cannot_change_is_refused_by_name(tmp_path: Path, server: dict[str, Any], name: str) -> None:
    async with Upstream() as upstream, bridge(tmp_path, config(("shop", upstream))) as running:
        await running.ready("shop")
        write(tmp_path, config(("shop", upstream), route="GET /o/{orderId}", **server))
        running.reload()
        [error] = (await running.log.event("config-refused"))["errors"]
        assert name in error
        assert (await running.get("/v1/shop/orders/7")).status == 200
        assert (await running.get("/v1/shop/o/7")).status == 404


async def test_an_unchanged_upstream_keeps_its_cache(tmp_path: Path) -> None:
    def with_note(note: str) -> dict[str, Any]:
        kept = {"GetOrder": {**GET_ORDER, "cache": {"ttl": "10m"}}}
        one, other = soap(upstream.wsdl, operations=kept), soap(upstream.wsdl)
        return {"upstreams": {"kept": one, "other": {**other, "about": {"description": note}}}}

    async with Upstream() as upstream, bridge(tmp_path, with_note("a")) as running:
        await running.ready("kept", "other")
        assert (await running.get("/v1/kept/orders/7")).status == 200
        write(tmp_path, with_note("b"))
        running.reload()
        assert (await running.log.event("config-reloaded"))["changed"] == ["other"]
        await running.log.event("upstream-ready", count=2, upstream="other")
        assert (await running.get("/v1/kept/orders/7")).headers["Age"]
        assert len(upstream.asked) == 1


async def test_keys_are_swapped(tmp_path: Path) -> None:
    def keyed(variable: str) -> dict[str, Any]:
        return {"access": {"keys": [{"name": "web", "key": f"env:{variable}"}]}, **config(("shop", upstream))}

    env = {"OLD_KEY": "old-key-0123456789abcdef", "NEW_KEY": "new-key-0123456789abcdef"}
    async with (
        Upstream() as upstream,
        bridge(tmp_path, keyed("OLD_KEY"), env=env, secrets=tuple(env.values())) as running,
    ):
        await running.ready("shop")

        async def statuses() -> list[int]:
            asked = [running.get("/v1/shop/orders/7", headers={"X-API-Key": key}) for key in env.values()]
            return [answer.status for answer in await asyncio.gather(*asked)]

        assert await statuses() == [200, 401]
        write(tmp_path, keyed("NEW_KEY"))
        running.reload()
        await running.log.event("config-reloaded")
        assert await statuses() == [401, 200]
