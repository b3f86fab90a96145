"""Dead letters are told of: when there are some, more, and none any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.events import DeadLetters, Event
from bridge.queue.dead_watch import DeadWatch
from bridge.store import dead
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.contract.operators import buried


class _Clock(SystemClock):
    """An hour ahead; each pause takes until the test lets it go on."""

    def __init__(self) -> None:
        self.slept: asyncio.Queue[float] = asyncio.Queue()
        self.go = asyncio.Semaphore(0)

    def wall(self) -> float:
        return super().wall() + 3600

    async def sleep(self, seconds: float) -> None:
        self.slept.put_nowait(seconds)
        await self.go.acquire()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    yield opened
    await opened.close()


async def test_it_tells_of_each_change_and_of_nothing_else(store: Store) -> None:
    clock, told = _Clock(), list[Event]()
    watch = DeadWatch(store, clock, told.append, every_s=7.0)
    watch.start()
    try:
        assert await clock.slept.get() == 7.0
        assert told == []
        [one] = await buried(store, b'"x"')
        for _ in range(2):
            clock.go.release()
            await clock.slept.get()
        [first] = told
        assert isinstance(first, DeadLetters)
        assert first.depth == 1
        assert 3590 < first.oldest_s < 3700
        await store.write(lambda tx: dead.replay(tx, one, "ada"))
        clock.go.release()
        await clock.slept.get()
        assert told[1:] == [DeadLetters(0, 0.0)]
    finally:
        await watch.stop()
