"""The places of one upstream over all workers: the same promise as `Slots`, kept by whoever decides on the bus.

Each worker bounds its own queue by its part of the whole.
"""

from __future__ import annotations

import math

from bridge.clock import Clock
from bridge.errors import Overloaded
from bridge.layers.limit import SMOOTHING
from bridge.store.bus import Places


class SharedSlots:
    """Like `Slots`; `workers` share the queue."""

    def __init__(self, places: Places, concurrency: int, queue: int, workers: int, clock: Clock) -> None:
        self._places, self._concurrency, self._clock = places, concurrency, clock
        self._patient = queue > 0
        self._asking_max = math.ceil(queue / workers) + concurrency
        self._mean_s = 0.0
        self.waiting = 0

    async def take(self, deadline: float) -> None:
        """Returns with a place held. Raises Overloaded when there is none in time."""
        if self.waiting >= self._asking_max:
            raise self._refused()
        self.waiting += 1
        try:
            wait_s = max(0.0, deadline - self._clock.monotonic()) if self._patient else 0.0
            if not await self._places.take(wait_s):
                raise self._refused()
        finally:
            self.waiting -= 1

    def give_back(self, held_s: float) -> None:
        self._mean_s += (held_s - self._mean_s) * SMOOTHING
        self._places.give_back()

    def _refused(self) -> Overloaded:
        until_free_s = self._mean_s * (self.waiting + 1) / self._concurrency
        return Overloaded(retry_after_s=max(1, math.ceil(until_free_s)))
