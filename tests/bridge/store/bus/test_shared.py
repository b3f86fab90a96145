"""Tokens, places and locks with whoever decides played by hand: there, slow, gone and back."""

from __future__ import annotations

import asyncio

from bridge.store.bus.arbiter import Arbiter
from bridge.store.bus.asking import Asking
from bridge.store.bus.messages import Ask, TokensAsk
from bridge.store.bus.shared import LentTokens, SharedPlaces, locked
from tests.bridge.store.bus.clock import HandClock


class World:
    """Two workers of four, one arbiter that can be away."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.there = True
        self.asks: list[Ask] = []
        self.gifts: list[bytes | None] = []
        self.arbiter = Arbiter(self.clock, lambda who, grant: self.workers[who[0]].answered(who[1], grant))
        self.workers = [self._worker(index) for index in range(4)]

    def _worker(self, index: int) -> Asking:
        def send(number: int, what: Ask) -> bool:
            self.asks.append(what)
            if self.there:
                asking.answered(number, self.arbiter.ask((index, number), what))
            return self.there

        def release(number: int, gift: bytes | None) -> None:
            self.gifts.append(gift)
            self.arbiter.release((index, number), gift)

        asking = Asking(send, release, self.clock, (index, 4))
        return asking


async def test_tokens_are_lent_as_many_as_were_used_and_not_longer_than_the_lease() -> None:
    world = World()
    tokens = LentTokens(world.workers[0], "t", 100.0, 100)
    for _ in range(40):
        assert await tokens.take() == 0.0
    counts = [ask.wanted for ask in world.asks if isinstance(ask, TokensAsk)]
    assert counts == [1, 2, 4, 8, 16, 20]
    world.clock.now += 0.2
    before = len(world.asks)
    assert await tokens.take() == 0.0
    assert len(world.asks) == before + 1


async def test_without_an_arbiter_each_keeps_to_its_own_share_and_begins_with_nothing() -> None:
    world = World()
    world.there = False
    tokens = [LentTokens(one, "t", 8.0, 4) for one in world.workers]
    assert [await one.take() for one in tokens] == [0.5] * 4
    granted = 0
    for _ in range(80):
        world.clock.now += 0.0625
        for one in tokens:
            granted += await one.take() == 0.0
    assert granted == 40


async def test_places_without_an_arbiter_are_divided() -> None:
    world = World()
    world.there = False
    places = [SharedPlaces(one, "p", 6) for one in world.workers]
    got = [[await one.take(0.0) for _ in range(3)].count(True) for one in places]
    assert got == [2, 2, 1, 1]
    places[0].give_back()
    assert await places[0].take(0.0)


async def test_who_waits_without_an_arbiter_asks_again_when_it_is_back() -> None:
    world = World()
    none = SharedPlaces(world.workers[3], "p", 1)
    world.there = False
    waiting = asyncio.create_task(none.take(20.0))
    for _ in range(5):
        await asyncio.sleep(0)  # some turns, in all of which it might be taken too early
    assert not waiting.done()
    world.there = True
    assert await waiting
    assert list(world.workers[3].held.values()) != []
    none.give_back()
    assert world.workers[3].held == {}


async def test_a_lock_that_cannot_be_renewed_is_lost_after_its_time_and_leaves_no_gift() -> None:
    world = World()
    async with locked(world.workers[0], "k", 3.0, 0.0, gift=True) as held:
        assert held is not None
        assert not isinstance(held, bytes)
        held.leave(b"gift")
        assert held.still
        world.there = False
        for _ in range(20):
            await asyncio.sleep(0)  # each turn a try to renew; its clock passes by itself
        assert not held.still
    assert world.gifts == [None]


async def test_a_gift_that_is_too_long_is_none() -> None:
    world = World()
    async with locked(world.workers[0], "k", 3.0, 0.0, gift=True) as held:
        assert held is not None
        assert not isinstance(held, bytes)
        held.leave(bytes(1_000_001))
    assert world.gifts == [None]


async def test_without_an_arbiter_there_is_no_lock() -> None:
    world = World()
    world.there = False
    async with locked(world.workers[0], "k", 3.0, 0.0, gift=False) as held:
        assert held is None
