"""The limits of one upstream, put together from its settings: places, tokens, and what workers tell each other of them.

The tokens are those of the bus, which outlive a reload: a new configuration is no new burst.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from bridge.app.opening import Surroundings
from bridge.layers.adaptive import Adaptive
from bridge.layers.limit import LimitsSettings, Slots
from bridge.layers.rate import Rate
from bridge.store.bus import Bus, MemoryBus

ABOUT = {
    "waiting": "Calls that wait for their turn.",
    "in_use": "Calls that it works on.",
    "concurrency": "Calls that it gets at once at the most.",
    "tokens": "Calls that may leave at once by its rate, as far as known.",
}
"""What each upstream is watched for."""
_DIGITS_MAX = 20


class Limiting:
    """`slots` is what the layers need; `close` once. `shared`: over all who are on the bus."""

    def __init__(self, upstream: str, settings: LimitsSettings, around: Surroundings, *, shared: bool) -> None:
        self._bus = around.bus if around.bus is not None else MemoryBus(around.clock)
        self._topic = f"limit.{upstream}"
        adaptive = settings.concurrency.adaptive
        most = settings.concurrency.most
        self.slots = Slots(
            most,
            # Each worker lets its part of the whole wait.
            math.ceil(settings.queue / around.workers) if shared else settings.queue,
            around.clock,
            places=self._bus.places(self._topic, most) if shared else None,
            rate=_rate(upstream, settings, around, self._bus),
            adaptive=Adaptive(adaptive.min, adaptive.max) if adaptive else None,
            wait_s=settings.wait if settings.wait is not None else math.inf,
            background_every=settings.background_every,
            heed=settings.heed,
            upstream=upstream,
            emit=around.emit,
            paused=self._tell,
        )
        self._end: Callable[[], None] = self._bus.subscribe(self._topic, self._heard) if shared else lambda: None

    def _tell(self, pause_s: float) -> None:
        self._bus.publish(self._topic, b"%.3f" % pause_s)

    def _heard(self, data: bytes) -> None:
        if len(data) <= _DIGITS_MAX and data.replace(b".", b"", 1).isdigit():
            self.slots.pause(float(data))

    def figure(self, name: str) -> float | None:
        """One of ABOUT; None where it has no such thing."""
        slots = self.slots
        match name:
            case "waiting":
                return float(slots.waiting)
            case "in_use":
                return float(slots.in_use)
            case "concurrency":
                return float(slots.limit)
            case _:
                return slots.tokens if slots.has_rate else None

    def close(self) -> None:
        self._end()


def _rate(upstream: str, settings: LimitsSettings, around: Surroundings, bus: Bus) -> Rate:
    if settings.rate is None:
        return Rate(around.clock)
    burst = settings.burst_of_rate
    tokens = bus.tokens(f"rate.{upstream}", settings.rate, burst)
    return Rate(around.clock, tokens, settings.rate, burst)
