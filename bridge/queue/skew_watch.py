"""Tells when the clock of this machine is not that of the store's server. Nothing in the store goes by it, but what
others compare does: logs, signatures, certificates."""

from __future__ import annotations

import asyncio

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import BridgeError
from bridge.events import ClockSkewed
from bridge.store.store import Store
from bridge.store.tx import Tx

EVERY_S = 60.0
TOLD_S = 1.0
"""From how much on it is told, and told again when it has changed by as much."""
AGAIN_LOOKS = 10
"""What is still so is told again after so many looks, so that an alert of it goes on."""


class SkewWatch:
    """Looks every now and then. `start` once, `stop` once."""

    def __init__(self, store: Store, clock: Clock, emit: Emit, every_s: float = EVERY_S) -> None:
        self._store, self._clock, self._emit, self._every_s = store, clock, emit, every_s
        self._told_s, self._looks = 0.0, 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="clock skew")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def look(self) -> None:
        """Asks once. A store that cannot be read is told of by whoever writes to it."""
        try:
            await self._store.read(_now)
        except BridgeError:
            return
        ahead_s = self._store.clock.ahead_s
        if abs(ahead_s) < TOLD_S:
            ahead_s = 0.0
        self._looks += 1
        if abs(ahead_s - self._told_s) >= TOLD_S or (ahead_s and self._looks >= AGAIN_LOOKS):
            self._told_s, self._looks = ahead_s, 0
            self._emit(ClockSkewed(ahead_s))

    async def _watch(self) -> None:
        while True:
            await self.look()
            await self._clock.sleep(self._every_s)


def _now(tx: Tx) -> float:
    """To begin the transaction is to hear the time."""
    return tx.now
