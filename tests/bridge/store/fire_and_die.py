"""A process that registers a schedule and fires one slot of it, for `test_schedule_fire.py` to kill on the way."""

from __future__ import annotations

import asyncio
import sys

from bridge.clock import SystemClock
from bridge.store.schedule_fire import Firing, Slot, fire
from bridge.store.schedule_rows import read_states
from bridge.store.schedules import Registration, register
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store

SEAL = Seal(bytes(range(32)))
NIGHTLY = Registration("nightly", "d1", "at 06:00", b'{"operation":"shop.Export","args":{}}')


async def fire_one(url: str) -> int:
    """How many jobs it made."""
    store = await Store.open(StoreSettings(url=url), SystemClock())
    try:
        (state,) = await store.read(read_states)
        slot = Slot("2026-11-21T06:00:00Z", 1_800_000_000.0)
        firing = Firing("nightly", "d1", state.last_slot, (slot,), slot, 1_800_086_400.0)
        done = await store.write(lambda tx: fire(tx, firing, SEAL))
        return len(done or ())
    finally:
        await store.close()


async def prepare(url: str) -> None:
    store = await Store.open(StoreSettings(url=url), SystemClock())
    await store.write(lambda tx: register(tx, [NIGHTLY], SEAL))
    await store.close()


if __name__ == "__main__":
    asyncio.run(fire_one(sys.argv[1]))
