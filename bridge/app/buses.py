"""Which bus a process is on: none but its own, that of the workers of this machine, or that of all nodes."""

from __future__ import annotations

from bridge.app.workers import Worker
from bridge.clock import Clock
from bridge.config.model import Config
from bridge.store.bus import Bus, MemoryBus
from bridge.store.bus.socket import SocketBus


async def open_bus(_config: Config, clock: Clock, worker: Worker | None) -> Bus:
    """Ready to be used; `close` it once. One that has nobody to speak to yet finds him later."""
    if worker is None:
        return MemoryBus(clock)
    bus = SocketBus(worker.hub, clock, worker.share)
    await bus.start()
    return bus
