"""A kept answer is fresh, of the right caller, never from before a write, and says what it is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.errors import (
    CallError,
    Fault,
    OutcomeUnknown,
    Stopping,
    Unavailable,
    UpstreamFault,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.cache_store import CacheStore, strong_etag
from bridge.layers.tags import Tag
from tests.bridge.layers.caching import cached, results
from tests.bridge.layers.world import Inner, World, passes


async def test_a_hit_does_not_reach_the_upstream_and_knows_its_age(world: World) -> None:
    inner = Inner([b'{"a":1}'])
    service = cached(world, inner)
    miss = await service(world.call())
    await passes(12.5)
    hit = await service(world.call(b' {"orderId" : "1"} '))
    assert (miss.meta.cache, miss.meta.age_s, miss.meta.ttl_s) == ("fwd=miss;stored", 0.0, 60.0)
    assert (hit.body, hit.meta.cache, hit.meta.age_s, hit.meta.ttl_s) == (b'{"a":1}', "hit", 12.0, 47.0)
    await passes(1.0)
    later = await service(world.call())
    assert (later.meta.age_s, later.meta.ttl_s) == (13.0, 46.0)
    assert hit.meta.etag == miss.meta.etag == strong_etag(b'{"a":1}')
    assert len(inner.asked) == 1
    assert results(world) == ["miss", "hit", "hit"]


async def test_after_its_time_the_upstream_is_asked(world: World) -> None:
    inner = Inner([b"1", b"2"])
    service = cached(world, inner)
    await service(world.call())
    await passes(60)
    assert (await service(world.call())).body == b"2"


async def test_callers_do_not_see_each_others_answers_unless_public(world: World) -> None:
    inner = Inner([b"a", b"b", b"all"])
    service = cached(world, inner)
    assert [(await service(world.call(who=who))).body for who in "abab"] == [b"a", b"b", b"a", b"b"]
    public = cached(World(), inner, public=True)
    assert [(await public(world.call(who=who))).body for who in "ab"] == [b"all", b"all"]


async def test_no_cache_asks_anew_and_keeps_the_answer(world: World) -> None:
    inner = Inner([b"1", b"2"])
    service = cached(world, inner)
    await service(world.call())
    assert (await service(world.call(no_cache=True))).body == b"2"
    assert (await service(world.call())).body == b"2"
    assert results(world) == ["miss", "bypass", "hit"]


async def test_other_forms_than_json_pass_by(world: World) -> None:
    inner = Inner([b"1", b"2"])
    service = cached(world, inner)
    assert [(await service(world.call().with_(want="raw"))).body for _ in range(2)] == [b"1", b"2"]


@pytest.mark.parametrize("error", [UpstreamFault(), Fault("no", status=404)])
async def test_errors_are_not_kept(world: World, error: CallError) -> None:
    inner = Inner([error, b"1"])
    service = cached(world, inner)
    with pytest.raises(type(error)):
        await service(world.call())
    assert (await service(world.call())).body == b"1"
    assert results(world) == ["miss", "miss"]


def closed() -> Fault:
    """A fault that the configuration blames on the system behind."""
    error = Fault("closed", status=503)
    error.retryable = True
    return error


def resting() -> Unavailable:
    """As an open breaker refuses."""
    error = Unavailable(retry_after_s=15)
    error.code = "breaker_open"
    return error


@pytest.mark.parametrize(
    "error", [UpstreamFault(), UpstreamUnreachable(), UpstreamTimeout(), OutcomeUnknown(), closed(), resting()]
)
async def test_an_old_answer_helps_when_the_upstream_fails(world: World, error: CallError) -> None:
    inner = Inner([b"1", error, b"2"])
    service = cached(world, inner, stale="10m")
    await service(world.call())
    await passes(90)
    old = await service(world.call())
    why = f"hit;detail={error.code}"
    assert (old.body, old.meta.cache, old.meta.age_s, old.meta.ttl_s) == (b"1", why, 90.0, -30.0)
    assert (await service(world.call())).body == b"2"  # it recovers
    assert results(world) == ["miss", "stale", "miss"]


@pytest.mark.parametrize(
    ("stale", "after_s", "error"),
    [
        ("0s", 61.0, UpstreamFault()),
        ("10m", 661.0, UpstreamFault()),
        ("10m", 90.0, Fault("gone", status=404)),
        ("10m", 90.0, Stopping(retry_after_s=1)),
    ],
)
async def test_an_old_answer_does_not_hide(world: World, stale: str, after_s: float, error: CallError) -> None:
    service = cached(world, Inner([b"1", error]), stale=stale)
    await service(world.call())
    await passes(after_s)
    with pytest.raises(type(error)):
        await service(world.call())


async def test_an_answer_that_grows_too_old_while_the_upstream_is_asked_is_not_served(world: World) -> None:
    inner = Inner([b"1"])
    service = cached(world, inner, stale="5s")
    await service(world.call())
    await passes(64)
    late = asyncio.create_task(service(world.call()))
    asked = await inner.arrival(2)
    await passes(2)
    asked.fail(UpstreamFault())
    with pytest.raises(UpstreamFault):
        await late


async def test_a_purge_makes_old_what_it_concerns(world: World) -> None:
    inner = Inner([b"1", b"2", b"1 new"])
    service = cached(world, inner, tags=["order:{orderId}"], stale="10m")
    for order in "12":
        await service(world.call(b'{"orderId":"%s"}' % order.encode()))
    world.shared.purges.add([Tag("order:1")])
    assert (await service(world.call(b'{"orderId":"2"}'))).body == b"2"
    assert (await service(world.call(b'{"orderId":"1"}'))).body == b"1 new"
    assert results(world) == ["miss", "miss", "hit", "miss"]


async def test_an_answer_from_before_a_write_is_not_kept(world: World) -> None:
    inner = Inner()
    service = cached(world, inner, tags=["order:{orderId}"])
    reading = asyncio.create_task(service(world.call()))
    asked = await inner.arrival()
    world.shared.purges.add([Tag("order:", open=True)])
    asked.reply(b"old")
    assert (await reading).meta.cache == "fwd=miss"
    again = asyncio.create_task(service(world.call()))
    (await inner.arrival(2)).reply(b"new")
    assert (await again).body == b"new"


async def test_the_store_is_bounded_in_bytes_and_the_unused_give_way(world: World) -> None:
    world.store = CacheStore(1_000_000, world.clock)
    inner = Inner([b"x" * 20_000] * 200)
    service = cached(world, inner)
    for order in range(100):
        await service(world.call(b'{"orderId":%d}' % order))
        await service(world.call(b'{"orderId":0}'))
    assert 900_000 < world.store.used_bytes <= 1_000_000
    assert len(inner.asked) == 100


async def test_a_huge_answer_passes_without_being_kept(world: World) -> None:
    inner = Inner([b"x" * 130_000, b"y"])
    service = cached(world, inner)
    assert (await service(world.call())).meta.cache == "fwd=miss"
    assert (await service(world.call())).body == b"y"


async def test_a_reloaded_upstream_does_not_see_the_answers_of_its_predecessor(world: World) -> None:
    inner = Inner([b"camelCase", b"snake_case"])
    await cached(world, inner)(world.call())
    world.shared = world.upstream()
    assert (await cached(world, inner)(world.call())).body == b"snake_case"


@pytest.mark.parametrize("wrong", [{}, {"ttl": "0s"}, {"ttl": "1s", "stale": "x"}, {"ttl": "1s", "tags": ["a{"]}])
def test_settings_that_make_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CacheSettings.model_validate(wrong)


async def test_a_peek_gives_what_a_hit_would_and_asks_nobody(world: World) -> None:
    service = cached(world, inner := Inner([b"1"]), ttl="60s")
    assert service.peek(world.call()) is None
    await service(world.call())
    hit = await service(world.call())
    assert service.peek(world.call()) is hit
    assert service.peek(world.call(no_cache=True)) is None
    assert results(world) == ["miss", "hit"]
    service.used()
    assert results(world) == ["miss", "hit", "hit"]
    await passes(60)
    assert service.peek(world.call()) is None
    assert len(inner.asked) == 1
