"""The order of the layers, on one page: outermost first, the reason on each line (STYLE 4).

A call passes them from the top; the answer comes back from the bottom.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.call import Service
from bridge.clock import Clock
from bridge.contracts import Emit, Operation
from bridge.layers.cache import Cached, CacheSettings, CacheStore
from bridge.layers.coalesce import Coalesced
from bridge.layers.deadline import WithDeadline
from bridge.layers.invalidate import Invalidating
from bridge.layers.keys import Keys
from bridge.layers.limit import Limited, LimitsSettings, Slots
from bridge.layers.retry import Retried, RetrySettings
from bridge.layers.tags import Purges
from bridge.layers.timeout import WithTimeout


@dataclass(frozen=True, slots=True)
class LayerSettings:
    """What a person wrote about one operation, defaults filled in."""

    limits: LimitsSettings = field(default_factory=LimitsSettings)
    retry: RetrySettings = field(default_factory=RetrySettings)
    cache: CacheSettings | None = None
    invalidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """What the operations of one upstream have in common. `store` is of the whole process; `purges` also tells the
    answers of this upstream from those of its predecessor after a reload."""

    clock: Clock
    emit: Emit
    store: CacheStore
    slots: Slots
    keys: Keys = field(default_factory=Keys)
    purges: Purges = field(default_factory=Purges)
    rng: random.Random = field(default_factory=random.SystemRandom)


def build(operation: Operation, service: Service, settings: LayerSettings, shared: Shared) -> Service:
    """The bare call of an operation, wrapped in everything that was declared for it."""
    clock, limits = shared.clock, settings.limits
    order: tuple[Callable[[Service], Service] | None, ...] = (
        _cache(operation, settings, shared),  # first: a kept answer costs and waits for nothing, and helps after a 504
        _invalidate(settings, shared),  # outside the deadline: a write that ran out of time may still have happened
        lambda inner: WithDeadline(inner, operation, limits.deadline, clock),  # bounds all that waits: everything below
        _coalesce(operation, settings, shared),  # inside the deadline: each waiter has his own patience
        lambda inner: Retried(
            inner, operation, settings.retry, clock, shared.emit, shared.rng
        ),  # one retry for a crowd
        lambda inner: Limited(inner, shared.slots, clock),  # inside retry: nobody keeps a place while he pauses
        lambda inner: WithTimeout(inner, operation, limits.timeout, clock),  # last: waiting for a place is no attempt
    )
    for layer in reversed(order):
        service = layer(service) if layer else service
    return service


def _cache(operation: Operation, settings: LayerSettings, shared: Shared) -> Callable[[Service], Service] | None:
    cache = settings.cache
    if cache is None or not operation.safe:
        return None
    return lambda inner: Cached(
        inner, operation, cache, shared.store, shared.keys, shared.purges, shared.clock, shared.emit
    )


def _invalidate(settings: LayerSettings, shared: Shared) -> Callable[[Service], Service] | None:
    templates = settings.invalidates
    return (lambda inner: Invalidating(inner, templates, shared.purges)) if templates else None


def _coalesce(operation: Operation, settings: LayerSettings, shared: Shared) -> Callable[[Service], Service] | None:
    cache = settings.cache
    if cache is None or not operation.safe:  # without a declared cache everybody gets an answer of his own asking
        return None
    return lambda inner: Coalesced(
        inner,
        shared.keys,
        shared.purges,
        shared.clock,
        public=cache.public,
        templates=cache.tags,
        deadline_s=settings.limits.deadline,
    )
