"""How many calls an upstream gets at once. Old systems fall over long before a modern front end tires.

A call without a place waits in a bounded queue until its deadline; a full queue refuses at once, and says when to
come back. The places belong to the upstream, so its operations share them.
"""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

from pydantic import Field, model_validator

from bridge.call import Call, Reply, Service
from bridge.clock import Clock
from bridge.errors import Overloaded
from bridge.layers.streams import held
from bridge.settings import DurationS, Settings

SMOOTHING = 0.2  # weight of the latest call in the mean that Retry-After is reckoned from


class LimitsSettings(Settings):
    """What one upstream may be asked to bear, and how long anybody waits for it."""

    concurrency: int = Field(default=32, ge=1, le=10_000, examples=[4])
    """Calls under way at the same time; the others wait."""
    queue: int = Field(default=1000, ge=0, le=100_000, examples=[200])
    """Calls that may wait for a place. One more is refused with 503 and `Retry-After`."""
    timeout: DurationS = Field(default=20.0, gt=0, examples=["20s"])
    """Time for one attempt."""
    deadline: DurationS = Field(default=30.0, gt=0, examples=["30s"])
    """Time for the whole call, with every attempt and all waiting. The answer is sent by then, whatever it is."""

    @model_validator(mode="after")
    def _attempt_fits(self) -> LimitsSettings:
        if "timeout" in self.model_fields_set and self.timeout > self.deadline:
            raise ValueError("timeout is the time of one attempt and cannot be longer than deadline")
        return self


class Slots:
    """The places of one upstream."""

    def __init__(self, concurrency: int, queue: int, clock: Clock) -> None:
        self._free = asyncio.Semaphore(concurrency)
        self._concurrency, self._queue, self._clock = concurrency, queue, clock
        self._mean_s = 0.0
        self.waiting = 0

    async def take(self, deadline: float) -> None:
        """Returns with a place held. Raises Overloaded when there is none in time."""
        if not self._free.locked():
            await self._free.acquire()  # does not wait
            return
        if self.waiting >= self._queue:
            raise self._refused()
        self.waiting += 1
        try:
            async with asyncio.timeout(deadline - self._clock.monotonic()):
                await self._free.acquire()
        except TimeoutError:
            raise self._refused() from None
        finally:
            self.waiting -= 1

    def give_back(self, held_s: float) -> None:
        self._mean_s += (held_s - self._mean_s) * SMOOTHING
        self._free.release()

    def _refused(self) -> Overloaded:
        until_free_s = self._mean_s * (self.waiting + 1) / self._concurrency
        return Overloaded(retry_after_s=max(1, math.ceil(until_free_s)))


class Taking(Protocol):
    """Places, of this process or of all workers."""

    async def take(self, deadline: float) -> None: ...

    def give_back(self, held_s: float) -> None: ...


class Limited:
    """A service that holds one of the upstream's places while it works, and until its stream is closed."""

    def __init__(self, inner: Service, slots: Taking, clock: Clock) -> None:
        self._inner, self._slots, self._clock = inner, slots, clock

    async def __call__(self, call: Call) -> Reply:
        await self._slots.take(call.deadline)
        began = self._clock.monotonic()

        def leave() -> None:
            self._slots.give_back(self._clock.monotonic() - began)

        try:
            reply = await self._inner(call)
        except BaseException:  # a cancelled call as well gives its place back
            leave()
            raise
        return held(reply, leave)
