"""Buses between real processes: what a killed one had goes to the others, and a rate holds over all of them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.contract.bus_worker import BURST, RATE_PER_S, TTL_S
from tests.contract.buses import OverRedis, OverSocket, over_redis, over_socket

WAIT_S = 60.0
Over = OverSocket | OverRedis


@pytest.fixture(params=["socket", "redis"])
async def over(request: pytest.FixtureRequest) -> AsyncIterator[Over]:
    async with over_socket() if request.param == "socket" else over_redis() as made:
        yield made


@asynccontextmanager
async def process(over: Over, job: str) -> AsyncIterator[asyncio.subprocess.Process]:
    where = ("socket", str(over.path)) if isinstance(over, OverSocket) else ("redis", over.server.url)
    command = (sys.executable, "-m", "tests.contract.bus_worker", *where, job)
    started = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, limit=10_000_000)
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def said(started: asyncio.subprocess.Process) -> Any:
    assert started.stdout is not None
    async with asyncio.timeout(WAIT_S):
        return json.loads(await started.stdout.readline())


async def test_a_killed_holder_is_followed_within_its_time_and_by_a_higher_fence(over: Over) -> None:
    bus = await over.bus()
    async with process(over, "lock") as holder:
        fence = await said(holder)
        async with bus.lock("k", TTL_S, 0.1) as none:
            assert none is None
        holder.kill()
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with bus.lock("k", TTL_S, WAIT_S) as held:
            assert held is not None
            assert held.fence > fence
            assert loop.time() - began < TTL_S * 10  # a busy machine; forever without


async def test_the_places_of_a_killed_process_come_back(over: Over) -> None:
    bus = await over.bus()
    places = bus.places("up", 3)
    async with process(over, "places") as holder:
        assert await said(holder) == [True, True]
        assert await places.take(WAIT_S)  # one that lives goes on being counted
        assert not await places.take(0.1)
        holder.kill()
        assert await places.take(WAIT_S)
        assert await places.take(WAIT_S)


async def test_a_rate_is_kept_over_four_processes(over: Over) -> None:
    grants: list[float] = []

    async def one() -> None:
        async with process(over, "tokens") as started:
            grants.extend(await said(started))
            async with asyncio.timeout(WAIT_S):
                assert await started.wait() == 0

    await asyncio.gather(*(one() for _ in range(4)))
    grants.sort()
    first = grants[0]
    over_bound = [at for number, at in enumerate(grants, 1) if number > RATE_PER_S * (at - first) + BURST + 1e-6]
    assert over_bound == []
    assert len(grants) > RATE_PER_S
