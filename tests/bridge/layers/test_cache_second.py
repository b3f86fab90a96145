"""Two nodes and what they share: the same answers by the same rules, and never one from before a write."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridge.errors import Fault, UpstreamFault
from bridge.layers.cache import Cached
from bridge.layers.cache_second import CLOCK_S_MAX, SecondLevel
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.cache_store import CacheStore
from bridge.layers.tags import Tag, name
from tests.bridge.layers.world import READ, Inner, LoopClock, World, passes


@dataclass(frozen=True)
class Found:
    mark: int
    data: bytes | None = None
    left_s: float = 0.0
    purges: Sequence[bytes] = ()


@dataclass
class Shared:
    """A place that nodes share, in memory; it can be gone."""

    clock: LoopClock = field(default_factory=LoopClock)
    values: dict[tuple[str, str], tuple[bytes, float, int]] = field(default_factory=dict)
    log: list[bytes] = field(default_factory=list)
    gone: bool = False
    finds: int = 0
    later_s: float = 0.0

    async def find(self, room: str, name: str) -> Found | None:
        self.finds += 1
        await asyncio.sleep(0)  # as a real one, never at once
        if self.gone:
            return None
        data, until, mark = self.values.get((room, name), (None, 0.0, 0))
        left_s = until - self.clock.monotonic() + self.later_s
        if data is None or left_s <= 0:
            return Found(len(self.log))
        return Found(len(self.log), data, left_s, self.log[mark:][::-1])

    def put(self, room: str, name: str, data: bytes, kept_s: float, mark: int) -> bool:
        if not self.gone:
            self.values[room, name] = (data, self.clock.monotonic() + kept_s, mark)
        return not self.gone

    def drop(self, room: str, name: str) -> None:
        self.values.pop((room, name), None)

    async def purge(self, room: str, data: bytes) -> bool:
        self.log.append(data)
        return True


class Node:
    """One bridge of several."""

    def __init__(self, shared: Shared, *script: bytes | Exception, generation: str = "1", **settings: Any) -> None:
        self.world, self.inner = World(), Inner(script)
        self.second = SecondLevel(shared, "shop", generation, self.world.shared.purges, self.world.clock)
        around = self.world.shared
        chosen = CacheSettings.model_validate({"ttl": "60s", **settings})
        self.service = Cached(
            *(self.inner, READ, chosen, self.world.store, around.keys, around.purges),
            *(self.world.clock, around.emit, around.refreshing, self.second),
        )

    async def ask(self, **more: Any) -> tuple[bytes, str]:
        reply = await self.service(self.world.call(**more))
        return reply.body, reply.meta.cache

    def forget(self) -> None:
        """As after a restart."""
        self.world.store = CacheStore(1_000_000, self.world.clock)
        self.service._store = self.world.store


async def test_what_one_has_asked_the_other_knows_with_its_age() -> None:
    shared = Shared()
    one, other = Node(shared, b"1"), Node(shared)
    assert await one.ask() == (b"1", "fwd=miss;stored")
    await passes(12)
    assert await other.ask(who=None) == (b"1", "hit;detail=shared")
    assert await other.ask() == (b"1", "hit")
    await passes(5)
    reply = await other.service(other.world.call())
    assert (reply.meta.age_s, reply.meta.ttl_s, len(other.inner.asked)) == (17.0, 43.0, 0)


async def test_callers_and_settings_are_kept_apart() -> None:
    shared = Shared()
    one, other, third = Node(shared, b"ada", b"all"), Node(shared, b"bob"), Node(shared, b"new", generation="2")
    await one.ask(who="ada")
    assert (await other.ask(who="bob"))[0] == b"bob"
    assert (await other.ask(who="ada"))[0] == b"ada"
    await one.ask()
    assert (await third.ask())[0] == b"new"


async def test_a_write_on_one_node_makes_it_old_for_all() -> None:
    shared = Shared()
    one, other = Node(shared, b"1", b"2", tags=["order:{orderId}"]), Node(shared, tags=["order:{orderId}"])
    await one.ask()
    one.world.shared.purges.add([Tag("order:1")])
    await one.second.purge([Tag("order:1")])
    assert (await one.ask())[0] == b"2"  # its own and the shared one are old
    assert (await other.ask())[0] == b"2"
    await one.second.purge([Tag("order:7")])
    other.forget()
    assert await other.ask() == (b"2", "hit;detail=shared")
    await one.second.purge([name("shop.GetOrder")])
    other.forget()
    late = asyncio.create_task(other.ask())
    (await other.inner.arrival(1)).reply(b"3")
    assert (await late)[0] == b"3"


async def test_an_answer_read_while_a_write_was_under_way_is_old_for_those_who_find_it() -> None:
    shared = Shared()
    one, other = Node(shared, tags=["order:{orderId}"]), Node(shared, b"new", tags=["order:{orderId}"])
    reading = asyncio.create_task(one.ask())
    asked = await one.inner.arrival()
    await other.second.purge([Tag("order:", open=True)])  # the first node has not heard of it
    asked.reply(b"old")
    await reading
    assert (await other.ask())[0] == b"new"


async def test_faults_are_shared_and_one_that_is_not_kept_ends_the_answer() -> None:
    shared, settings = Shared(), {"negative": {"OrderNotFound": "30s"}, "stale": "10m"}
    gone = Fault("none", status=404, name="OrderNotFound", fault=b"{}")
    one, other = (
        Node(shared, gone, b"1", Fault("no", status=403), **settings),
        Node(shared, UpstreamFault(), **settings),
    )
    with pytest.raises(Fault):
        await one.ask()
    await passes(10)
    with pytest.raises(Fault) as caught:
        await other.ask()
    assert (caught.value.status, caught.value.fault, len(other.inner.asked)) == (404, b"{}", 0)
    assert dict(caught.value.headers) == {"Cache-Status": "legacy-bridge; hit; detail=shared; ttl=20", "Age": "10"}
    await passes(25)
    await one.ask()
    await passes(65)
    with pytest.raises(Fault):
        await one.ask()
    with pytest.raises(UpstreamFault):
        await other.ask()


async def test_an_old_shared_answer_helps_when_the_upstream_fails_and_while_a_new_one_is_asked_for() -> None:
    shared = Shared()
    one, other = Node(shared, b"1", swr="30s", stale="10m"), Node(shared, UpstreamFault(), swr="30s", stale="10m")
    await one.ask()
    await passes(120)
    assert await other.ask() == (b"1", "hit;detail=upstream_fault")
    other.forget()
    third = Node(shared, swr="90s", stale="10m")
    assert await third.ask() == (b"1", "hit;detail=stale-while-revalidate")
    (await third.inner.arrival(1)).reply(b"2")
    await passes(0.001)
    assert await third.ask() == (b"2", "hit")


async def test_a_refresh_looks_first_whether_another_node_was_faster() -> None:
    shared = Shared()
    one, other = Node(shared, b"1", b"2", swr="30s"), Node(shared, swr="30s")
    await one.ask()
    await other.ask()
    await passes(65)
    await one.ask()
    await passes(0.001)
    assert await other.ask() == (b"1", "hit;detail=stale-while-revalidate")
    await passes(0.001)
    assert await other.ask() == (b"2", "hit")
    assert (len(one.inner.asked), len(other.inner.asked)) == (2, 0)


async def test_a_thousand_who_miss_look_once_and_ask_no_more_than_coalescing_lets_them() -> None:
    shared = Shared()
    one, other = Node(shared, b"1"), Node(shared)
    await one.ask()
    shared.finds = 0
    answers = await asyncio.gather(*(other.ask() for _ in range(1000)))
    assert ({body for body, _ in answers}, shared.finds) == ({b"1"}, 1)


async def test_one_who_leaves_does_not_take_the_others_with_him() -> None:
    shared = Shared()
    await Node(shared, b"1").ask()
    other = Node(shared)
    first, second = (asyncio.create_task(other.ask()) for _ in range(2))
    await asyncio.sleep(0)  # both begin in their first turn, which is the next one
    first.cancel()
    assert await second == (b"1", "hit;detail=shared")


async def test_without_it_everybody_goes_on_alone() -> None:
    shared = Shared(gone=True)
    one, other = Node(shared, b"1"), Node(shared, b"2")
    assert [await one.ask(), await other.ask()] == [(b"1", "fwd=miss;stored"), (b"2", "fwd=miss;stored")]
    shared.gone = False
    assert shared.values == {}
    assert (await one.ask())[1] == "hit"


@pytest.mark.parametrize(
    "data", [b"", b"\xc0", b"\x91\x01", b"\x97\x02\xc4\x01a\x01\x80\xc0\xcb\x40\x4e\x00\x00\x00\x00\x00\x00\x90"]
)
async def test_what_is_none_of_ours_is_as_if_it_were_not_there(data: bytes) -> None:
    shared = Shared()
    one = Node(shared, b"1", b"2")
    await one.ask()
    [(place, (_, until, mark))] = shared.values.items()
    shared.values[place] = (data, until, mark)
    one.forget()
    assert (await one.ask())[0] == b"2"


@pytest.mark.parametrize(("later_s", "hit"), [(CLOCK_S_MAX / 2, True), (7200.0, False), (-7200.0, False)])
async def test_a_clock_of_redis_that_jumps_makes_nothing_young(later_s: float, hit: bool) -> None:
    shared = Shared()
    await Node(shared, b"1").ask()
    shared.later_s = later_s
    assert ((await Node(shared, b"2").ask())[0] == b"1") is hit


async def test_no_store_and_no_cache_leave_nothing_old_there() -> None:
    shared = Shared()
    one, other = Node(shared, b"1", b"2"), Node(shared)
    await one.ask()
    assert (await one.ask(no_cache=True))[0] == b"2"
    assert (await other.ask())[0] == b"2"
