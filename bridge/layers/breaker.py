"""Nobody asks a system that only fails: a breaker for each operation, and one for the upstream as a whole.

It stands outside of the limit, so that whoever is turned away has waited for nothing; what it measures is the attempt
by itself, of which a second part inside of the limit takes the time. What is a failure stands in transient.py.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from bridge.call import Call, Reply, Service, Stopwatch
from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import BreakerOpen, CallError, OutcomeUnknown, UpstreamTimeout
from bridge.events_calls import BreakerChanged
from bridge.layers.breaker_state import Breaker, Mode, Permit, State, Terms
from bridge.layers.breaker_window import Counts
from bridge.layers.transient import Health, row_of
from bridge.settings import DurationS, Settings, Share

WHOLE = ""
"""The name of the breaker of the upstream as a whole."""
OTHERS_MIN = 3
"""So many calls of other operations than the worst one say something about the whole."""
_PATIENT = 0.5
"""An attempt that had less than this part of its usual time says nothing by running out of it."""


class BreakerSettings(Settings):
    """When a system is given a rest. Each operation is watched by itself, and the whole upstream."""

    window: DurationS = Field(default=30.0, ge=1, le=3600, examples=["30s"])
    """The time that is looked back on."""
    calls_min: int = Field(default=20, ge=1, le=100_000, examples=[10])
    """With fewer attempts in that time nothing is concluded."""
    failures: Share = Field(default=0.5, gt=0, examples=["50%"])
    """It opens when so many of them failed. What the request is to blame for (4xx, faults of the business) does not
    count as a failure."""
    slow: DurationS | None = Field(default=None, gt=0, examples=["10s"])
    """An attempt that takes this long is a slow one, also if it ends well. Without it none is."""
    slow_rate: Share = Field(default=0.8, gt=0, examples=["80%"])
    """It opens as well when so many of them were slow."""
    open: DurationS = Field(default=5.0, ge=0.1, le=3600, examples=["15s"])
    """How long it stays open before it lets trial calls through; drawn between three quarters of that and all of it."""
    trials: int = Field(default=3, ge=1, le=1000, examples=[3])
    """So many calls are let through then. If half of them fail (see `failures`) it opens again, else it closes."""

    @property
    def terms(self) -> Terms:
        return Terms(
            *(self.window, self.calls_min, self.failures, self.slow, self.slow_rate, self.open, self.trials),
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """A breaker as it is shown. `for_s`: how much longer it is open; the counts are those of its window."""

    upstream: str
    operation: str
    state: State
    mode: Mode
    for_s: float
    calls: int
    bad: int
    slow: int


class Breakers:
    """Those of one upstream, with the terms that all of them go by."""

    def __init__(self, upstream: str, terms: Terms, clock: Clock, emit: Emit, rng: random.Random) -> None:
        self.upstream, self.terms = upstream, terms
        self._clock, self._emit, self._rng = clock, emit, rng
        self._each: dict[str, Breaker] = {}
        self.whole = self._made(WHOLE)

    def of(self, operation: str) -> Breaker:
        """Made when it is first asked for."""
        if operation == WHOLE:
            return self.whole
        if operation not in self._each:
            self._each[operation] = self._made(operation)
        return self._each[operation]

    @property
    def names(self) -> tuple[str, ...]:
        """The whole, and each operation."""
        return (WHOLE, *self._each)

    def admit(self, operation: str) -> tuple[Permit, Permit]:
        """Raises BreakerOpen. Else `ended` follows."""
        own, now = self._each[operation], self._clock.monotonic()
        permit = own.admit(now)
        if permit is None:
            raise _refused(own, now)
        over_all = self.whole.admit(now)
        if over_all is None:
            own.ended(permit, now, "nothing")
            raise _refused(self.whole, now)
        return permit, over_all

    def ended(self, operation: str, permits: tuple[Permit, Permit], health: Health, took_s: float) -> None:
        now, slow_s = self._clock.monotonic(), self.terms.slow_s
        slow = slow_s is not None and took_s >= slow_s
        self._each[operation].ended(permits[0], now, health, slow=slow)
        self.whole.ended(permits[1], now, health, slow=slow)

    def hand(self, operation: str, mode: Mode) -> None:
        """A person sets one of them, the whole by `WHOLE`."""
        self.of(operation).hand(mode, self._clock.monotonic())

    def seen(self) -> Iterator[Seen]:
        """The whole, and those that somebody has come to or set."""
        now = self._clock.monotonic()
        for operation, one in ((WHOLE, self.whole), *sorted(self._each.items())):
            if operation == WHOLE or one.touched or one.mode != "auto":
                counts, for_s = one.counts(now), one.until - now if one.state == "open" else 0.0
                state: State = "half-open" if one.state == "open" and one.mode == "auto" and for_s <= 0 else one.state
                yield Seen(
                    *(self.upstream, operation, state, one.mode, max(0.0, for_s)),
                    *(counts.calls, counts.bad, counts.slow),
                )

    def _made(self, operation: str) -> Breaker:
        def told(state: State, why: str, for_s: float) -> None:
            self._emit(BreakerChanged(self.upstream, operation, state, why, for_s))

        if operation == WHOLE:
            return Breaker(self.terms, self._rng.uniform, told, self._beyond_one)
        return Breaker(self.terms, self._rng.uniform, told)

    def _beyond_one(self, now: float) -> bool:
        """Whether the upstream is as ill without its worst operation, for which that one's own breaker is enough."""
        each = [one.counts(now) for one in self._each.values()]
        worst = max(each, key=lambda one: one.bad + one.slow, default=None)
        rest = Counts()
        for one in each:
            if one is not worst:
                rest.add(one)
        return rest.calls >= OTHERS_MIN and bool(self.terms.ill(rest))


