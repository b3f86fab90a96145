"""Which bus a process is on: none but its own, that of the workers of this machine, or that of all nodes."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.app.workers import Worker
from bridge.clock import Clock
from bridge.config.model import Config
from bridge.store.bus import Bus, MemoryBus
from bridge.store.bus.settings import BusSettings
from bridge.store.bus.socket import SocketBus


@dataclass(frozen=True, slots=True)
class Buses:
    """`bus` reaches all with whom limits are kept together, `machine` the workers beside us; often they are one."""

    bus: Bus
    machine: Bus

    async def close(self) -> None:
        await self.bus.close()
        if self.machine is not self.bus:
            await self.machine.close()


def meeting_over(config: Config) -> BusSettings:
    """Nodes that share kept answers have to hear of each other's writes: over the same Redis, where nothing else is
    said."""
    if config.bus.within_machine and config.cache.redis is not None:
        return config.cache.redis.bus()
    return config.bus


async def open_buses(settings: BusSettings, clock: Clock, worker: Worker | None) -> Buses:
    """Ready to be used; `close` once. One that has nobody to speak to yet finds him later."""
    machine = await _machine(clock, worker)
    if settings.within_machine:
        return Buses(machine, machine)
    from bridge.store.bus.redis import RedisBus

    bus = RedisBus(settings, clock, worker.count if worker else 1)
    await bus.start()
    return Buses(bus, machine)


async def _machine(clock: Clock, worker: Worker | None) -> Bus:
    if worker is None:
        return MemoryBus(clock)
    bus = SocketBus(worker.hub, clock, worker.share)
    await bus.start()
    return bus
