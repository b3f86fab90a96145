"""Looks at how long jobs have been waiting that could run: workers that are too slow, stuck or gone raise no event of
their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bridge.errors import BridgeError
from bridge.events import Event
from bridge.store.alerts import waits_of
from bridge.store.store import Store


@dataclass(frozen=True, slots=True)
class QueueLate(Event):
    """The oldest job of a queue that is ready has waited for too long."""

    queue: str
    waited_s: int


@dataclass(frozen=True, slots=True)
class QueueOnTime(Event):
    """It has not; or somebody has paused the queue, and knows."""

    queue: str


class LateWatch:
    """`late_s`: what is too long; None: nothing is."""

    def __init__(self, store: Store, queues: Collection[str], late_s: float | None) -> None:
        self._store, self._queues, self._late_s = store, queues, late_s

    async def look(self) -> list[Event]:
        """How each queue stands. A store that cannot be read is told of by whoever works with it."""
        if self._late_s is None:
            return []
        try:
            waited = await self._store.read(lambda tx: waits_of(tx, self._queues))
        except (BridgeError, RuntimeError):  # the latter from one that is being closed
            return []
        return [
            QueueLate(queue, int(seconds)) if seconds > self._late_s else QueueOnTime(queue)
            for queue, seconds in waited.items()
        ]
