"""The order of the layers, on one page: outermost first, the reason above each line (STYLE 4).

A call passes them from the top; the answer comes back from the bottom.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.call import Service
from bridge.clock import Clock
from bridge.contracts import Emit, Operation
from bridge.layers.again import Again, Terms
from bridge.layers.again_ask import Asking
from bridge.layers.again_ledger import Ledger
from bridge.layers.again_settings import IdempotencySettings, ReconcileSettings
from bridge.layers.breaker import Breakers, Guarded, Measured
from bridge.layers.cache import Cached
from bridge.layers.cache_second import SecondLevel
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.cache_store import CacheStore
from bridge.layers.coalesce import Coalesced
from bridge.layers.deadline import WithDeadline
from bridge.layers.explained import Explained, Timed
from bridge.layers.flight import OneFlight
from bridge.layers.invalidate import Invalidating
from bridge.layers.keys import Keys
from bridge.layers.limit import Limited, LimitsSettings, Slots
from bridge.layers.outcome import WithOutcome
from bridge.layers.record import Recorded, Recording
from bridge.layers.refreshing import Refreshing
from bridge.layers.retry import Retried, RetrySettings
from bridge.layers.retry_budget import RetryBudget
from bridge.layers.tags import Purges
from bridge.layers.timeout import WithTimeout
from bridge.layers.together import Together

BARE = "call"
"""What the bare call of an operation is named beside the layers."""
Wrap = Callable[[Service], Service]


@dataclass(frozen=True, slots=True)
class LayerSettings:
    """What a person wrote about one operation, defaults filled in."""

    limits: LimitsSettings = field(default_factory=LimitsSettings)
    retry: RetrySettings = field(default_factory=RetrySettings)
    cache: CacheSettings | None = None
    invalidates: tuple[str, ...] = ()
    idempotency: IdempotencySettings | None = None
    reconcile: ReconcileSettings | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """What the operations of one upstream have in common. `store` is of the whole process; `purges` also tells the
    answers of this upstream from those of its predecessor after a reload. Without a `journal` nothing is recorded.
    `together`: where there are other workers. `ledger`: where answers to keys are kept, if there is a store;
    `services`: the layered ones of this upstream, by the id of their operation."""

    clock: Clock
    emit: Emit
    store: CacheStore
    slots: Slots
    keys: Keys = field(default_factory=Keys)
    purges: Purges = field(default_factory=Purges)
    rng: random.Random = field(default_factory=random.SystemRandom)
    budget: RetryBudget = field(default_factory=RetryBudget)
    breakers: Breakers | None = None
    journal: Recording | None = None
    together: Together | None = None
    ledger: Ledger | None = None
    services: Callable[[str], Service | None] = lambda _: None
    refreshing: Refreshing = field(default_factory=Refreshing)
    second: SecondLevel | None = None


def build(operation: Operation, service: Service, settings: LayerSettings, shared: Shared) -> Service:
    """The bare call of an operation, wrapped in everything that was declared for it."""
    for _, layer in reversed(_order(operation, settings, shared)):
        service = layer(service)
    return service


def build_explained(operation: Operation, service: Service, settings: LayerSettings, shared: Shared) -> Service:
    """The same for calls that want to know where their time went: `Call.explain` is filled in."""
    order = _order(operation, settings, shared)
    service = Timed(service, BARE, shared.clock)
    for name, layer in reversed(order):
        service = Timed(layer(service), name, shared.clock)
    return Explained(service, (*(name for name, _ in order), BARE))


def _order(operation: Operation, settings: LayerSettings, shared: Shared) -> list[tuple[str, Wrap]]:
    clock, limits = shared.clock, settings.limits
    order: tuple[tuple[str, Wrap | None], ...] = (
        # first, of writes: what was answered before under its key is no new message, and outlives every deadline
        ("again", _again(operation, settings, shared)),
        # of reads: a kept answer costs and waits for nothing, and helps after a 504
        ("cache", _cache(operation, settings, shared)),
        # outside the deadline: what became of a write is written down, also that its time ran out
        ("record", _record(operation, shared) if not operation.safe else None),
        # inside record: what is written down is what the caller is told
        ("outcome", (lambda inner: WithOutcome(inner, operation)) if not operation.safe else None),
        # outside the deadline: a write that ran out of time may still have happened
        ("invalidate", _invalidate(settings, shared)),
        # bounds all that waits: everything below
        ("deadline", lambda inner: WithDeadline(inner, operation, limits.deadline, clock)),
        # inside the deadline: each waiter has his own patience
        ("coalesce", _coalesce(operation, settings, shared)),
        # inside coalesce: what was asked once is written down once
        ("record", _record(operation, shared) if operation.safe else None),
        # one retry for a crowd
        ("retry", _retry(operation, settings, shared)),
        # outside limit: while it is open nobody waits for a place or takes a token; inside retry: it counts each try
        ("breaker", _breaker(operation, settings, shared)),
        # inside retry: nobody keeps a place while he pauses, and each try takes a token of its own
        ("limit", lambda inner: Limited(inner, shared.slots, clock)),
        # inside limit: what the breaker goes by is the attempt by itself
        ("attempt", (lambda inner: Measured(inner, clock)) if shared.breakers is not None else None),
        # last: waiting for a place is no attempt
        ("timeout", lambda inner: WithTimeout(inner, operation, limits.timeout, clock)),
    )
    return [(name, layer) for name, layer in order if layer is not None]


def _retry(operation: Operation, settings: LayerSettings, shared: Shared) -> Wrap:
    clock, emit, rng, budget = shared.clock, shared.emit, shared.rng, shared.budget
    return lambda inner: Retried(inner, operation, settings.retry, clock, emit, rng, budget)


def _breaker(operation: Operation, settings: LayerSettings, shared: Shared) -> Wrap | None:
    breakers = shared.breakers
    if breakers is None:
        return None
    return lambda inner: Guarded(inner, operation.name, settings.limits.timeout, breakers)


def _again(operation: Operation, settings: LayerSettings, shared: Shared) -> Wrap | None:
    ledger, reconcile = shared.ledger, settings.reconcile
    if ledger is None or operation.safe:
        return None
    asking = Asking(operation.upstream, reconcile, shared.services, shared.clock) if reconcile else None
    terms = Terms(settings.idempotency or IdempotencySettings(), settings.limits.deadline, asking)
    return lambda inner: Again(inner, operation, terms, ledger)


def _cache(operation: Operation, settings: LayerSettings, shared: Shared) -> Wrap | None:
    cache = settings.cache
    if cache is None or not operation.safe:
        return None
    return lambda inner: Cached(
        *(inner, operation, cache, shared.store, shared.keys, shared.purges),
        *(shared.clock, shared.emit, shared.refreshing, shared.second),
    )


def _record(operation: Operation, shared: Shared) -> Wrap | None:
    journal = shared.journal
    return (lambda inner: Recorded(inner, operation, journal)) if journal is not None else None


def _invalidate(settings: LayerSettings, shared: Shared) -> Wrap | None:
    templates = settings.invalidates
    return (lambda inner: Invalidating(inner, templates, shared.purges, shared.together)) if templates else None


def _coalesce(operation: Operation, settings: LayerSettings, shared: Shared) -> Wrap | None:
    cache = settings.cache
    if cache is None or not operation.safe:  # without a declared cache everybody gets an answer of his own asking
        return None
    return lambda inner: Coalesced(
        _over_all(inner, cache, shared),
        shared.keys,
        shared.purges,
        shared.clock,
        public=cache.public,
        templates=cache.tags,
        deadline_s=settings.limits.deadline,
    )


def _over_all(inner: Service, cache: CacheSettings, shared: Shared) -> Service:
    """Once for this process, and with other workers once for all."""
    if shared.together is None:
        return inner
    return OneFlight(inner, shared.keys, shared.together, shared.clock, public=cache.public, templates=cache.tags)
