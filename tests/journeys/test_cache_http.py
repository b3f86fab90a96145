"""What clients say to the cache and what it says to them: RFC 9111, RFC 9211, RFC 5861, seen from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from tests.journeys.running import Answer, Bridge, Json, bridge, soap
from tests.journeys.upstream import ENVELOPE, GET_ORDER, Upstream

pytestmark = pytest.mark.journey

LOST = ENVELOPE.format(
    "<e:Fault><faultcode xmlns=''>e:Client</faultcode><faultstring xmlns=''>none</faultstring><detail xmlns=''>"
    "<OrderNotFound xmlns='urn:example:orders'><orderId>404</orderId></OrderNotFound></detail></e:Fault>"
)


class Shop(Upstream):
    """Has no order 404."""

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        answer = await super()._answer(request)
        if request.method == "POST" and self.asked[-1].order == 404:
            return web.Response(body=LOST.encode(), status=500, content_type="text/xml", charset="utf-8")
        return answer


def config(upstream: Upstream, **cache: object) -> Json:
    operations = {"GetOrder": {**GET_ORDER, "cache": {"ttl": "10m", **cache}}}
    return {"upstreams": {"shop": soap(upstream.wsdl, operations=operations, forward_headers=["X-Tenant"])}}


async def get(running: Bridge, number: int, wish: str = "") -> tuple[int, str, Answer]:
    """Status, what the cache says, and the answer."""
    answer = await running.get(f"/v1/shop/orders/{number}", headers={"Cache-Control": wish} if wish else {})
    said = answer.headers.get("Cache-Status", "").partition("; ttl=")[0]
    return answer.status, said.removeprefix("legacy-bridge; "), answer


async def test_a_client_gets_of_the_cache_what_it_asks_for(tmp_path: Path) -> None:
    async with Shop() as upstream, bridge(tmp_path, config(upstream)) as running:
        await running.ready("shop")
        status, _, answer = await get(running, 7, "only-if-cached")
        assert (status, answer.json["code"], len(upstream.asked)) == (504, "not_kept", 0)
        assert (await get(running, 7, "no-store"))[:2] == (200, "fwd=miss")
        assert (await get(running, 7))[:2] == (200, "fwd=miss; stored")
        for wish in ("", "max-age=60", "max-stale", "min-fresh=30", "only-if-cached", "max-age=60"):
            assert (await get(running, 7, wish))[:2] == (200, "hit")
        assert (await get(running, 7, "no-cache"))[:2] == (200, "fwd=request; stored")
        assert (await get(running, 7, "min-fresh=601"))[:2] == (200, "fwd=request; stored")
        assert len(upstream.asked) == 4
        _, _, hit = await get(running, 7)
        assert hit.headers["Age"] == "0"
        assert hit.headers["Cache-Control"] in {"max-age=599", "max-age=600"}
        assert hit.headers["Vary"] == "Accept, Accept-Encoding, X-Tenant"
        unchanged = await running.get("/v1/shop/orders/7", headers={"If-None-Match": f'"x", {hit.headers["ETag"]}'})
        assert (unchanged.status, unchanged.body, unchanged.headers["ETag"]) == (304, b"", hit.headers["ETag"])
        assert unchanged.headers["Cache-Status"].startswith("legacy-bridge; hit; ttl=")
        assert len(upstream.asked) == 4


async def test_a_named_fault_is_kept(tmp_path: Path) -> None:
    async with Shop() as upstream, bridge(tmp_path, config(upstream, negative={"OrderNotFound": "5m"})) as running:
        await running.ready("shop")
        first, again = await get(running, 404), await get(running, 404)
        assert [one[:2] for one in (first, again)] == [(404, "fwd=miss; stored"), (404, "hit")]
        assert first[2].json["fault"] == again[2].json["fault"] != {}
        assert (again[2].headers["Age"], again[2].headers["Cache-Control"]) == ("0", "no-store")
        assert len(upstream.asked) == 1


async def test_old_answers_are_served_while_new_ones_are_asked_for_and_when_there_are_none(tmp_path: Path) -> None:
    async with Shop() as upstream:
        settings = config(upstream, ttl="1ms", swr="1h")
        async with bridge(tmp_path, settings) as running:
            await running.ready("shop")
            await get(running, 7)
            upstream.open.clear()
            for _ in range(5):
                assert (await get(running, 7))[:2] == (200, "hit; detail=stale-while-revalidate")
            await upstream.has_been_asked(2)
            assert len(upstream.asked) == 2
            upstream.open.set()


async def test_old_answers_help_when_the_system_behind_is_gone(tmp_path: Path) -> None:
    async with Shop() as upstream:
        settings = config(upstream, ttl="1ms", stale="1h")
        settings["upstreams"]["shop"]["retry"] = {"attempts": 1}
        async with bridge(tmp_path, settings) as running:
            await running.ready("shop")
            await get(running, 7)
            await upstream.stop()
            status, said, answer = await get(running, 7)
            assert (status, said) == (200, "hit; detail=upstream_unreachable")
            assert (answer.headers["Cache-Control"], answer.json["orderId"]) == ("max-age=0", 7)
