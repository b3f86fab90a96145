"""What is served before and after its time: refreshes behind the back, kept faults, what a client wishes."""

from __future__ import annotations

import asyncio

import pytest

from bridge.call import Wish
from bridge.errors import AnswerFailed, Fault, NotKept, UpstreamFault
from bridge.layers.tags import Tag
from tests.bridge.layers.caching import cached, not_found, results, wishing
from tests.bridge.layers.world import Inner, World, passes


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
