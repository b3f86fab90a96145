"""Decides for all: who has which lock, whose turn it is at a place, how many tokens there are. Pure but for the clock.

Whoever asks is a pair (who, number). What he got he gives back by the same pair; a peer that is gone gives back all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.clock import Clock
from bridge.store.bus.bucket import Bucket
from bridge.store.bus.messages import GIVEN, NO, QUEUED, Ask, Grant, LockAsk, PlaceAsk, RenewAsk, TokensAsk

NAMES_MAX = 100_000
DEBT_S = 1.0
Who = tuple[int, int]
Tell = Callable[[Who, Grant], None]


@dataclass(slots=True)
class _Lock:
    holder: Who
    fence: int
    ttl_s: float
    until: float
    waiting: dict[Who, LockAsk] = field(default_factory=dict)


@dataclass(slots=True)
class _Places:
    size: int
    holders: set[Who] = field(default_factory=set)
    waiting: dict[Who, None] = field(default_factory=dict)


class Arbiter:
    """`tell` takes what is decided later than it was asked. Call `sweep` now and then: locks that ran out go on."""

    def __init__(self, clock: Clock, tell: Tell, *, lends: bool = True) -> None:
        self._clock, self._tell, self._lends = clock, tell, lends
        self._locks: dict[str, _Lock] = {}
        self._places: dict[str, _Places] = {}
        self._buckets: dict[str, Bucket] = {}
        self._of: dict[Who, Ask] = {}
        self._fence = 0

    def ask(self, who: Who, what: Ask) -> Grant:
        match what:
            case TokensAsk():
                return self._tokens(what)
            case PlaceAsk():
                return self._place(who, what)
            case LockAsk():
                return self._lock(who, what)
            case RenewAsk():
                return self._renew((who[0], what.number))

    def release(self, who: Who, gift: bytes | None = None) -> None:
        """He neither has nor wants it any more. `gift`: for those who wait for his lock and take one."""
        match self._of.pop(who, None):
            case PlaceAsk(name=name):
                self._leave_place(name, who)
            case LockAsk(name=name):
                self._leave_lock(name, who, gift)

    def claim(self, who: Who, what: PlaceAsk) -> None:
        """A place that he has from before: counted, even where that makes too many."""
        places = self._places.setdefault(what.name, _Places(what.size))
        places.holders.add(who)
        self._of[who] = what

    def gone(self, peer: int) -> None:
        for who in [each for each in self._of if each[0] == peer]:
            self.release(who)

    def sweep(self) -> None:
        now = self._clock.monotonic()
        for name, lock in [pair for pair in self._locks.items() if pair[1].until <= now]:
            self._of.pop(lock.holder, None)
            self._leave_lock(name, lock.holder, None)

    def _tokens(self, ask: TokensAsk) -> Grant:
        now = self._clock.monotonic()
        bucket = self._buckets.get(ask.name)
        if bucket is None or bucket.rate_per_s != ask.rate_per_s:
            self._make_room(now)
            fresh = bucket is None and not ask.known
            debt_s = 0.0 if bucket else DEBT_S
            made = Bucket.lending(ask.rate_per_s, ask.burst, now, full=fresh, debt_s=debt_s, lends=self._lends)
            bucket = self._buckets[ask.name] = made
        count = bucket.take(ask.count, ask.wanted, now)
        if count:
            return Grant("given", count, left=bucket.tokens)
        return Grant("no", again_s=bucket.again_s(ask.count, now), left=bucket.tokens)

    def _make_room(self, now: float) -> None:
        """A full bucket is as good as a new one. Where there are none, those go that were made first."""
        if len(self._buckets) < NAMES_MAX:
            return
        kept = [(name, one) for name, one in self._buckets.items() if not one.is_full(now)]
        self._buckets = dict(kept[-(NAMES_MAX - NAMES_MAX // 4) :])

    def _place(self, who: Who, ask: PlaceAsk) -> Grant:
        places = self._places.get(ask.name)
        if places is None:
            if len(self._places) >= NAMES_MAX:
                return NO
            places = self._places[ask.name] = _Places(ask.size)
        if ask.size != places.size:
            places.size = ask.size
            self._fill(places)
        self._of[who] = ask
        if len(places.holders) < places.size and not places.waiting:
            places.holders.add(who)
            return GIVEN
        places.waiting[who] = None
        return QUEUED

    def _leave_place(self, name: str, who: Who) -> None:
        places = self._places[name]
        places.holders.discard(who)
        places.waiting.pop(who, None)
        self._fill(places)
        if not places.holders and not places.waiting:
            del self._places[name]

    def _fill(self, places: _Places) -> None:
        while places.waiting and len(places.holders) < places.size:
            following = next(iter(places.waiting))
            del places.waiting[following]
            places.holders.add(following)
            self._tell(following, GIVEN)

    def _lock(self, who: Who, ask: LockAsk) -> Grant:
        lock = self._locks.get(ask.name)
        if lock is None:
            if len(self._locks) >= NAMES_MAX:
                return NO
            self._of[who] = ask
            return Grant("given", fence=self._hold(ask.name, who, ask, {}))
        self._of[who] = ask
        lock.waiting[who] = ask
        return QUEUED

    def _hold(self, name: str, who: Who, ask: LockAsk, waiting: dict[Who, LockAsk]) -> int:
        # By the wall clock, so that a fence stays the highest after whoever decides has been started anew.
        self._fence = max(self._fence + 1, int(self._clock.wall() * 1_000_000))
        until = self._clock.monotonic() + ask.ttl_s
        self._locks[name] = _Lock(who, self._fence, ask.ttl_s, until, waiting)
        return self._fence

    def _leave_lock(self, name: str, who: Who, gift: bytes | None) -> None:
        lock = self._locks.get(name)
        if lock is None:
            return
        if lock.holder != who:
            lock.waiting.pop(who, None)
            return
        waiting = lock.waiting
        if gift is not None:
            for each in [who for who, ask in waiting.items() if ask.gift]:
                del waiting[each]
                self._of.pop(each, None)
                self._tell(each, Grant("given", gift=gift))
        del self._locks[name]
        if waiting:
            following = next(iter(waiting))
            ask = waiting.pop(following)
            self._tell(following, Grant("given", fence=self._hold(name, following, ask, waiting)))

    def _renew(self, who: Who) -> Grant:
        ask = self._of.get(who)
        lock = self._locks.get(ask.name) if isinstance(ask, LockAsk) else None
        if lock is None or lock.holder != who:
            return NO
        lock.until = self._clock.monotonic() + lock.ttl_s
        return GIVEN
