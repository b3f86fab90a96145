"""Tells of jobs in queues that the configuration does not name any more: they lie there, and nobody works on them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import islice

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import BridgeError
from bridge.events_store import QueueWithoutWorker
from bridge.store.dead import open_jobs, open_queues
from bridge.store.store import Store
from bridge.store.tx import Tx

EVERY_S = 60.0
AGAIN_LOOKS = 10
"""What is still so is told again after so many looks, so that an alert of it goes on."""
QUEUES_MAX = 20


class UnservedWatch:
    """Looks at once and every now and then. `served`: the queues of the configuration. `start` once, `stop` once."""

    def __init__(self, store: Store, served: Iterable[str], clock: Clock, emit: Emit, every_s: float = EVERY_S) -> None:
        self._store, self._served, self._clock, self._emit, self._every_s = store, set(served), clock, emit, every_s
        self._told = set[str]()
        self._looks = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="queues without workers")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def look(self) -> None:
        """Asks once. A store that cannot be read is told of by whoever writes to it."""
        try:
            found = await self._store.read(self._unserved)
        except BridgeError:
            return
        again, self._looks = self._looks % AGAIN_LOOKS == 0, self._looks + 1
        for queue, jobs in found.items():
            if again or queue not in self._told:
                self._emit(QueueWithoutWorker(queue, jobs))
        for queue in sorted(self._told - found.keys()):
            self._emit(QueueWithoutWorker(queue, 0))
        self._told = set(found)

    def _unserved(self, tx: Tx) -> dict[str, int]:
        unserved = sorted(open_queues(tx).difference(self._served))
        return {name: open_jobs(tx, name) for name in islice(unserved, QUEUES_MAX)}

    async def _watch(self) -> None:
        while True:
            await self.look()
            await self._clock.sleep(self._every_s)
