"""The layers together: each test is the reason of one line of the order."""

from __future__ import annotations

import asyncio

import pytest

from bridge.call import Service
from bridge.contracts import Operation
from bridge.errors import OutcomeUnknown, Overloaded, UpstreamFault, UpstreamTimeout, UpstreamUnreachable
from bridge.events import CacheUsed, CallRetried
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.limit import LimitsSettings
from bridge.layers.retry import RetrySettings
from bridge.layers.stack import LayerSettings, Shared, build
from tests.bridge.layers.world import READ, WRITE, Inner, World, passes

CACHE = CacheSettings.model_validate({"ttl": "60s", "stale": "10m", "tags": ["order:{orderId}"]})


def limits_of(**written: str) -> LimitsSettings:
    return LimitsSettings.model_validate(written)


def stack(
    world: World,
    inner: Inner,
    operation: Operation = READ,
    *,
    cache: CacheSettings | None = CACHE,
    limits: LimitsSettings | None = None,
    invalidates: tuple[str, ...] = (),
    shared: Shared | None = None,
) -> Service:
    settings = LayerSettings(limits or LimitsSettings(), RetrySettings(), cache, invalidates)
    return build(operation, inner, settings, shared or world.shared)


async def test_a_thousand_simultaneous_misses_make_one_call_and_the_next_is_a_hit(world: World) -> None:
    inner = Inner()
    service = stack(world, inner)
    waiters = [asyncio.ensure_future(service(world.call())) for _ in range(1000)]
    (await inner.arrival()).reply(b"1")
    replies = await asyncio.gather(*waiters)
    assert (await service(world.call())).meta.cache == "hit"
    assert len(inner.asked) == 1
    assert {(reply.body, reply.meta.etag != "") for reply in replies} == {(b"1", True)}
    heard = [event.result for event in world.heard(CacheUsed)]
    assert {result: heard.count(result) for result in heard} == {"miss": 1, "coalesced": 999, "hit": 1}


async def test_the_answer_is_kept_although_the_first_caller_left(world: World) -> None:
    inner = Inner()
    service = stack(world, inner)
    first, second = (asyncio.ensure_future(service(world.call())) for _ in range(2))
    asked = await inner.arrival()
    first.cancel()
    asked.reply(b"1")
    await second
    assert (await service(world.call())).meta.cache == "hit"


async def test_one_failure_is_one_series_of_retries_for_the_whole_crowd(world: World) -> None:
    inner = Inner([UpstreamFault(), UpstreamFault(), b"1"])
    service = stack(world, inner)
    replies = await asyncio.gather(*(service(world.call()) for _ in range(100)))
    assert (len(inner.asked), len(world.heard(CallRetried))) == (3, 2)
    assert {reply.body for reply in replies} == {b"1"}


async def test_a_timed_out_read_is_helped_by_an_old_answer(world: World) -> None:
    inner = Inner([b"1"])
    service = stack(world, inner, limits=limits_of(deadline="5s", timeout="2s"))
    await service(world.call())
    await passes(100)
    began = world.clock.monotonic()
    assert (await service(world.call())).body == b"1"
    assert world.clock.monotonic() - began <= 5.25


async def test_nobody_keeps_a_place_while_he_pauses(world: World) -> None:
    shared = world.upstream(concurrency=1)
    failing = Inner([UpstreamFault(), b"1"])
    pausing = asyncio.ensure_future(stack(world, failing, cache=None, shared=shared)(world.call()))
    await failing.arrival()
    await passes(0.001)  # by then everybody has come as far as he can
    await stack(world, Inner([b"2"]), cache=None, shared=shared)(world.call())
    assert len(failing.asked) == 1
    await pausing


async def test_waiting_for_a_place_is_no_attempt(world: World) -> None:
    inner = Inner([b"1"] * 3, takes_s=2.0)
    service = stack(world, inner, cache=None, limits=limits_of(timeout="3s", deadline="30s"), shared=world.upstream(1))
    replies = await asyncio.gather(*(service(world.call()) for _ in range(3)))
    assert [reply.meta.attempts for reply in replies] == [1, 1, 1]


@pytest.mark.parametrize(("operation", "error"), [(READ, UpstreamTimeout), (WRITE, OutcomeUnknown)])
async def test_a_silent_upstream_is_answered_for_by_the_deadline(
    world: World, operation: Operation, error: type[Exception]
) -> None:
    inner = Inner()
    service = stack(world, inner, operation, cache=None, limits=limits_of(timeout="20s", deadline="30s"))
    began = world.clock.monotonic()
    with pytest.raises(error):
        await service(world.call(operation=operation, in_s=7.0))
    assert world.clock.monotonic() - began <= 7.25
    assert (len(inner.asked), inner.under_way) == (1, 0)


async def test_a_write_stuck_in_the_queue_is_known_not_to_be_sent(world: World) -> None:
    shared, inner = world.upstream(concurrency=1), Inner()
    service = stack(world, inner, WRITE, cache=None, shared=shared)
    first = asyncio.ensure_future(service(world.call(operation=WRITE)))
    asked = await inner.arrival()
    with pytest.raises(Overloaded) as caught:
        await service(world.call(operation=WRITE, in_s=3.0))
    assert caught.value.outcome == "not_sent"
    asked.reply()
    await first
    assert len(inner.asked) == 1


async def test_read_write_read_shows_the_write(world: World) -> None:
    reading, writing = Inner([b"old", b"new"]), Inner([b"done"])
    read = stack(world, reading)
    write = stack(world, writing, WRITE, cache=None, invalidates=("order:{orderId}",))
    await read(world.call())
    await write(world.call(operation=WRITE))
    assert (await read(world.call())).body == b"new"


async def test_works_breaks_is_seen_recovers(world: World) -> None:
    inner = Inner([b"1", *[UpstreamUnreachable()] * 5, b"2"])
    service = stack(world, inner, cache=None)
    await service(world.call())
    with pytest.raises(UpstreamUnreachable):
        await service(world.call())
    assert len(world.heard(CallRetried)) == 4
    assert (await service(world.call())).body == b"2"


async def test_what_is_not_declared_safe_is_never_kept_nor_shared(world: World) -> None:
    inner = Inner([b"1", b"2"], takes_s=1.0)
    service = stack(world, inner, WRITE)
    replies = await asyncio.gather(*(service(world.call(operation=WRITE)) for _ in range(2)))
    assert [reply.body for reply in replies] == [b"1", b"2"]
