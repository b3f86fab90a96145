"""Callers who come at random and do not wait for each other, and what became of each of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.call import Call, Service, Trace
from bridge.contracts import Operation
from bridge.errors import CallError
from bridge.events import Event
from bridge.layers.breaker import Breakers, BreakerSettings
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.cache_store import CacheStore
from bridge.layers.limit import LimitsSettings, Slots
from bridge.layers.refreshing import Refreshing
from bridge.layers.retry import RetrySettings
from bridge.layers.retry_budget import RetryBudget
from bridge.layers.stack import LayerSettings, Shared, build
from tests.bridge.layers.world import LoopClock, passes
from tests.simulation.system import System

TRACE = Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


@dataclass(frozen=True, slots=True)
class Asked:
    """One caller: when he came, how long he waited, and the code of the problem that he got; "" is a good answer."""

    at: float
    took_s: float
    code: str


@dataclass
class Run:
    """What happened. Times are seconds since the start."""

    asked: list[Asked]
    system: System
    events: list[Event] = field(default_factory=list)

    def among(self, since: float, until: float) -> list[Asked]:
        return [one for one in self.asked if since <= one.at < until]

    def good(self, since: float, until: float) -> float:
        """The share of good answers to those who came then."""
        among = self.among(since, until)
        return sum(not one.code for one in among) / len(among)

    def amplification(self, since: float, until: float) -> float:
        """How often the system was asked for each caller."""
        return self.system.asked_between(since, until) / len(self.among(since, until))


def layered(
    operation: Operation,
    system: Service,
    settings: LayerSettings,
    events: list[Event],
    rng: random.Random,
    breaker: BreakerSettings | None,
    refreshing: Refreshing | None = None,
) -> Service:
    """The stack as the bridge builds it for an upstream of one operation. Whoever has a cache closes `refreshing`."""
    clock = LoopClock()
    limits = settings.limits
    breakers = None
    if breaker is not None:
        breakers = Breakers(operation.upstream, breaker.terms, clock, events.append, rng)
    shared = Shared(
        *(clock, events.append, CacheStore(10_000_000, clock)),
        slots=Slots(limits.concurrency.most, limits.queue, clock, upstream=operation.upstream, emit=events.append),
        rng=rng,
        budget=RetryBudget(settings.retry.budget),
        breakers=breakers,
        refreshing=refreshing or Refreshing(),
    )
    return build(operation, system, settings, shared)


def settings_of(limits: object = None, retry: object = None, cache: object = None) -> LayerSettings:
    return LayerSettings(
        LimitsSettings.model_validate(limits or {}),
        RetrySettings.model_validate(retry or {}),
        CacheSettings.model_validate(cache) if cache else None,
    )


async def run(
    service: Service,
    operation: Operation,
    system: System,
    *,
    per_s: float,
    lasts_s: float,
    rng: random.Random,
    events: list[Event],
    keys: Sequence[int] = (),
) -> Run:
    """Poisson arrivals. `keys`: whom they ask for, drawn with equal weight; without it each asks for another one."""
    loop = asyncio.get_running_loop()
    system.start()
    asked: list[Asked] = []

    async def one(number: int) -> None:
        came, code = system.now, ""
        args = b'{"orderId":%d}' % (rng.choice(keys) if keys else number)
        try:
            await service(Call(operation.id, args, loop.time() + 3600, TRACE))
        except CallError as error:
            code = error.code
        asked.append(Asked(came, system.now - came, code))

    callers = set()
    number = 0
    while system.now < lasts_s:
        callers.add(task := asyncio.create_task(one(number)))
        task.add_done_callback(callers.discard)
        number += 1
        await passes(rng.expovariate(per_s))
    await asyncio.gather(*callers)
    await system.close()
    asked.sort(key=lambda caller: caller.at)
    return Run(asked, system, events)
