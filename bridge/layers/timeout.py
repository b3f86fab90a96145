"""The time one attempt may take, so that a slow one leaves time for another. Of a stream it is the time to its first
piece: how long the rest may take depends on who reads it.

The attempt is told when its time ends, since only it knows whether the request had left: a write that still waited for
a login has not happened. Whatever runs a moment longer is cancelled.
"""

from __future__ import annotations

import asyncio

from bridge.call import Call, Reply, Service
from bridge.clock import Clock
from bridge.contracts import Operation
from bridge.layers.deadline import GRACE_S, no_answer
from bridge.layers.streams import begun


class WithTimeout:
    """A service whose every attempt answers, or begins to, within `timeout_s`, and never later than the deadline."""

    def __init__(self, inner: Service, operation: Operation, timeout_s: float, clock: Clock) -> None:
        self._inner, self._operation, self._timeout_s, self._clock = inner, operation, timeout_s, clock

    async def __call__(self, call: Call) -> Reply:
        now = self._clock.monotonic()
        if call.deadline <= now:
            raise no_answer(self._operation, sent=False)
        ends = min(now + self._timeout_s, call.deadline)
        try:
            async with asyncio.timeout(ends - now + GRACE_S) as patience:
                return await begun(await self._inner(call.with_(deadline=ends)))
        except TimeoutError:
            if not patience.expired():
                raise
            raise no_answer(self._operation, sent=True) from None
