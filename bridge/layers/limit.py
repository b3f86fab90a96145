"""How much an upstream gets at once and in a time. Old systems fall over long before a modern front end tires.

A call without a place or a token waits in a bounded queue, never past its deadline; one that would wait too long is
refused at once, and told when to come back. Both belong to the upstream, so its operations share them.
"""

from __future__ import annotations

import asyncio

from bridge.call import Call, Reply, Service
from bridge.clock import Clock
from bridge.layers.limit_settings import LimitsSettings
from bridge.layers.limit_slots import Slots
from bridge.layers.streams import held

__all__ = ["Limited", "LimitsSettings", "Slots"]


class Limited:
    """A service that holds one of the upstream's places while it works, and until its stream is closed."""

    def __init__(self, inner: Service, slots: Slots, clock: Clock) -> None:
        self._inner, self._slots, self._clock = inner, slots, clock

    async def __call__(self, call: Call) -> Reply:
        await self._slots.take(call)
        began = self._clock.monotonic()

        def leave() -> None:
            self._slots.give_back(self._clock.monotonic() - began)

        try:
            reply = await self._inner(call)
        except (Exception, asyncio.CancelledError) as error:  # a cancelled call as well gives its place back
            self._slots.ended(call, began, error, None)
            leave()
            raise
        self._slots.ended(call, began, None, reply.meta.quota)
        return held(reply, leave)
