"""A process of its own on a bus: takes something, says so in one line, and keeps it until it is killed.

`python -m tests.contract.bus_worker socket|redis ADDRESS lock|places|tokens`
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from bridge.clock import SystemClock
from bridge.store.bus import Bus
from bridge.store.bus.redis import RedisBus
from bridge.store.bus.settings import BusSettings
from bridge.store.bus.socket import SocketBus

CLOCK = SystemClock()
WAIT_S = 30.0
TTL_S = 1.5
RATE_PER_S, BURST, TAKES_S = 200.0, 20, 2.0


async def bus_of(kind: str, address: str) -> Bus:
    bus: SocketBus | RedisBus
    if kind == "socket":
        bus = SocketBus(Path(address), CLOCK, (0, 4), patience_s=WAIT_S)
    else:
        bus = RedisBus(BusSettings.model_validate(address), CLOCK, 1, patience_s=WAIT_S)
    assert await bus.start()
    return bus


def say(value: object) -> None:
    print(json.dumps(value), flush=True)


async def tokens(bus: Bus) -> list[float]:
    """When each was granted, on the clock that all processes of a machine share."""
    mine, grants = bus.tokens("up", RATE_PER_S, BURST), list[float]()
    until = CLOCK.monotonic() + TAKES_S
    while CLOCK.monotonic() < until:
        again_s = await mine.take()
        if again_s:
            await CLOCK.sleep(again_s)
        else:
            grants.append(CLOCK.monotonic())
    return grants


async def main(kind: str, address: str, job: str) -> None:
    bus = await bus_of(kind, address)
    if job == "tokens":
        say(await tokens(bus))
        await bus.close()
    elif job == "places":
        places = bus.places("up", 2)
        say([await places.take(WAIT_S), await places.take(WAIT_S)])
        await asyncio.Event().wait()
    else:
        async with bus.lock("k", TTL_S, WAIT_S) as held:
            say(held.fence if held else None)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
