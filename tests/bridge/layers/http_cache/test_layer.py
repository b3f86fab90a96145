"""The cache in front of what is passed on, with a system behind that counts and a clock that the test moves."""

from __future__ import annotations

import asyncio
import email.utils
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bridge.call import Call, Exchange, Meta, Principal, Reply, Stream, Trace
from bridge.clock import SystemClock
from bridge.errors import UpstreamFault
from bridge.events import CacheUsed, Event
from bridge.layers.http_cache.layer import HttpCached, HttpCacheTerms
from bridge.layers.http_cache.store import HttpStore

TRACE = Trace("1" * 32, "2" * 16)
WALL = 1_800_000_000.0


class Clock(SystemClock):
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return WALL + self.now


@dataclass
class Behind:
    """The system behind: answers what it is told to, in two pieces."""

    clock: Clock
    fields: tuple[tuple[str, str], ...] = (("Cache-Control", "max-age=10"), ("ETag", '"1"'))
    status: int = 200
    body: bytes = b"hello world"
    length: bool = True
    fails: bool = False
    asked: list[Exchange] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    closed: int = 0
    grown: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def was_asked(self, times: int) -> None:
        async with self.grown:
            await self.grown.wait_for(lambda: len(self.asked) >= times)

    async def __call__(self, call: Call) -> Reply:
        assert call.exchange is not None
        async with self.grown:
            self.asked.append(call.exchange)
            self.grown.notify_all()
        await self.gate.wait()
        if self.fails:
            raise UpstreamFault(cause="http_500")
        date = ("Date", email.utils.formatdate(self.clock.wall(), usegmt=True))
        known = dict(call.exchange.fields).get("If-None-Match")
        if known is not None and ("ETag", known) in self.fields:
            return Reply(b"", Meta(status=304, fields=(*self.fields, date)))
        length = len(self.body) if self.length else None
        stream = Stream(self.pieces(), self.close, "text/plain", length)
        return Reply(b"", Meta(status=self.status, fields=(*self.fields, date)), stream)

    async def pieces(self) -> AsyncIterator[bytes]:
        yield self.body[:3]
        yield self.body[3:]

    async def close(self) -> None:
        self.closed += 1


class World:
    def __init__(self, *, public: bool = True) -> None:
        self.clock, self.told = Clock(), list[Event]()
        self.behind = Behind(self.clock)
        self.behind.gate.set()
        terms = HttpCacheTerms("up", public, 60.0, lambda _, address: address if address.startswith("/") else None)
        self.cached = HttpCached(self.behind, terms, HttpStore(1_000_000), self.clock, self.told.append)

    async def ask(self, method: str = "GET", who: str = "", uri: str = "/a", **given: str) -> Reply:
        fields = tuple((name.replace("_", "-"), value) for name, value in given.items())
        principal = Principal(who) if who else None
        exchange = Exchange(method, uri, fields)
        return await self.cached(Call("up.GET", b"", self.clock.now + 60, TRACE, principal, exchange=exchange))

    @property
    def results(self) -> list[str]:
        return [one.result for one in self.told if isinstance(one, CacheUsed)]


async def body(reply: Reply) -> bytes:
    if reply.stream is None:
        return reply.body
    read = b"".join([piece async for piece in reply.stream.pieces])
    await reply.stream.close()
    return read


async def test_the_second_is_a_hit_with_its_age() -> None:
    world = World()
    first = await world.ask()
    world.clock.now += 4
    second = await world.ask()
    assert (await body(first), await body(second)) == (b"hello world", b"hello world")
    assert (dict(second.meta.fields)["Age"], second.meta.cache, len(world.behind.asked)) == ("4", "hit", 1)
    assert world.results == ["miss", "hit"]
    assert world.behind.closed == 1


async def test_a_stale_one_is_asked_again_and_renewed_by_a_304() -> None:
    world = World()
    await world.ask()
    world.clock.now += 11
    again = await world.ask(If_None_Match='"other"')
    assert (again.meta.status, again.body, again.meta.cache) == (200, b"hello world", "fwd=stale;fwd-status=304")
    assert dict(world.behind.asked[1].fields) == {"If-None-Match": '"1"'}
    assert (await world.ask()).meta.cache == "hit"


async def test_a_client_that_has_it_gets_a_304_and_a_head_no_question() -> None:
    world = World()
    await world.ask()
    assert (await world.ask(If_None_Match='"1"')).meta.status == 304
    assert (await world.ask("HEAD")).meta.status == 200
    assert len(world.behind.asked) == 1


@pytest.mark.parametrize(
    ("wanted", "status", "given"),
    [("bytes=0-4", 206, b"hello"), ("bytes=-5", 206, b"world"), ("bytes=6-", 206, b"world"), ("bytes=99-", 416, b"")],
)
async def test_a_part_of_what_is_kept(wanted: str, status: int, given: bytes) -> None:
    world = World()
    await world.ask()
    reply = await world.ask(Range=wanted)
    assert (reply.meta.status, reply.body) == (status, given)


