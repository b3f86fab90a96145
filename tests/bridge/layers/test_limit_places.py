"""Places of our own: as many as there are, also when that changes, and none is lost."""

from __future__ import annotations

import asyncio

from bridge.layers.limit_places import OwnPlaces
from tests.bridge.layers.world import LoopClock


async def test_who_waits_has_the_place_that_comes_free() -> None:
    places = OwnPlaces(1)
    assert await places.take(0)
    assert not await places.take(0)
    waiting = asyncio.create_task(places.take(10))
    await asyncio.sleep(0)  # the first turn of the waiting one
    places.give_back()
    assert await waiting


async def test_nobody_waits_longer_than_he_said() -> None:
    places, clock = OwnPlaces(1), LoopClock()
    await places.take(0)
    began = clock.monotonic()
    assert not await places.take(3)
    assert clock.monotonic() - began == 3


async def test_more_places_are_there_at_once_and_fewer_when_some_are_given_back() -> None:
    places = OwnPlaces(1)
    assert await places.take(0)
    waiting = asyncio.create_task(places.take(10))
    await asyncio.sleep(0)  # the first turn of the waiting one
    places.resize(2)
    assert await waiting
    places.resize(1)
    places.give_back()
    assert not await places.take(0)
    places.give_back()
    assert await places.take(0)


async def test_who_is_cancelled_takes_nothing_with_him() -> None:
    places = OwnPlaces(1)
    await places.take(0)
    waiting = asyncio.create_task(places.take(10))
    await asyncio.sleep(0)  # the first turn of the waiting one
    waiting.cancel()
    await asyncio.wait([waiting])
    places.give_back()
    assert await places.take(0)
