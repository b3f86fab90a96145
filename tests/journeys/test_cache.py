"""A kept answer never reaches the system behind; a thousand alike at once reach it once; a write makes it old."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.bridge.web.raw import Raw
from tests.journeys.running import Answer, Bridge, bridge, soap
from tests.journeys.upstream import GET_ORDER, Upstream

pytestmark = pytest.mark.journey

ALIKE = 1000
KEPT = {
    "GetOrder": {**GET_ORDER, "cache": {"ttl": "10m", "tags": ["order:{orderId}"]}},
    "Fail": {"route": "POST /failures/{text}", "invalidates": ["order:{text}"]},
}


def config(upstream: Upstream, **more: Any) -> dict[str, Any]:
    limits = {"connections": ALIKE + 100, "connections_per_address": ALIKE + 100}
    return {"server": {"limits": limits}, "upstreams": {"shop": soap(upstream.wsdl, operations=KEPT)}, **more}


async def test_a_kept_answer_never_reaches_the_system_behind(tmp_path: Path) -> None:
    async with Upstream() as upstream, bridge(tmp_path, config(upstream)) as running:
        await running.ready("shop")
        first = await running.get("/v1/shop/orders/7")
        assert first.headers["Cache-Status"] == "legacy-bridge; fwd=miss; stored; ttl=600"
        await upstream.stop()
        for _ in range(50):
            again = await running.get("/v1/shop/orders/7")
            assert (again.status, again.body) == (200, first.body)
            assert again.headers["Cache-Status"].startswith("legacy-bridge; hit; ttl=")
            assert again.headers["ETag"] == first.headers["ETag"]
        assert len(upstream.asked) == 1

        unchanged = await running.get("/v1/shop/orders/7", headers={"If-None-Match": first.headers["ETag"]})
        assert (unchanged.status, unchanged.body) == (304, b"")
        head = await running.ask("HEAD", "/v1/shop/orders/7")
        assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(first.body)))
        assert used(await running.get("/metrics"))["hit"] >= 50


@pytest.mark.timeout(180)
async def test_a_thousand_alike_at_once_are_one_call(tmp_path: Path) -> None:
    async with Upstream() as upstream, bridge(tmp_path, config(upstream)) as running:
        await running.ready("shop")
        clients = await asyncio.gather(*(connect(running) for _ in range(ALIKE)))
        upstream.open.clear()
        for raw in clients:
            raw.write(b"GET /v1/shop/orders/7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await upstream.has_been_asked(1)
        for _ in range(20):  # answers on a connection made later: those before it have been read
            await running.get("/healthz")
        upstream.open.set()
        answers = await asyncio.gather(*(raw.rest() for raw in clients))
        assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers)
        assert len({answer.partition(b"\r\n\r\n")[2] for answer in answers}) == 1
        assert len(upstream.asked) == 1
        assert used(await running.get("/metrics")) == {"miss": 1, "coalesced": ALIKE - 1}
        for raw in clients:
            async with raw:
                pass


async def connect(running: Bridge) -> Raw:
    return Raw(*await asyncio.open_connection("127.0.0.1", running.port))


def used(metrics: Answer) -> dict[str, int]:
    """How often the cache did what, as the metrics tell."""
    found = re.findall(r'^\w*cache\w*_total\{[^}]*result="(\w+)"[^}]*\} (\d+)', metrics.text, re.MULTILINE)
    return {result: int(count) for result, count in found if int(count)}


async def test_those_who_differ_do_not_share(tmp_path: Path) -> None:
    """Another argument, another key, another forwarded header: each has an answer of its own."""
    keys = {"ONE_KEY": "one-key-0123456789abcdef", "TWO_KEY": "two-key-0123456789abcdef"}
    access = {"keys": [{"name": name.lower(), "key": f"env:{name}"} for name in keys]}
    async with Upstream() as upstream:
        shop = soap(upstream.wsdl, operations=KEPT, forward_headers=["X-Tenant"])
        given = config(upstream, access=access, upstreams={"shop": shop})
        async with bridge(tmp_path, given, env=keys, secrets=tuple(keys.values())) as running:
            await running.ready("shop")
            asked = [
                (number, {"X-API-Key": key, "X-Tenant": tenant})
                for number in (7, 8)
                for key in keys.values()
                for tenant in ("north", "south")
            ]
            for _ in range(3):
                for number, headers in asked:
                    answer = await running.get(f"/v1/shop/orders/{number}", headers=headers)
                    assert answer.json["orderId"] == number
                    assert answer.headers["Cache-Control"].startswith("private")
            assert len(upstream.asked) == len(asked)
            assert Counter(one.headers["x-tenant"] for one in upstream.asked) == {"north": 4, "south": 4}


async def test_a_write_makes_what_it_is_about_old(tmp_path: Path) -> None:
    async with Upstream() as upstream, bridge(tmp_path, config(upstream)) as running:
        await running.ready("shop")
        for number in (7, 8, 7, 8):
            assert (await running.get(f"/v1/shop/orders/{number}")).status == 200
        assert len(upstream.asked) == 2
        assert (await running.post("/v1/shop/failures/7", {"blame": "nobody"})).status in {200, 204}
        assert len(upstream.asked) == 3
        for number in (7, 8):
            assert (await running.get(f"/v1/shop/orders/{number}")).status == 200
        assert [one.order for one in upstream.asked if b"GetOrder" in one.body] == [7, 8, 7]