async def test_whose_answer_it_is_makes_a_difference_unless_it_is_public() -> None:
    mine, everyones = World(public=False), World()
    for world in (mine, everyones):
        await world.ask(who="ann")
        await world.ask(who="bob")
    assert (len(mine.behind.asked), len(everyones.behind.asked)) == (2, 1)


async def test_a_failure_is_covered_by_an_old_answer_where_nothing_forbids_it() -> None:
    world = World()
    await world.ask()
    world.clock.now += 11
    world.behind.fails = True
    stale = await world.ask()
    assert (stale.body, world.results[-1]) == (b"hello world", "stale")
    world.clock.now += 60
    with pytest.raises(UpstreamFault):
        await world.ask()


async def test_an_old_answer_serves_while_it_is_renewed() -> None:
    world = World()
    world.behind.fields = (("Cache-Control", "max-age=10, stale-while-revalidate=30"), ("ETag", '"1"'))
    await world.ask()
    world.clock.now += 11
    world.behind.gate.clear()
    assert (await world.ask()).body == (await world.ask()).body == b"hello world"
    refreshing = list(world.cached._refreshing.values())
    world.behind.gate.set()
    await asyncio.gather(*refreshing)
    assert (len(world.behind.asked), (await world.ask()).meta.age_s) == (2, 0.0)
    await world.cached.close()


async def test_many_who_ask_at_once_are_one() -> None:
    world = World()
    world.behind.gate.clear()
    asking = [asyncio.create_task(world.ask()) for _ in range(50)]
    await world.behind.was_asked(1)
    world.behind.gate.set()
    replies = await asyncio.gather(*asking)
    assert {await body(one) for one in replies} == {b"hello world"}
    assert len(world.behind.asked) == 1


async def test_what_may_not_be_kept_makes_nobody_wait_for_another() -> None:
    world = World()
    world.behind.fields = (("Cache-Control", "no-store"),)
    await body(await world.ask())
    world.behind.gate.clear()
    asking = [asyncio.create_task(world.ask()) for _ in range(5)]
    await world.behind.was_asked(6)  # none of them is answered
    world.behind.gate.set()
    await asyncio.gather(*asking)


async def test_a_large_answer_is_kept_while_it_passes() -> None:
    world = World()
    world.behind.length = False
    first = await world.ask()
    assert first.stream is not None
    assert await body(first) == b"hello world"
    assert (await world.ask()).meta.cache == "hit"


async def test_half_an_answer_is_not_kept() -> None:
    world = World()
    world.behind.length = False
    first = await world.ask()
    assert first.stream is not None
    await anext(first.stream.pieces)
    await first.stream.close()
    await body(await world.ask())
    assert len(world.behind.asked) == 2


async def test_a_write_makes_old_what_it_names() -> None:
    world = World()
    for uri in ("/a", "/b", "/c"):
        await world.ask(uri=uri)
    world.behind.fields = (("Location", "/b"), ("Content-Location", "https://elsewhere.example/c"))
    await body(await world.ask("POST"))
    world.behind.fields = (("Cache-Control", "max-age=10"),)
    for uri in ("/a", "/b", "/c"):
        await world.ask(uri=uri)
    assert [one.target for one in world.behind.asked[3:]] == ["/a", "/a", "/b"]


async def test_only_what_is_there_may_be_asked_for() -> None:
    world = World()
    assert (await world.ask(Cache_Control="only-if-cached")).meta.status == 504
    await world.ask()
    assert (await world.ask(Cache_Control="only-if-cached")).meta.status == 200
    assert len(world.behind.asked) == 1


async def test_those_who_wait_in_vain_go_by_themselves_together() -> None:
    world = World()
    world.behind.length, world.behind.fails = False, True
    world.behind.gate.clear()
    asking = [asyncio.create_task(world.ask()) for _ in range(10)]
    await world.behind.was_asked(1)
    world.behind.gate.set()
    assert {type(one) for one in await asyncio.gather(*asking, return_exceptions=True)} == {UpstreamFault}
    world.behind.gate.clear()
    asking = [asyncio.create_task(world.ask()) for _ in range(10)]
    await world.behind.was_asked(20)  # nobody waits for another any more
    world.behind.gate.set()
    await asyncio.gather(*asking, return_exceptions=True)


async def test_the_name_under_which_we_are_known_makes_another_answer_of_it() -> None:
    world = World()
    await world.ask(X_Forwarded_Host="good.example")
    await world.ask(X_Forwarded_Host="evil.example")
    assert len(world.behind.asked) == 2


async def test_a_renewal_without_an_end_is_not_read_to_it() -> None:
    world = World()
    world.behind.fields = (("Cache-Control", "max-age=10, stale-while-revalidate=30"), ("ETag", '"1"'))
    await world.ask()
    world.clock.now += 11
    world.behind.fields, world.behind.length = (("Cache-Control", "no-store"),), False
    world.behind.body = b"x" * 1_000_000
    await world.ask()
    await asyncio.gather(*world.cached._refreshing.values())
    assert world.behind.closed == 2
