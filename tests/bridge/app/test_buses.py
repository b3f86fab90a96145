"""A process alone is on a bus of its own; one of several on that of all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bridge.app.buses import open_bus
from bridge.app.workers import Worker
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.store.bus import MemoryBus
from bridge.store.bus.hub import Hub
from bridge.store.bus.socket import SocketBus


async def test_one_process_shares_nothing() -> None:
    bus = await open_bus(Config(), SystemClock(), None)
    assert isinstance(bus, MemoryBus)
    await bus.close()


async def test_several_workers_meet_at_the_hub() -> None:
    with tempfile.TemporaryDirectory(prefix="bus") as folder:
        path = Path(folder) / "h"
        hub = Hub(path, SystemClock())
        await hub.start()
        bus = await open_bus(Config(), SystemClock(), Worker(1, 2, 0, -1, path))
        assert isinstance(bus, SocketBus)
        assert hub.peers == 1
        await bus.close()
        await hub.close()
