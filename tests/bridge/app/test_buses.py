"""A process alone is on a bus of its own; one of several on that of all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bridge.app.buses import open_buses
from bridge.app.workers import Worker
from bridge.clock import SystemClock
from bridge.store.bus import MemoryBus
from bridge.store.bus.hub import Hub
from bridge.store.bus.redis import RedisBus
from bridge.store.bus.settings import BusSettings
from bridge.store.bus.socket import SocketBus
from tests.servers.redis import redis


async def test_one_process_shares_nothing() -> None:
    buses = await open_buses(BusSettings(), SystemClock(), None)
    assert isinstance(buses.bus, MemoryBus)
    assert buses.machine is buses.bus
    await buses.close()


async def test_nodes_meet_in_redis_and_the_workers_of_each_at_their_hub() -> None:
    with redis() as server:
        buses = await open_buses(BusSettings.model_validate(server.url), SystemClock(), None)
        assert isinstance(buses.bus, RedisBus)
        assert isinstance(buses.machine, MemoryBus)
        assert buses.bus.connected
        await buses.close()


async def test_several_workers_meet_at_the_hub() -> None:
    with tempfile.TemporaryDirectory(prefix="bus") as folder:
        path = Path(folder) / "h"
        hub = Hub(path, SystemClock())
        await hub.start()
        buses = await open_buses(BusSettings(), SystemClock(), Worker(1, 2, 0, -1, path))
        assert isinstance(buses.bus, SocketBus)
        assert hub.peers == 1
        await buses.close()
        await hub.close()
