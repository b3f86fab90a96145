"""The time one attempt may take, so that a slow one leaves time for another. Of a stream it is the time to its first
piece: how long the rest may take depends on who reads it."""

from __future__ import annotations

import asyncio

from bridge.call import Call, Reply, Service
from bridge.clock import Clock
from bridge.contracts import Operation
from bridge.layers.deadline import no_answer
from bridge.layers.streams import begun


class WithTimeout:
    """A service whose every attempt answers, or begins to, within `timeout_s`, and never later than the deadline."""

    def __init__(self, inner: Service, operation: Operation, timeout_s: float, clock: Clock) -> None:
        self._inner, self._operation, self._timeout_s, self._clock = inner, operation, timeout_s, clock

    async def __call__(self, call: Call) -> Reply:
        left_s = call.deadline - self._clock.monotonic()
        if left_s <= 0:
            raise no_answer(self._operation, sent=False)
        try:
            async with asyncio.timeout(min(self._timeout_s, left_s)) as patience:
                return await begun(await self._inner(call))
        except TimeoutError:
            if not patience.expired():
                raise
            raise no_answer(self._operation, sent=True) from None
