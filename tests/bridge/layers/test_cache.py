"""A kept answer is fresh, of the right caller, never from before a write, and says what it is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.call import Call, Wish
from bridge.errors import (
    AnswerFailed,
    CallError,
    Fault,
    NotKept,
    OutcomeUnknown,
    Stopping,
    Unavailable,
    UpstreamFault,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from bridge.events import CacheUsed
from bridge.layers.cache import Cached
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.cache_store import CacheStore, strong_etag
from bridge.layers.tags import Tag
from tests.bridge.layers.world import READ, Inner, World, passes


def cached(world: World, inner: Inner, **settings: Any) -> Cached:
    chosen = CacheSettings.model_validate({"ttl": "60s", **settings})
    shared = world.shared
    return Cached(
        *(inner, READ, chosen, world.store, shared.keys, shared.purges),
        *(world.clock, shared.emit, shared.refreshing),
    )


def results(world: World) -> list[str]:
    return [event.result for event in world.heard(CacheUsed)]


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


def wishing(world: World, **wish: Any) -> Call:
    return world.call().with_(wish=Wish(**wish))


async def test_a_little_after_its_time_an_answer_is_served_at_once_and_asked_for_behind_the_back(world: World) -> None:
    service = cached(world, inner := Inner([b"1"]), swr="30s")
    await service(world.call())
    await passes(75)
    for _ in range(3):
        old = await service(world.call())
        assert (old.body, old.meta.cache, old.meta.ttl_s) == (b"1", "hit;detail=stale-while-revalidate", -15.0)
    asked = await inner.arrival(2)
    assert asked.call.priority == "background"
    asked.reply(b"2")
    await passes(0.001)
    assert (await service(world.call())).meta.cache == "hit"
    assert (await service(world.call())).body == b"2"
    assert results(world) == ["miss", "stale", "refresh", "stale", "stale", "hit", "hit"]
    await passes(91)
    late = asyncio.create_task(service(world.call()))
    (await inner.arrival(3)).reply(b"3")
    assert ((await late).body, (await late).meta.cache) == (b"3", "fwd=miss;stored")


async def test_a_refresh_that_fails_is_not_tried_again_at_once(world: World) -> None:
    service = cached(world, inner := Inner([b"1", UpstreamFault(), UpstreamFault(), b"2"]), swr="30s")
    await service(world.call())
    await passes(61)
    for asked in (2, 2, 3, 3, 4):
        assert (await service(world.call())).body == b"1"
        await passes(0.6)
        assert len(inner.asked) == asked
    assert (await service(world.call())).body == b"2"


async def test_a_refresh_that_is_refused_ends_the_old_answer(world: World) -> None:
    service = cached(world, Inner([b"1", Fault("gone", status=404), Fault("gone", status=404)]), swr="30s", stale="9m")
    await service(world.call())
    await passes(61)
    assert (await service(world.call())).body == b"1"
    await passes(0.001)
    with pytest.raises(Fault):
        await service(world.call())


def not_found() -> Fault:
    return Fault("no such order", status=404, name="OrderNotFound", fault=b'{"orderId":1}')


async def test_a_named_fault_is_kept_for_its_own_time(world: World) -> None:
    service = cached(world, inner := Inner([not_found(), b"1"]), negative={"OrderNotFound": "30s"}, stale="1h")
    with pytest.raises(Fault) as first:
        await service(world.call())
    assert first.value.headers == (("Cache-Status", "legacy-bridge; fwd=miss; stored; ttl=30"),)
    await passes(12.5)
    assert service.peek(world.call()) is None
    with pytest.raises(Fault) as again:
        await service(world.call())
    told = again.value
    assert told is not first.value
    assert (told.status, told.name, told.fault, told.detail) == (
        404,
        "OrderNotFound",
        b'{"orderId":1}',
        "no such order",
    )
    assert told.headers == (("Cache-Status", "legacy-bridge; hit; ttl=17"), ("Age", "12"))
    assert len(inner.asked) == 1
    await passes(17.5)
    assert (await service(world.call())).body == b"1"
    assert results(world) == ["miss", "negative", "miss"]


async def test_another_fault_is_not_kept_and_a_purge_ends_a_kept_one(world: World) -> None:
    other = Fault("no", status=409, name="OrderClosed")
    service = cached(
        world, inner := Inner([other, not_found(), b"1"]), negative={"OrderNotFound": "30s"}, tags=["order:{orderId}"]
    )
    for _ in range(3):
        with pytest.raises(Fault):
            await service(world.call())
    assert len(inner.asked) == 2
    world.shared.purges.add([Tag("order:1")])
    assert (await service(world.call())).body == b"1"


async def test_a_fault_takes_the_place_of_an_old_answer(world: World) -> None:
    service = cached(world, Inner([b"1", not_found(), UpstreamFault()]), negative={"OrderNotFound": "30s"}, stale="1h")
    await service(world.call())
    await passes(61)
    with pytest.raises(Fault):
        await service(world.call())
    await passes(31)
    with pytest.raises(UpstreamFault):  # the old answer is known to be wrong, so it does not help
        await service(world.call())


async def test_the_code_of_a_failed_answer_names_a_fault_too(world: World) -> None:
    failed = AnswerFailed("none", fault=b"{}")
    failed.status, failed.code = 404, "not_there"
    service = cached(world, inner := Inner([failed]), negative={"not_there": "5s"})
    for _ in range(2):
        with pytest.raises(AnswerFailed) as caught:
            await service(world.call())
        assert (caught.value.status, caught.value.code, caught.value.fault) == (404, "not_there", b"{}")
    assert len(inner.asked) == 1


async def test_what_is_in_demand_is_asked_for_before_it_ends(world: World) -> None:
    service = cached(world, inner := Inner([b"1"]), refresh_ahead=True)
    await service(world.call())
    await passes(47)
    for _ in range(3):
        await service(world.call())
    await passes(2)  # after 80 % of its time
    assert service.peek(world.call()) is not None
    assert service.peek(world.call()) is not None
    asked = await inner.arrival(2)
    await passes(1)
    asked.reply(b"2")
    await passes(0.001)
    assert (await service(world.call())).body == b"2"
    await passes(59)
    assert (await service(world.call())).meta.cache == "hit"
    assert len(inner.asked) == 2  # asked for twice since: not in demand


@pytest.mark.parametrize("hits", [0, 1])
async def test_what_is_hardly_asked_for_ends(world: World, hits: int) -> None:
    service = cached(world, inner := Inner([b"1"]), refresh_ahead=0.5)
    await service(world.call())
    await passes(40)
    for _ in range(hits):
        await service(world.call())
    await passes(10)
    assert len(inner.asked) == 1


async def test_a_client_says_how_old_is_too_old(world: World) -> None:
    service = cached(world, Inner([b"1", b"2", b"3", b"4"]), swr="30s", stale="10m")
    await service(world.call())
    await passes(20)
    assert (await service(wishing(world, max_age_s=30))).meta.cache == "hit"
    assert service.peek(wishing(world, max_age_s=30)) is not None
    assert service.peek(wishing(world, max_age_s=10)) is None
    fresh = await service(wishing(world, max_age_s=10))
    assert (fresh.body, fresh.meta.cache) == (b"2", "fwd=request;stored")
    await passes(40)
    assert (await service(wishing(world, min_fresh_s=20))).body == b"2"
    assert (await service(wishing(world, min_fresh_s=21))).body == b"3"
    await passes(75)
    assert (await service(wishing(world, max_age_s=70))).body == b"4"


async def test_a_client_that_bears_old_answers_gets_one(world: World) -> None:
    service = cached(world, inner := Inner([b"1", b"2"]), stale="10m")
    await service(world.call())
    await passes(90)
    old = await service(wishing(world, max_stale_s=60))
    assert (old.body, old.meta.ttl_s) == (b"1", -30.0)
    await passes(0.001)
    assert (await service(wishing(world, max_stale_s=20))).body == b"2"
    assert len(inner.asked) == 2


async def test_only_if_cached_asks_nobody(world: World) -> None:
    service = cached(world, inner := Inner([b"1"]))
    with pytest.raises(NotKept) as caught:
        await service(wishing(world, only_if_cached=True))
    assert caught.value.status == 504
    await service(world.call())
    assert (await service(wishing(world, only_if_cached=True))).meta.cache == "hit"
    assert len(inner.asked) == 1


async def test_no_store_leaves_nothing(world: World) -> None:
    service = cached(world, Inner([b"1", not_found(), b"2"]), negative={"OrderNotFound": "30s"})
    calls = world.call(no_cache=True).with_(wish=Wish(no_store=True))
    assert (await service(calls)).meta.cache == "fwd=miss"
    with pytest.raises(Fault):
        await service(calls)
    assert (await service(world.call())).body == b"2"


async def test_why_it_was_asked_is_told(world: World) -> None:
    service = cached(world, Inner([b"1", b"2", b"3"]))
    told = [(await service(world.call())).meta.cache, (await service(world.call(no_cache=True))).meta.cache]
    await passes(61)
    told.append((await service(world.call())).meta.cache)
    assert told == ["fwd=miss;stored", "fwd=request;stored", "fwd=miss;stored"]
