"""Two bridges that share a Redis behave as one towards the system behind; without it each goes on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.journeys.running import Answer, Bridge, Json, bridge, soap
from tests.journeys.test_workers import KEPT, Shop, body, fresh
from tests.servers.redis import RedisServer, redis

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]


def config(upstream: Shop, server: RedisServer) -> Json:
    return {"bus": server.url, "upstreams": {"shop": soap(upstream.wsdl, operations=KEPT)}}


@asynccontextmanager
async def nodes(folder: Path, upstream: Shop, server: RedisServer) -> AsyncIterator[list[Bridge]]:
    async with AsyncExitStack() as stack:
        running = []
        for name in ("one", "other"):
            (folder / name).mkdir()
            running.append(await stack.enter_async_context(bridge(folder / name, config(upstream, server))))
        for node in running:
            await node.ready("shop")
        yield running


async def write(node: Bridge) -> Answer:
    return await node.post("/v1/shop/failures/7", {"blame": "nobody"})


async def test_alike_on_both_are_one_call_and_a_write_on_one_is_seen_by_the_other(tmp_path: Path) -> None:
    with redis() as server:
        async with Shop() as upstream, nodes(tmp_path, upstream, server) as running:
            upstream.open.clear()
            asking = [asyncio.create_task(fresh(node, "/v1/shop/orders/7")) for node in running for _ in range(20)]
            await upstream.has_been_asked(1)
            for node in running:
                await asyncio.gather(*(fresh(node, "/healthz") for _ in range(20)))
            upstream.open.set()
            assert {body(answer) for answer in await asyncio.gather(*asking)} != set()
            assert upstream.orders_asked == 1
            for writes in range(1, 4):
                assert (await write(running[0])).status in {200, 204}
                for node in running:
                    assert b"%d.50" % writes in body(await fresh(node, "/v1/shop/orders/7"))


async def test_without_redis_each_goes_on_and_what_it_may_have_missed_is_old_when_redis_is_back(
    tmp_path: Path,
) -> None:
    with redis() as server:
        async with Shop() as upstream, nodes(tmp_path, upstream, server) as (one, other):
            assert b"0.50" in body(await fresh(other, "/v1/shop/orders/7"))
            server.kill()
            assert (await write(one)).status in {200, 204}
            assert b"1.50" in body(await fresh(one, "/v1/shop/orders/7"))
            body(await fresh(other, "/v1/shop/orders/8"))
            server.start()
            async with asyncio.timeout(60):
                while b"1.50" not in body(await fresh(other, "/v1/shop/orders/7")):
                    pass
