"""Asking Redis itself: what is given back is free, whatever else is said of it at that moment."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from bridge.store.bus.redis_decider import Decider
from bridge.store.bus.shared import SharedPlaces
from tests.contract.buses import CLOCK, WAIT_S
from tests.servers.redis import redis

PLACES = 50


async def test_a_place_given_back_while_a_sign_of_life_is_sent_is_free() -> None:
    with redis() as server:
        client = Redis.from_url(server.url)
        decider = Decider(client, "bridge", "node", CLOCK, patience_s=WAIT_S)
        places = SharedPlaces(decider.asking, "up", PLACES)
        assert all([await places.take(WAIT_S) for _ in range(PLACES)])
        staying = asyncio.create_task(decider.stay())
        await CLOCK.sleep(0)
        for _ in range(PLACES):
            places.give_back()
        await staying
        await decider.close()
        assert await client.zcard("bridge:places:up") == 0
        await client.aclose()
