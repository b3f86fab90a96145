"""Tells when there are dead letters: a person has to look, and nobody looks unless he is told."""

from __future__ import annotations

import asyncio

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import BridgeError
from bridge.events import DeadLetters
from bridge.store.dead import depth
from bridge.store.store import Store

EVERY_S = 30.0


class DeadWatch:
    """Counts every now and then, and tells when the number has changed. `start` once, `stop` once."""

    def __init__(self, store: Store, clock: Clock, emit: Emit, every_s: float = EVERY_S) -> None:
        self._store, self._clock, self._emit, self._every_s = store, clock, emit, every_s
        self._told = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="dead letters")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def look(self) -> None:
        """Counts once. A store that cannot be read is told of by whoever writes to it."""
        try:
            found = await self._store.read(depth)
        except BridgeError:
            return
        if found.count != self._told:
            self._told = found.count
            oldest_s = 0.0 if found.oldest_at is None else max(0.0, self._clock.wall() - found.oldest_at)
            self._emit(DeadLetters(found.count, oldest_s))

    async def _watch(self) -> None:
        while True:
            await self.look()
            await self._clock.sleep(self._every_s)
