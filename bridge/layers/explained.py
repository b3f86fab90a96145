"""How long each layer took by itself, for a call that wants to be explained.

A second stack beside the usual one, so that calls nobody asks about pay nothing for it. What a layer waited for below
is not its own; of several attempts the times add up.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.call import Call, Explanation, Reply, Service
from bridge.clock import Clock


class Timed:
    """A service that notes how long it took, everything below included."""

    def __init__(self, inner: Service, name: str, clock: Clock) -> None:
        self._inner, self._name, self._clock = inner, name, clock

    async def __call__(self, call: Call) -> Reply:
        began = self._clock.monotonic()
        try:
            return await self._inner(call)
        finally:
            if call.explain is not None:
                times, took_s = call.explain.times, self._clock.monotonic() - began
                times[self._name] = times.get(self._name, 0.0) + took_s


class Explained:
    """The outermost: when the call has ended, what was noted becomes the own time of each layer, outermost first.

    `names` are those of the layers in their order, the bare call last. What the bare call noted of its steps stays.
    """

    def __init__(self, inner: Service, names: Sequence[str]) -> None:
        self._inner, self._names = inner, names

    async def __call__(self, call: Call) -> Reply:
        try:
            return await self._inner(call)
        finally:
            if call.explain is not None:
                self._settle(call.explain)

    def _settle(self, told: Explanation) -> None:
        took_s = [told.times.pop(name, 0.0) for name in self._names]
        steps = dict(told.times)
        below_s = [*took_s[1:], 0.0]
        told.times.clear()
        told.times.update(
            {name: max(0.0, own - below) for name, own, below in zip(self._names, took_s, below_s, strict=True)}
        )
        told.times.update(steps)
