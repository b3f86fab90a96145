"""A clock that is not that of the store's server is told of once, again when it has changed, and when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from bridge.clock import SystemClock
from bridge.errors import StoreUnavailable
from bridge.events import ClockSkewed, Event
from bridge.queue.skew_watch import AGAIN_LOOKS, SkewWatch
from bridge.store.store import Store
from bridge.store.time import StoreClock
from bridge.store.tx import Tx

T = TypeVar("T")


class _Server(Store):
    """A store of which only the clock is looked at; each read is told the next of the offsets."""

    def __init__(self, *offsets: float | None) -> None:
        self.clock = StoreClock(SystemClock())
        self._offsets = iter(offsets)

    async def read(self, query: Callable[[Tx], T]) -> T:
        offset = next(self._offsets)
        if offset is None:
            raise StoreUnavailable
        self.clock.ahead_s = offset
        return None  # type: ignore[return-value]  # the answer is not looked at


class _Pauses(SystemClock):
    """Each pause takes until the test lets it go on."""

    def __init__(self) -> None:
        self.slept: asyncio.Queue[float] = asyncio.Queue()
        self.go = asyncio.Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        self.slept.put_nowait(seconds)
        await self.go.acquire()


async def test_it_tells_of_a_skew_once_of_a_change_and_of_its_end() -> None:
    told = list[Event]()
    offsets = (0.0, 0.9, 60.0, 60.4, None, 58.5, -0.2, -3.0)
    watch = SkewWatch(_Server(*offsets), SystemClock(), told.append)
    for _ in offsets:
        await watch.look()
    assert told == [ClockSkewed(60.0), ClockSkewed(58.5), ClockSkewed(0.0), ClockSkewed(-3.0)]


async def test_it_tells_again_of_one_that_stays() -> None:
    told, looks = list[Event](), 2 * AGAIN_LOOKS + 1
    watch = SkewWatch(_Server(*[60.0] * looks, *[0.0] * looks), SystemClock(), told.append)
    for _ in range(2 * looks):
        await watch.look()
    assert told == [ClockSkewed(60.0)] * 3 + [ClockSkewed(0.0)]


async def test_it_looks_at_once_and_every_now_and_then() -> None:
    told, clock = list[Event](), _Pauses()
    watch = SkewWatch(_Server(2.0, 5.0), clock, told.append, every_s=7.0)
    watch.start()
    try:
        assert await clock.slept.get() == 7.0
        assert told == [ClockSkewed(2.0)]
        clock.go.release()
        await clock.slept.get()
        assert told[1:] == [ClockSkewed(5.0)]
    finally:
        await watch.stop()
