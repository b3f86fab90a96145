"""A fake inner service that a test answers by hand, and the clock and the ears around it (STYLE 18)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from bridge.call import Call, JsonValue, Principal, Reply, Trace
from bridge.contracts import Operation
from bridge.events import Event
from bridge.layers.cache_store import CacheStore
from bridge.layers.limit import Slots
from bridge.layers.stack import Shared

E = TypeVar("E", bound=Event)
READ = Operation("shop", "GetOrder", safe=True)
WRITE = Operation("shop", "CreateOrder")
TRACE = Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


async def passes(seconds: float) -> None:
    """Virtual time passes; see conftest.py."""
    loop = asyncio.get_running_loop()
    due = loop.create_future()
    timer = loop.call_later(seconds, lambda: due.done() or due.set_result(None))
    try:
        await due
    finally:
        timer.cancel()


class LoopClock:
    """The virtual time of the loop, as our Clock."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        return 1_700_000_000.0 + self.monotonic()

    async def sleep(self, seconds: float) -> None:
        await passes(seconds)


@dataclass
class Asked:
    """A call that reached the inner service and waits for the test to answer it."""

    call: Call
    at: float
    answer: asyncio.Future[Reply] = field(default_factory=asyncio.Future)

    def reply(self, body: bytes = b"{}") -> None:
        self.answer.set_result(Reply(body))

    def fail(self, error: Exception) -> None:
        self.answer.set_exception(error)


class Inner:
    """The inner service. `script` answers the first calls by itself; after that the test does."""

    def __init__(self, script: Iterable[bytes | Exception] = (), takes_s: float = 0.0) -> None:
        self.asked: list[Asked] = []
        self.cancelled = 0
        self.under_way = 0
        self.most_under_way = 0
        self._script = iter(script)
        self._takes_s = takes_s
        self._arrived = asyncio.Event()

    async def __call__(self, call: Call) -> Reply:
        asked = Asked(call, asyncio.get_running_loop().time())
        self.asked.append(asked)
        self._arrived.set()
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await self._answer(asked)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.under_way -= 1

    async def _answer(self, asked: Asked) -> Reply:
        if self._takes_s:
            await passes(self._takes_s)
        scripted = next(self._script, None)
        if isinstance(scripted, Exception):
            raise scripted
        return Reply(scripted) if scripted is not None else await asked.answer

    async def arrival(self, count: int = 1) -> Asked:
        """Wait until so many calls have come; the latest of them."""
        while len(self.asked) < count:
            self._arrived.clear()
            await self._arrived.wait()
        return self.asked[count - 1]


class World:
    """What a layer needs around it."""

    def __init__(self) -> None:
        self.clock = LoopClock()
        self.events: list[Event] = []
        self.store = CacheStore(1_000_000, self.clock)
        self.shared = self.upstream()

    def upstream(self, concurrency: int = 100, queue: int = 2000) -> Shared:
        slots = Slots(concurrency, queue, self.clock)
        return Shared(self.clock, self.events.append, self.store, slots, rng=random.Random(7))

    def call(
        self,
        args: bytes | JsonValue = b'{"orderId":"1"}',
        *,
        operation: Operation = READ,
        in_s: float = 30.0,
        who: str | None = None,
        no_cache: bool = False,
        headers: dict[str, str] | None = None,
    ) -> Call:
        principal = Principal(who) if who else None
        deadline = self.clock.monotonic() + in_s
        return Call(operation.id, args, deadline, TRACE, principal, headers=headers or {}, no_cache=no_cache)

    def heard(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]