class Guarded:
    """A service that is not asked while its breaker is open. `timeout_s`: the usual time of an attempt."""

    def __init__(self, inner: Service, operation: str, timeout_s: float, breakers: Breakers) -> None:
        self._inner, self._operation, self._timeout_s, self._breakers = inner, operation, timeout_s, breakers
        breakers.of(operation)

    async def __call__(self, call: Call) -> Reply:
        permits = self._breakers.admit(self._operation)
        watch = Stopwatch()
        health: Health = "nothing"
        try:
            reply = await self._inner(call.with_(watch=watch))
        except CallError as error:
            health = self._judged(error, watch)
            raise
        except asyncio.CancelledError:
            if watch.took_s >= watch.given_s and self._had_time(watch):
                health = "bad"  # it was cut off because its time was over, and not by a caller who left
            raise
        else:
            health = "good"
            return reply
        finally:
            self._breakers.ended(self._operation, permits, health, watch.took_s)

    def _judged(self, error: CallError, watch: Stopwatch) -> Health:
        if isinstance(error, UpstreamTimeout | OutcomeUnknown) and not self._had_time(watch):
            return "nothing"
        return row_of(error).health

    def _had_time(self, watch: Stopwatch) -> bool:
        return watch.given_s >= self._timeout_s * _PATIENT


class Measured:
    """The second part: takes the time of an attempt, and of nothing that it waits for before."""

    def __init__(self, inner: Service, clock: Clock) -> None:
        self._inner, self._clock = inner, clock

    async def __call__(self, call: Call) -> Reply:
        watch = call.watch
        if watch is None:
            return await self._inner(call)
        began = self._clock.monotonic()
        watch.given_s = call.deadline - began
        try:
            return await self._inner(call)
        finally:
            watch.took_s = self._clock.monotonic() - began


def _refused(breaker: Breaker, now: float) -> BreakerOpen:
    return BreakerOpen(retry_after_s=max(1.0, breaker.retry_after_s(now)))


def breakers_of(upstream: str, settings: BreakerSettings | Literal["off"], clock: Clock, emit: Emit) -> Breakers | None:
    """None where they are off."""
    if settings == "off":
        return None
    return Breakers(upstream, settings.terms, clock, emit, random.SystemRandom())


def switched(value: object) -> object:
    """In YAML 1.1 `off` is false."""
    return "off" if value is False else value
