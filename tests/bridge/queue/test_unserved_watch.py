"""Jobs in a queue that nobody works on are told of at once, again after a while, and when none is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.events import Event
from bridge.events_store import QueueWithoutWorker
from bridge.queue.unserved_watch import AGAIN_LOOKS, QUEUES_MAX, UnservedWatch
from bridge.store.jobs import NewJob, cancel, enqueue
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store

SEAL = Seal(None)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    yield opened
    await opened.close()


async def put(store: Store, queue: str, key: str = "") -> str:
    return await store.write(lambda tx: enqueue(tx, NewJob(queue, "call", b"{}", key=key), SEAL))


async def test_it_tells_of_queues_that_are_not_named_any_more(store: Store) -> None:
    told = list[Event]()
    await put(store, "named")
    left = [await put(store, "old", key) for key in ("", "k", "k")]
    watch = UnservedWatch(store, ["named", "empty"], SystemClock(), told.append)
    for _ in range(AGAIN_LOOKS + 1):
        await watch.look()
    assert told == [QueueWithoutWorker("old", 3)] * 2
    await store.write(lambda tx: [cancel(tx, one) for one in left])
    await watch.look()
    await watch.look()
    assert told[2:] == [QueueWithoutWorker("old", 0)]


async def test_however_many_there_are(store: Store) -> None:
    told = list[Event]()
    for number in range(QUEUES_MAX + 5):
        await put(store, f"old{number:03}")
    await UnservedWatch(store, (), SystemClock(), told.append).look()
    assert len(told) == QUEUES_MAX


async def test_it_looks_as_soon_as_it_is_started(store: Store) -> None:
    told = asyncio.Queue[Event]()
    await put(store, "old")
    watch = UnservedWatch(store, (), SystemClock(), told.put_nowait)
    watch.start()
    try:
        assert await told.get() == QueueWithoutWorker("old", 1)
    finally:
        await watch.stop()
