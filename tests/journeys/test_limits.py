"""Limits as both sides see them: the system behind by what arrives there, callers by what they are told."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from tests.bridge.web.raw import Raw, header
from tests.journeys.running import Bridge, Json, bridge, soap
from tests.journeys.test_shutdown import PATIENT
from tests.journeys.upstream import GET_ORDER, Upstream
from tests.servers.redis import redis

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

OPERATIONS = {"GetOrder": GET_ORDER}
RATE, BURST = 20, 4
CALLS = 100


@dataclass
class Counting(Upstream):
    """Notes when each call arrived; says `429` to the first `busy` of them."""

    arrived: list[float] = field(default_factory=list)
    busy: int = 0

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method != "GET":
            self.arrived.append(asyncio.get_running_loop().time())
            if self.busy:
                self.busy -= 1
                return web.Response(status=429, headers={"Retry-After": "2"})
        return await super()._answer(request)


async def asked(running: Bridge, path: str, *fields: str) -> bytes:
    """The whole answer, on a connection of its own, so by any of the workers."""
    lines = "".join(f"{line}\r\n" for line in fields)
    async with Raw(*await asyncio.open_connection("127.0.0.1", running.port)) as raw:
        raw.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n".encode())
        return await raw.rest()


def statuses(answers: list[bytes]) -> Counter[bytes]:
    return Counter(answer[9:12] for answer in answers)


@asynccontextmanager
async def nodes(folder: Path, config: Json, workers: int) -> AsyncIterator[list[Bridge]]:
    async with AsyncExitStack() as stack:
        running = []
        for name in ("one", "other"):
            (folder / name).mkdir()
            running.append(await stack.enter_async_context(bridge(folder / name, config)))
        for node in running:
            await node.log.event("upstream-ready", workers, upstream="shop")
        yield running


async def test_two_nodes_of_two_workers_never_ask_more_often_than_the_system_behind_bears(tmp_path: Path) -> None:
    limits = {"rate": f"{RATE}/s", "burst": BURST, "concurrency": 8, "deadline": "60s"}
    with redis() as server:
        async with Counting() as upstream:
            shop = soap(upstream.wsdl, operations=OPERATIONS, limits=limits)
            config = {"bus": server.url, "server": {"workers": 2, "limits": PATIENT}, "upstreams": {"shop": shop}}
            async with nodes(tmp_path, config, 2) as running:
                calls = [asked(running[number % 2], f"/v1/shop/orders/{number}") for number in range(CALLS)]
                answers = await asyncio.gather(*calls)
    assert statuses(answers) == {b"200": CALLS}
    first = upstream.arrived[0]
    over = [
        (number, at - first)
        for number, at in enumerate(upstream.arrived, 1)
        if number > 1.05 * (RATE * (at - first) + BURST) + 1
    ]
    assert len(upstream.arrived) == CALLS
    assert not over


async def test_what_the_system_says_of_its_quota_holds_for_all_callers(tmp_path: Path) -> None:
    async with Counting(busy=1) as upstream:
        shop = soap(upstream.wsdl, operations=OPERATIONS, retry={"attempts": 1})
        async with bridge(tmp_path, {"upstreams": {"shop": shop}}) as running:
            await running.ready("shop")
            refused = await running.get("/v1/shop/orders/1")
            assert (refused.status, refused.json["code"], refused.headers["Retry-After"]) == (
                *(503, "upstream_throttled", "2"),
            )
            hasty = await running.get("/v1/shop/orders/2", headers={"Prefer": "wait=1"})
            assert (hasty.status, hasty.json["code"], hasty.headers["Retry-After"]) == (503, "overloaded", "2")
            assert len(upstream.arrived) == 1
            assert (await running.get("/v1/shop/orders/3")).status == 200
            assert upstream.arrived[1] - upstream.arrived[0] >= 1.9
            await running.log.event("upstream-paused", upstream="shop")
            page = (await running.get("/metrics")).text
            assert 'bridge_limit_refused_total{reason="wait",upstream="shop"} 1.0' in page
            assert 'bridge_limit_concurrency{upstream="shop"} 32.0' in page


async def test_a_caller_over_its_limit_is_told_so_by_whichever_worker_and_others_are_not_touched(
    tmp_path: Path,
) -> None:
    keys = [
        {"name": name, "key_sha256": hashlib.sha256(key.encode()).hexdigest(), **more}
        for name, key, more in (
            ("shop", "k" * 20, {"limits": {"rate": "6/m", "burst": 3}}),
            ("other", "o" * 20, {}),
        )
    ]
    async with Counting() as upstream:
        config = {
            "server": {"workers": 2, "limits": PATIENT},
            "access": {"keys": keys},
            "upstreams": {"shop": soap(upstream.wsdl, operations=OPERATIONS)},
        }
        async with bridge(tmp_path, config) as running:
            await running.log.event("upstream-ready", 2, upstream="shop")
            key = "X-API-Key: " + "k" * 20
            answers = await asyncio.gather(*(asked(running, "/v1/shop/orders/1", key) for _ in range(12)))
            passed = statuses(answers)[b"200"]
            assert 1 <= passed <= 3
            assert statuses(answers) == {b"200": passed, b"429": 12 - passed}
            refused = next(answer for answer in answers if answer[9:12] == b"429")
            head = refused.partition(b"\r\n\r\n")[0]
            after_s = int(header(head, "Retry-After") or 0)
            assert 0 < after_s <= 10
            assert header(head, "RateLimit-Policy") == '"key";q=3;w=30'
            assert header(head, "RateLimit") == f'"key";r=0;t={after_s}'
            assert b'"code":"too_many_requests"' in refused
            left = [header(answer, "RateLimit") for answer in answers if answer[9:12] == b"200"]
            assert {(told or "").split(";")[1] for told in left} <= {"r=2", "r=1", "r=0"}
            other = await asked(running, "/v1/shop/orders/1", "X-API-Key: " + "o" * 20)
            assert other[9:12] == b"200"
            assert header(other, "RateLimit") is None
            assert len(upstream.asked) == passed + 1


async def test_too_much_is_refused_early_and_health_is_always_answered(tmp_path: Path) -> None:
    async with Counting() as upstream:
        config = {
            "server": {"limits": {**PATIENT, "in_flight": 5}},
            "upstreams": {"shop": soap(upstream.wsdl, operations=OPERATIONS)},
        }
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            upstream.open.clear()
            hanging = [asyncio.create_task(asked(running, f"/v1/shop/orders/{number}")) for number in range(5)]
            await upstream.has_been_asked(5)
            flood = [asyncio.create_task(asked(running, f"/v1/shop/orders/{number}")) for number in range(45)]
            for path in ("/healthz", "/readyz", "/metrics"):
                assert (await asked(running, path))[9:12] == b"200"
            refused = await asyncio.gather(*flood)
            assert statuses(refused) == {b"503": 45}
            assert {header(answer, "Retry-After") for answer in refused} == {"1"}
            assert not any(task.done() for task in hanging), "refusals and health came before what waits"
            upstream.open.set()
            assert statuses(await asyncio.gather(*hanging)) == {b"200": 5}
            assert (await asked(running, "/v1/shop/orders/9"))[9:12] == b"200"
            assert b'bridge_requests_shed_total{reason="in_flight"} 45.0' in await asked(running, "/metrics")
            await running.log.event("load-shed", reason="in_flight", on=True)
            over = await running.log.event("load-shed", reason="in_flight", on=False)
            assert over["refused"] == 45
            assert len(upstream.asked) == 6
