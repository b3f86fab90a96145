"""Two workers ask the same at the same time: one call, unless it failed, was made old, or must not be shared."""

from __future__ import annotations

import asyncio

import pytest

from bridge.errors import UpstreamFault
from bridge.layers.coalesce import COLLAPSED
from bridge.layers.flight import OneFlight
from bridge.layers.keys import Keys
from bridge.layers.tags import Tag
from bridge.layers.together import Together
from tests.bridge.layers.meeting import MeetingBus
from tests.bridge.layers.world import Inner, LoopClock, World


def flight(inner: Inner, together: Together) -> OneFlight:
    return OneFlight(inner, Keys(), together, LoopClock(), public=True, templates=("order:{orderId}",))


async def test_the_second_worker_gets_the_answer_of_the_first(world: World) -> None:
    bus, inner = MeetingBus(), Inner()
    one, other = flight(inner, bus.worker()), flight(inner, bus.worker())
    first = asyncio.create_task(one(world.call()))
    asked = await inner.arrival()
    second = asyncio.create_task(other(world.call()))
    await asyncio.sleep(0)  # the second joins in its first turn, which is the next one
    asked.reply(b'{"a":1}')
    assert (await first).meta.cache == ""
    joined = await second
    assert (joined.body, joined.meta.cache, joined.meta.status) == (b'{"a":1}', COLLAPSED, 200)
    assert len(inner.asked) == 1


async def test_a_failure_is_not_shared_and_the_next_asks_for_himself(world: World) -> None:
    bus, inner = MeetingBus(), Inner()
    first = asyncio.create_task(flight(inner, bus.worker())(world.call()))
    asked = await inner.arrival()
    second = asyncio.create_task(flight(inner, bus.worker())(world.call()))
    await asyncio.sleep(0)  # the second joins in its first turn, which is the next one
    asked.fail(UpstreamFault())
    (await inner.arrival(2)).reply(b"2")
    with pytest.raises(UpstreamFault):
        await first
    assert (await second).body == b"2"


async def test_an_answer_that_a_write_made_old_meanwhile_is_not_shared(world: World) -> None:
    bus, inner = MeetingBus(), Inner()
    mine = bus.worker()
    first = asyncio.create_task(flight(inner, mine)(world.call()))
    asked = await inner.arrival()
    await bus.worker().tell((Tag("order:", open=True),))
    second = asyncio.create_task(flight(inner, bus.worker())(world.call()))
    await asyncio.sleep(0)  # the second joins in its first turn, which is the next one
    asked.reply(b"old")
    (await inner.arrival(2)).reply(b"new")
    assert ((await first).body, (await second).body) == (b"old", b"new")


async def test_who_does_not_want_a_kept_answer_asks_for_himself(world: World) -> None:
    bus, inner = MeetingBus(), Inner()
    first = asyncio.create_task(flight(inner, bus.worker())(world.call()))
    asked = await inner.arrival()
    second = asyncio.create_task(flight(inner, bus.worker())(world.call().with_(no_cache=True)))
    (await inner.arrival(2)).reply(b"2")
    asked.reply(b"1")
    assert ((await first).body, (await second).body) == (b"1", b"2")
