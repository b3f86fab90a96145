"""The kinds of buses that the suite runs on, and how a further member comes to each."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol

from bridge.clock import SystemClock
from bridge.store.bus import Bus, MemoryBus
from bridge.store.bus.hub import Hub
from bridge.store.bus.redis import SILENT_S, RedisBus
from bridge.store.bus.settings import BusSettings
from bridge.store.bus.socket import SocketBus
from tests.servers.redis import RedisServer, redis

KINDS = ("memory", "socket", "redis")
WORKERS = 4
WAIT_S = 20.0  # what a worker gives the bus in a test: the machine may be busy, and no test is about that
CLOCK = SystemClock()


class Members(Protocol):
    """Buses that hear each other."""

    async def bus(self) -> Bus:
        """Another member."""
        ...

    async def settled(self) -> None:
        """Returns when what was asked for so far, by all, has come to where it is decided."""
        ...


async def until(true: Callable[[], bool]) -> None:
    """For what tells nobody when it is so."""
    async with asyncio.timeout(WAIT_S):
        while not true():
            await CLOCK.sleep(0)


class _Alone:
    def __init__(self) -> None:
        self._bus = MemoryBus(CLOCK)

    async def bus(self) -> Bus:
        return self._bus

    async def settled(self) -> None:
        for _ in range(5):
            await CLOCK.sleep(0)


class OverSocket:
    """A hub in this process and any number of workers' buses, which speak to it through its socket."""

    def __init__(self, path: Path, stack: AsyncExitStack) -> None:
        self.path, self._stack = path, stack
        self.hub = Hub(path, CLOCK)
        self._buses: list[SocketBus] = []

    async def bus(self, patience_s: float = WAIT_S) -> SocketBus:
        bus = SocketBus(self.path, CLOCK, (len(self._buses), WORKERS), patience_s=patience_s)
        self._stack.push_async_callback(bus.close)
        assert await bus.start()
        self._buses.append(bus)
        return bus

    async def settled(self) -> None:
        """The hub takes what one says in its order, so an answer to this says that it took what was before."""
        await CLOCK.sleep(0)
        for bus in self._buses:
            await bus.tokens("settled", 1e6, 1000).take()

    async def anew(self) -> None:
        """The hub dies, and another begins at the same place, which knows nothing of before."""
        await self.hub.close()
        self.hub = Hub(self.path, CLOCK)
        await self.hub.start()

    async def close(self) -> None:
        await self.hub.close()

    async def hub_heard(self, bus: SocketBus) -> None:
        """Returns when the hub has taken what this one said."""
        await bus.tokens("heard", 1e6, 1000).take()


@asynccontextmanager
async def over_socket() -> AsyncIterator[OverSocket]:
    with tempfile.TemporaryDirectory(prefix="bus") as folder:  # the path of a socket has 107 characters at most
        async with AsyncExitStack() as stack:
            made = OverSocket(Path(folder) / "hub.sock", stack)
            await made.hub.start()
            stack.push_async_callback(made.close)
            yield made


class OverRedis:
    """A real Redis of its own, and any number of nodes' buses."""

    def __init__(self, server: RedisServer, stack: AsyncExitStack) -> None:
        self.server, self._stack = server, stack
        self._buses: list[RedisBus] = []

    async def bus(self, patience_s: float = WAIT_S, silent_s: float = SILENT_S) -> RedisBus:
        settings = BusSettings.model_validate(self.server.url)
        bus = RedisBus(settings, CLOCK, 1, patience_s=patience_s, silent_s=silent_s)
        self._stack.push_async_callback(bus.close)
        assert await bus.start()
        self._buses.append(bus)
        return bus

    async def settled(self) -> None:
        """What each said before this he is answered before this; twice, because some wait for what they asked."""
        for _ in range(2):
            await CLOCK.sleep(0)
            for bus in self._buses:
                await bus.tokens("settled", 1e6, 1000).take()
                await bus.heard_all()


@asynccontextmanager
async def over_redis() -> AsyncIterator[OverRedis]:
    with redis() as server:
        async with AsyncExitStack() as stack:
            yield OverRedis(server, stack)


@asynccontextmanager
async def members_of(kind: str) -> AsyncIterator[Members]:
    if kind == "memory":
        yield _Alone()
        return
    async with over_socket() if kind == "socket" else over_redis() as made:
        yield made
