"""The bus of a process that is alone; what all buses promise is in tests/contract/test_bus.py."""

from __future__ import annotations

import asyncio

from bridge.clock import SystemClock
from bridge.store.bus import MemoryBus


async def test_nobody_else_is_on_it_so_all_others_have_heard() -> None:
    bus, heard = MemoryBus(SystemClock()), list[bytes]()
    bus.subscribe("a", heard.append)
    assert bus.alone
    assert await bus.told("a", b"1")
    await asyncio.sleep(0)  # what is told is heard in the next turn, if at all
    assert heard == []


async def test_whoever_waits_when_it_closes_waits_no_longer() -> None:
    bus = MemoryBus(SystemClock())
    places = bus.places("p", 1)
    assert await places.take(0)
    waiting = asyncio.create_task(bus.places("q", 1).take(0))
    assert await waiting
    async with bus.lock("k", 10):
        entering = asyncio.create_task(bus.lock("k", 10, 20).__aenter__())
        await asyncio.sleep(0)  # who enters gets in line in his first turn, which is the next one
        await bus.close()
        assert await entering is None
