"""Two bridges that share kept answers in a Redis: one asks for both, a write on one is seen by the other, and without
Redis each goes on alone."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.journeys.running import Answer, Bridge, Json, bridge, soap
from tests.journeys.test_workers import KEPT, Shop
from tests.servers.redis import RedisServer, redis

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
TTL = re.compile(r"; ttl=-?\d+")


def config(upstream: Shop, server: RedisServer) -> Json:
    return {"cache": server.url, "upstreams": {"shop": soap(upstream.wsdl, operations=KEPT)}}


@asynccontextmanager
async def nodes(folder: Path, upstream: Shop, server: RedisServer) -> AsyncIterator[list[Bridge]]:
    async with AsyncExitStack() as stack:
        running = []
        for name in ("one", "other"):
            (folder / name).mkdir(exist_ok=True)
            running.append(await stack.enter_async_context(bridge(folder / name, config(upstream, server))))
        for node in running:
            await node.ready("shop")
        yield running


async def get(node: Bridge, number: int) -> tuple[str, Answer]:
    """What the cache says, and the answer."""
    answer = await node.get(f"/v1/shop/orders/{number}")
    assert answer.status == 200
    return TTL.sub("", answer.headers["Cache-Status"].removeprefix("legacy-bridge; ")), answer


async def test_what_one_has_asked_serves_both_also_after_a_restart_until_a_write(tmp_path: Path) -> None:
    with redis() as server:
        async with Shop() as upstream:
            async with nodes(tmp_path, upstream, server) as (one, other):
                assert (await get(one, 7))[0] == "fwd=miss; stored"
                said, shared = await get(other, 7)
                assert (said, shared.body) == ("hit; detail=shared", (await get(one, 7))[1].body)
                assert (await get(other, 7))[0] == "hit"
                assert upstream.orders_asked == 1
            async with nodes(tmp_path, upstream, server) as (one, other):
                assert (await get(other, 7))[0] == "hit; detail=shared"
                assert upstream.orders_asked == 1
                for writes, (writer, reader) in enumerate([(one, other), (other, one)], 1):
                    assert (await writer.post("/v1/shop/failures/7", {"blame": "nobody"})).status in {200, 204}
                    for node in (reader, writer):
                        assert b"%d.50" % writes in (await get(node, 7))[1].body
                assert upstream.orders_asked <= 5  # what one has just been told may not be there yet


async def test_a_redis_that_stands_still_or_is_gone_is_hardly_noticed(tmp_path: Path) -> None:
    with redis() as server:
        async with Shop() as upstream, nodes(tmp_path, upstream, server) as (one, other):
            await get(one, 1)
            server.stand_still()
            took = []
            for number in range(10, 30):
                began = time.perf_counter()
                assert (await get(one, number))[0].startswith("fwd=miss")
                took.append(time.perf_counter() - began)
            await one.log.event("shared-cache-changed", state="gone")
            assert statistics.median(took) < 1.0  # each would wait for ever
            server.go_on()
            server.kill()
            assert (await get(other, 1))[1].body == (await get(one, 1))[1].body
            assert (await other.post("/v1/shop/failures/1", {"blame": "nobody"})).status in {200, 204}
            server.start()
            await other.log.event("shared-cache-changed", state="back")
            assert b"1.50" in (await get(other, 1))[1].body
