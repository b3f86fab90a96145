"""A system that only fails is given a rest: works, breaks, is seen, recovers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.cpu import HANG_S
from tests.journeys.running import bridge, soap
from tests.journeys.upstream import GET_ORDER, Upstream

pytestmark = pytest.mark.journey

TERMS = {"calls_min": 4, "open": "200ms", "trials": 1}


async def test_works_breaks_is_seen_recovers(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        operations = {"GetOrder": {**GET_ORDER, "cache": {"ttl": "1ms", "stale": "10m"}}}
        shop = {**soap(upstream.wsdl, operations=operations, retry={"attempts": 1}), "breaker": TERMS}
        async with bridge(tmp_path, {"upstreams": {"shop": shop}}) as running:
            await running.ready("shop")
            assert (await running.get("/v1/shop/orders/7")).status == 200

            await upstream.stop()
            codes = [(await running.get("/v1/shop/orders/8")).json["code"] for _ in range(4)]
            assert codes[0] == "upstream_unreachable"
            await running.log.event("breaker-changed", operation="GetOrder", state="open", why="failures")
            turned_away = await running.get("/v1/shop/orders/8")
            if turned_away.json["code"] == "breaker_open":  # on a slow machine its time may be over already
                assert (turned_away.status, turned_away.json["outcome"]) == (503, "not_sent")
                assert int(turned_away.headers["Retry-After"]) >= 1
            kept = await running.get("/v1/shop/orders/7")
            assert (kept.status, kept.json["orderId"]) == (200, 7)
            metrics = (await running.get("/metrics")).text
            assert 'bridge_breaker_changes_total{operation="GetOrder",state="open",upstream="shop"}' in metrics
            assert 'bridge_retry_budget_left{upstream="shop"} 3.0' in metrics

            await upstream.start()
            async with asyncio.timeout(HANG_S):
                while (await running.get("/v1/shop/orders/8")).status != 200:
                    pass  # nobody tells when its time is over but a call
            await running.log.event("breaker-changed", operation="GetOrder", state="closed", why="trials-passed")
