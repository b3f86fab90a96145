"""Many equal questions are one call, whoever leaves and whatever comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from bridge.call import Reply
from bridge.errors import UpstreamFault
from bridge.layers.coalesce import Coalesced
from bridge.layers.keys import Keys
from bridge.layers.tags import Purges, Tag
from tests.bridge.layers.world import Inner, World, passes


def coalesced(world: World, inner: Inner, purges: Purges | None = None) -> Coalesced:
    return Coalesced(
        inner,
        Keys(),
        purges or Purges(),
        world.clock,
        public=False,
        templates=("order:{orderId}",),
        deadline_s=30.0,
    )


def start(call: Awaitable[Reply]) -> asyncio.Task[Reply]:
    return asyncio.ensure_future(call)


async def test_a_thousand_equal_questions_are_one_call(world: World) -> None:
    inner = Inner()
    service = coalesced(world, inner)
    waiters = [start(service(world.call())) for _ in range(1000)]
    (await inner.arrival()).reply(b"1")
    replies = await asyncio.gather(*waiters)
    assert len(inner.asked) == 1
    assert {reply.body for reply in replies} == {b"1"}
    assert [reply.meta.cache for reply in replies].count("fwd=miss;collapsed") == 999


async def test_the_next_question_is_a_new_call(world: World) -> None:
    inner = Inner([b"1", b"2"])
    service = coalesced(world, inner)
    assert [(await service(world.call())).body for _ in range(2)] == [b"1", b"2"]


async def test_different_callers_and_questions_do_not_meet(world: World) -> None:
    inner = Inner()
    service = coalesced(world, inner)
    calls = [world.call(who="a"), world.call(who="b"), world.call(b'{"orderId":"2"}'), world.call(no_cache=True)]
    waiters = [start(service(call)) for call in calls]
    await inner.arrival(4)
    for asked in inner.asked:
        asked.reply()
    await asyncio.gather(*waiters)


async def test_the_first_caller_may_leave(world: World) -> None:
    inner = Inner()
    service = coalesced(world, inner)
    first, second = start(service(world.call())), start(service(world.call()))
    asked = await inner.arrival()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    asked.reply(b"1")
    assert (await second).body == b"1"
    assert inner.cancelled == 0


async def test_when_the_last_one_leaves_the_call_ends(world: World) -> None:
    inner = Inner()
    service = coalesced(world, inner)
    waiters = [start(service(world.call())) for _ in range(3)]
    await inner.arrival()
    for waiter in waiters:
        waiter.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    again = start(service(world.call()))  # and nobody joins what is ending
    (await inner.arrival(2)).reply(b"2")
    assert (await again).body == b"2"
    assert inner.cancelled == 1


async def test_an_error_reaches_all_and_leaves_nothing_behind(world: World) -> None:
    inner = Inner()
    service = coalesced(world, inner)
    waiters = [start(service(world.call())) for _ in range(10)]
    (await inner.arrival()).fail(UpstreamFault("broken"))
    results = await asyncio.gather(*waiters, return_exceptions=True)
    assert {type(result) for result in results} == {UpstreamFault}
    next_one = start(service(world.call()))
    (await inner.arrival(2)).reply(b"1")
    assert (await next_one).body == b"1"


async def test_the_call_has_a_deadline_of_its_own(world: World) -> None:
    inner = Inner()
    service = coalesced(world, inner)
    waiter = start(service(world.call(in_s=0.5)))
    asked = await inner.arrival()
    assert asked.call.deadline == pytest.approx(world.clock.monotonic() + 30.0)
    asked.reply()
    await waiter


async def test_nobody_joins_a_call_begun_before_a_write(world: World) -> None:
    inner, purges = Inner(), Purges()
    service = coalesced(world, inner, purges)
    before = start(service(world.call()))
    await inner.arrival()
    purges.add([Tag("order:2")])
    unconcerned = start(service(world.call()))
    await passes(0.001)  # by then everybody has come as far as he can
    assert len(inner.asked) == 1
    purges.add([Tag("order:1")])
    after = start(service(world.call()))
    await inner.arrival(2)
    inner.asked[0].reply(b"old")
    inner.asked[1].reply(b"new")
    assert [(await waiter).body for waiter in (before, unconcerned, after)] == [b"old", b"old", b"new"]
