"""What every bus promises, whatever carries it. `members` are buses of several workers; in process there is but one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.clock import SystemClock
from bridge.store.bus.contract import DATA_BYTES_MAX, NAME_CHARS_MAX, Bus, Held
from tests.contract.buses import KINDS, Members, members_of

WAIT_S = 20.0
CLOCK = SystemClock()


def held_of(got: Held | bytes | None) -> Held:
    assert got is not None
    assert not isinstance(got, bytes)
    return got


@pytest.fixture(params=KINDS)
async def members(request: pytest.FixtureRequest) -> AsyncIterator[Members]:
    async with members_of(request.param) as made:
        yield made


class Heard:
    """What came, and a way to wait for it."""

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.missed = 0
        self._grown = asyncio.Event()

    def __call__(self, data: bytes) -> None:
        self.data.append(data)
        self._grown.set()

    def miss(self) -> None:
        self.missed += 1
        self._grown.set()

    async def until(self, count: int) -> list[bytes]:
        async with asyncio.timeout(WAIT_S):
            while len(self.data) < count:
                self._grown.clear()
                await self._grown.wait()
        return self.data


async def test_all_who_subscribed_hear_it_and_the_publisher_too(members: Members) -> None:
    one, other = await members.bus(), await members.bus()
    here, there, elsewhere = Heard(), Heard(), Heard()
    one.subscribe("jobs.a", here)
    other.subscribe("jobs.a", there)
    other.subscribe("jobs.b", elsewhere)
    await members.settled()
    one.publish("jobs.a", b"1")
    assert await here.until(1) == await there.until(1) == [b"1"]
    other.publish("jobs.b", b"2")
    assert await elsewhere.until(1) == [b"2"]
    assert (len(here.data), len(there.data)) == (1, 1)


async def test_nothing_comes_after_the_end_of_a_subscription(members: Members) -> None:
    one, other = await members.bus(), await members.bus()
    ended, going = Heard(), Heard()
    end = other.subscribe("a", ended)
    other.subscribe("a", going)
    await members.settled()
    one.publish("a", b"1")
    await going.until(1)
    end()
    end()
    one.publish("a", b"2")
    assert await going.until(2) == [b"1", b"2"]
    assert ended.data == [b"1"]


async def test_messages_of_one_publisher_come_in_their_order(members: Members) -> None:
    publishers, reader, heard = [await members.bus(), await members.bus()], await members.bus(), Heard()
    reader.subscribe("a", heard, heard.miss)
    await members.settled()
    for number in range(5_000):
        for index, publisher in enumerate(publishers):
            publisher.publish("a", b"%d:%d" % (index, number))
        if number % 200 == 0:
            await asyncio.sleep(0)  # lets the buses send between two hundreds
            await heard.until(number)
    data = await heard.until(10_000)
    assert heard.missed == 0
    for index in range(2):
        mine = [int(one[2:]) for one in data if one.startswith(b"%d:" % index)]
        assert mine == list(range(5_000))


async def test_a_big_message_passes_and_one_beyond_the_bound_is_refused_where_it_is_made(members: Members) -> None:
    one, other, heard = await members.bus(), await members.bus(), Heard()
    other.subscribe("a", heard)
    await members.settled()
    big = bytes(range(256)) * (DATA_BYTES_MAX // 256)
    one.publish("a", big)
    assert await heard.until(1) == [big]
    with pytest.raises(ValueError, match="at most"):
        one.publish("a", b"x" * (DATA_BYTES_MAX + 1))
    with pytest.raises(ValueError, match="characters"):
        one.subscribe("x" * (NAME_CHARS_MAX + 1), heard)


async def test_whoever_was_told_has_heard(members: Members) -> None:
    one, other, here, there = await members.bus(), await members.bus(), Heard(), Heard()
    one.subscribe("a", here)
    other.subscribe("a", there)
    await members.settled()
    for number in range(20):
        if await one.told("a", b"%d" % number) and not one.alone:
            assert there.data[-1] == b"%d" % number
    assert here.data == []


async def test_a_lock_has_one_holder_and_each_a_higher_fence(members: Members) -> None:
    buses = [await members.bus() for _ in range(3)]
    inside, fences = 0, list[int]()

    async def work(bus: Bus) -> None:
        nonlocal inside
        for _ in range(10):
            async with bus.lock("k", 10, WAIT_S) as held:
                assert held is not None
                inside += 1
                assert inside == 1
                fences.append(held.fence)
                await asyncio.sleep(0)  # lets the others run while one is inside: that is what is tried
                assert held.still
                inside -= 1

    await asyncio.gather(*map(work, buses))
    assert len(fences) == 30
    assert fences == sorted(set(fences))


async def test_a_lock_that_another_has_is_not_waited_for_longer_than_said(members: Members) -> None:
    one, other = await members.bus(), await members.bus()
    async with one.lock("k", 10) as held:
        assert held is not None
        async with other.lock("k", 10) as none, other.lock("k", 10, 0.05) as late, other.lock("j", 10) as free:
            assert none is None
            assert late is None
            assert free is not None
    async with other.lock("k", 10, 0.2) as held:
        assert held is not None


async def test_those_who_wait_for_the_result_get_what_the_holder_leaves(members: Members) -> None:
    one, other, third = [await members.bus() for _ in range(3)]

    async def shared(bus: Bus) -> object:
        async with bus.share("k", 10, WAIT_S) as got:
            return got

    async with one.share("k", 10, 0) as held:
        waiting = [asyncio.create_task(shared(bus)) for bus in (other, other, third)]
        await members.settled()
        held_of(held).leave(b"answer")
    assert await asyncio.gather(*waiting) == [b"answer"] * 3
    async with other.share("k", 10, WAIT_S) as later:
        assert held_of(later).still


async def test_a_holder_that_leaves_nothing_is_followed_by_the_next(members: Members) -> None:
    one, other = await members.bus(), await members.bus()

    async def follow() -> int:
        async with other.share("k", 10, WAIT_S) as following:
            return held_of(following).fence

    async with one.share("k", 10, 0) as held:
        fence = held_of(held).fence
        waiting = asyncio.create_task(follow())
        await members.settled()
        assert not waiting.done()
    assert await waiting > fence


async def test_a_lock_is_renewed_as_long_as_it_is_held(members: Members) -> None:
    one, other = await members.bus(), await members.bus()
    async with one.lock("k", 0.3) as held:
        assert held is not None
        async with other.lock("k", 0.3, 1.0) as none:
            assert none is None
        assert held.still


async def test_places_are_never_more_than_there_are(members: Members) -> None:
    buses = [await members.bus() for _ in range(3)]
    inside = most = done = 0

    async def work(bus: Bus) -> None:
        nonlocal inside, most, done
        places = bus.places("up", 2)
        for _ in range(10):
            assert await places.take(WAIT_S)
            inside += 1
            most = max(most, inside)
            await CLOCK.sleep(0.001)
            inside -= 1
            done += 1
            places.give_back()

    await asyncio.gather(*(work(bus) for bus in buses for _ in range(2)))
    assert (most, inside, done) == (2, 0, 60)


async def test_who_waits_for_a_place_gives_up_in_time_and_takes_none_with_him(members: Members) -> None:
    one, other = await members.bus(), await members.bus()
    first, second = one.places("up", 1), other.places("up", 1)
    assert await first.take(0)
    assert not await second.take(0)
    assert not await second.take(0.05)
    waiting = asyncio.create_task(second.take(WAIT_S))
    await members.settled()
    waiting.cancel()
    await asyncio.wait([waiting])
    first.give_back()
    assert await second.take(WAIT_S)
    second.give_back()


async def test_tokens_of_all_together_keep_the_rate(members: Members) -> None:
    buses = [await members.bus() for _ in range(3)]
    rate_per_s, burst = 200.0, 20
    loop = asyncio.get_running_loop()
    began, grants = loop.time(), list[float]()

    async def work(bus: Bus) -> None:
        tokens = bus.tokens("up", rate_per_s, burst)
        while loop.time() - began < 0.5:
            again_s = await tokens.take()
            if again_s:
                await CLOCK.sleep(again_s)
            else:
                grants.append(loop.time() - began)

    await asyncio.gather(*map(work, buses))
    over = [at for number, at in enumerate(sorted(grants), 1) if number > rate_per_s * at + burst + 1e-6]
    assert not over
    assert len(grants) > rate_per_s * 0.5 * 0.3


async def test_tokens_are_asked_for_again_when_there_may_be_some(members: Members) -> None:
    tokens = (await members.bus()).tokens("t", 50.0, 1)
    assert await tokens.take() == 0.0
    again_s = await tokens.take()
    assert 0 < again_s <= 0.02
    with pytest.raises(ValueError, match="at once"):
        await tokens.take(2)


async def test_several_tokens_are_had_together_or_none_of_them(members: Members) -> None:
    tokens = (await members.bus()).tokens("several", 0.01, 10)
    assert await tokens.take(6) == 0.0
    assert await tokens.take(6) > 1
    assert await tokens.take(3) == 0.0
