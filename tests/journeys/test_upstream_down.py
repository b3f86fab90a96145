"""The system behind is down at the start, comes up, dies, comes back: clients see problems that say so, and no hang."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.cpu import HANG_S
from tests.journeys.running import Answer, bridge, soap
from tests.journeys.upstream import GET_ORDER, Upstream

pytestmark = pytest.mark.journey

STALE = {"GetOrder": {**GET_ORDER, "cache": {"ttl": "1ms", "stale": "10m"}}}
PLAIN = {"GetOrder": GET_ORDER}


def problem(answer: Answer) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "127.0.0.1" not in answer.text
    return answer.status, answer.json["code"]


async def test_down_at_the_start_then_up(tmp_path: Path) -> None:
    late = Upstream()
    async with Upstream() as other:
        config = {"upstreams": {"late": soap(late.wsdl, operations=PLAIN), "other": soap(other.wsdl, operations=PLAIN)}}
        async with bridge(tmp_path, config) as running:
            await running.ready("other")
            assert (await running.get("/v1/other/orders/7")).json["orderId"] == 7
            await running.log.event("upstream-unavailable", upstream="late")

            answer = await running.get("/v1/late/orders/7")
            assert problem(answer) == (503, "not_ready")
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.json["retryable"]
            assert problem(await running.post("/v1/late/get-order", {"orderId": 7})) == (503, "not_ready")
            readiness = await running.get("/readyz")
            assert (readiness.status, readiness.json["upstreams"]) == (200, {"late": "connecting", "other": "ready"})
            document = (await running.get("/openapi.json")).json
            assert not [path for path in document["paths"] if path.startswith("/v1/late")]

            async with late:
                await running.ready("late")
                answer = await running.get("/v1/late/orders/7")
                assert (answer.status, answer.json["orderId"]) == (200, 7)
                assert (await running.get("/v1/other/orders/8")).status == 200


async def test_it_dies_and_comes_back(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        config = {"upstreams": {"shop": soap(upstream.wsdl, operations=PLAIN, retry={"attempts": 2, "base": "20ms"})}}
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            assert (await running.get("/v1/shop/orders/7")).status == 200

            await upstream.stop()
            async with asyncio.timeout(HANG_S):
                answer = await running.get("/v1/shop/orders/7")
                written = await running.post("/v1/shop/fail", {"blame": "client", "text": "x"})
            assert problem(answer) == (502, "upstream_unreachable")
            assert problem(written) == (502, "upstream_unreachable")
            assert written.json["outcome"] == "not_sent"

            await upstream.start()
            assert (await running.get("/v1/shop/orders/7")).status == 200


async def test_it_dies_while_it_works(tmp_path: Path) -> None:
    """A read may be repeated and is a plain 502; of a write nobody knows whether it happened."""
    async with Upstream() as upstream:
        config = {"upstreams": {"shop": soap(upstream.wsdl, operations=PLAIN, retry={"attempts": 1})}}
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            upstream.open.clear()
            order = {"status": "open", "orderId": 1, "ordered": "2024-01-01T00:00:00Z", "remark": [], "lines": []}
            order |= {"customer": {"id": 1, "name": "A", "email": None}, "total": {"currency": "EUR", "value": 1}}
            reading = asyncio.create_task(running.get("/v1/shop/orders/7"))
            writing = asyncio.create_task(running.post("/v1/shop/echo-order", order))
            await upstream.has_been_asked(2)
            await upstream.stop()
            async with asyncio.timeout(HANG_S):
                read, written = await asyncio.gather(reading, writing)
            assert problem(read) == (502, "upstream_cut")
            assert problem(written) == (504, "outcome_unknown")
            assert written.json["outcome"] == "unknown"
            assert not written.json["retryable"]


async def test_a_stale_answer_bridges_the_gap(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        config = {"upstreams": {"shop": soap(upstream.wsdl, operations=STALE, retry={"attempts": 1})}}
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            fresh = await running.get("/v1/shop/orders/7")
            assert (fresh.status, len(upstream.asked)) == (200, 1)

            await upstream.stop()
            stale = await running.get("/v1/shop/orders/7")
            assert (stale.status, stale.body) == (200, fresh.body)
            assert problem(await running.get("/v1/shop/orders/8")) == (502, "upstream_unreachable")
            # RFC 9211: a hit whose time to live is over.
            assert re.search(r"; hit;.* ttl=-\d", stale.headers["Cache-Status"])

            await upstream.start()
            again = await running.get("/v1/shop/orders/7")
            assert (again.status, len(upstream.asked)) == (200, 2)
            assert again.headers.get("Age") in {None, "0"}


async def test_a_restart_needs_no_upstream(tmp_path: Path) -> None:
    """The contract is kept: the second start is ready although nobody answers, and calls say so."""
    async with Upstream() as upstream:
        config = {"upstreams": {"shop": soap(upstream.wsdl, operations=PLAIN)}}
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
    async with bridge(tmp_path, config) as running:
        assert (await running.log.event("upstream-ready", upstream="shop"))["from_disk"]
        assert problem(await running.get("/v1/shop/orders/7")) == (502, "upstream_unreachable")
        async with upstream:
            assert (await running.get("/v1/shop/orders/7")).status == 200
