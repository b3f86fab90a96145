"""Redis goes away and comes back: nobody waits for it, and nothing is ever missed without a word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.store.bus.redis import RedisBus
from bridge.store.bus.settings import BusSettings
from tests.contract.buses import CLOCK, OverRedis, over_redis, until

WAIT_S = 30.0


@pytest.fixture
async def over() -> AsyncIterator[OverRedis]:
    async with over_redis() as made:
        yield made


async def test_after_a_crash_all_are_told_that_they_may_have_missed_something_and_hear_again(over: OverRedis) -> None:
    one, other = await over.bus(0.5), await over.bus(0.5)
    heard, missed = list[bytes](), list[bool]()
    other.subscribe("a", heard.append, lambda: missed.append(True))
    await over.settled()
    over.server.kill()
    await until(lambda: not (one.connected or other.connected))
    assert not await one.told("a", b"lost")
    over.server.start()
    await until(lambda: one.connected and other.connected and bool(missed))
    one.publish("a", b"1")
    await until(lambda: heard == [b"1"])


async def test_while_it_is_gone_nobody_waits_and_each_keeps_to_a_part(over: OverRedis) -> None:
    bus, _ = await over.bus(0.05), await over.bus(0.05)
    await bus.count()
    assert bus.members == 2
    over.server.kill()
    await until(lambda: not bus.connected)
    loop = asyncio.get_running_loop()
    began = loop.time()
    places = bus.places("p", 4)
    assert [await places.take(0), await places.take(0), await places.take(0)] == [True, True, False]
    assert await bus.tokens("t", 5.0, 1).take() > 0
    async with bus.lock("k", 1, WAIT_S) as held:
        assert held is None
    assert loop.time() - began < 5


async def test_places_in_use_are_counted_again_after_a_crash(over: OverRedis) -> None:
    one, other = await over.bus(), await over.bus()
    places = one.places("p", 1)
    assert await places.take(WAIT_S)
    over.server.kill()
    over.server.start()
    await until(lambda: one.connected and other.connected)
    await until_none_is_free(other)
    places.give_back()
    assert await other.places("p", 1).take(WAIT_S)


async def until_none_is_free(bus: RedisBus) -> None:
    """The next sign of life says what is held; until then the place could be had."""
    places = bus.places("p", 1)
    async with asyncio.timeout(WAIT_S):
        while await places.take(0.1):
            places.give_back()
            await CLOCK.sleep(bus.members / 50)


async def test_one_that_finds_no_redis_looks_on(over: OverRedis) -> None:
    over.server.kill()
    bus = RedisBus(BusSettings.model_validate(over.server.url), CLOCK, 1)
    starting = asyncio.create_task(bus.start())
    await CLOCK.sleep(0)
    over.server.start()
    assert await starting
    await bus.close()


async def test_one_whose_connection_broke_may_have_missed_something_himself(over: OverRedis) -> None:
    bus, missed = await over.bus(), list[bool]()
    bus.subscribe("a", lambda data: None, lambda: missed.append(True))
    await over.settled()
    over.server.kill()
    await until(lambda: not bus.connected)
    over.server.start()  # nobody else is there who could tell him
    await until(lambda: missed == [True])


async def test_whoever_waits_for_a_place_as_it_goes_away_takes_one_of_his_own(over: OverRedis) -> None:
    one, other = await over.bus(), await over.bus()
    assert await one.places("p", 2).take(WAIT_S)
    assert await one.places("p", 2).take(WAIT_S)
    waiting = asyncio.create_task(other.places("p", 2).take(100 * WAIT_S))
    await over.settled()
    over.server.kill()
    async with asyncio.timeout(WAIT_S):
        assert await waiting


async def test_what_it_did_not_take_in_time_may_be_missed_and_that_is_told(over: OverRedis) -> None:
    one, other, missed = await over.bus(0.05), await over.bus(), list[bool]()
    other.subscribe("a", lambda data: None, lambda: missed.append(True))
    await over.settled()
    over.server.stand_still()
    assert not await one.told("a", b"it is old")
    over.server.go_on()
    await until(lambda: bool(missed))


async def test_a_connection_over_which_nothing_comes_any_more_is_given_up(over: OverRedis) -> None:
    bus, missed = await over.bus(silent_s=0.5), list[bool]()
    bus.subscribe("a", lambda data: None, lambda: missed.append(True))
    await over.settled()
    over.server.stand_still()
    await until(lambda: not bus.connected)
    over.server.go_on()
    await until(lambda: bus.connected and bool(missed))
