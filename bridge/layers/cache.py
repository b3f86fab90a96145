"""Answers kept for a while: the encoded bytes, under a key made of what was asked and who asked.

Only operations declared `safe` come here, only good answers are kept, and the whole store is bounded in bytes.
With `stale` an old answer is served when the upstream cannot give a new one (RFC 5861), and says so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated

from cachetools import TLRUCache
from pydantic import AfterValidator, Field

from bridge.call import Call, Reply, Service
from bridge.clock import Clock
from bridge.contracts import Emit, Operation
from bridge.errors import CallError, Fault, Stopping, Unavailable, UpstreamError
from bridge.events import CacheUsed
from bridge.layers.coalesce import COLLAPSED
from bridge.layers.keys import Key, Keys, arguments
from bridge.layers.tags import Purges, Tag, check_template, tags
from bridge.settings import Bytes, DurationS, Settings

_ENTRY_OVERHEAD_BYTES = 1400  # key, reply, tags and the place in the store: 1.2 to 1.4 kB by tracemalloc


class CacheSettings(Settings):
    """How long the answers of one operation are kept, and for whom."""

    ttl: DurationS = Field(gt=0, examples=["60s"])
    """How long an answer is served without asking the upstream."""
    stale: DurationS = Field(default=0.0, ge=0, examples=["10m"])
    """How long after `ttl` an old answer may still be served when the upstream fails or cannot be reached."""
    public: bool = Field(default=False, examples=[True])
    """The answer is the same for every caller, so all share it. Otherwise each key has answers of its own."""
    tags: tuple[Annotated[str, AfterValidator(check_template)], ...] = Field(default=(), examples=[["order:{orderId}"]])
    """What an answer is about, with fields of the arguments. A write that `invalidates` such a tag makes it old."""


class CacheStoreSettings(Settings):
    """Where answers are kept."""

    memory: Bytes = Field(default=64_000_000, ge=1_000_000, examples=["64MB"])
    """Memory for answers of all upstreams together. The ones not used for longest give way first."""


@dataclass(slots=True)
class Entry:
    """One answer in the store."""

    reply: Reply
    stored_at: float
    fresh_until: float
    kept_until: float
    about: tuple[Tag, ...]
    seen_purge: int
    shown: Reply
    shown_age: float = -1.0


class CacheStore:
    """All answers of this process, bounded in bytes; the least recently used give way."""

    def __init__(self, memory_bytes: int, clock: Clock) -> None:
        self._entries: TLRUCache[tuple[Purges, Key], Entry] = TLRUCache(
            maxsize=memory_bytes,
            ttu=lambda _key, entry, _now: entry.kept_until,
            timer=clock.monotonic,
            getsizeof=lambda entry: len(entry.reply.body) + _ENTRY_OVERHEAD_BYTES,
        )

    @property
    def used_bytes(self) -> int:
        return int(self._entries.currsize)

    def find(self, purges: Purges, key: Key) -> Entry | None:
        """The entry, unless it has ended or a write has made it old."""
        try:
            entry = self._entries[purges, key]
        except KeyError:
            return None
        if entry.seen_purge != purges.now:
            if purges.concern(entry.about, entry.seen_purge):
                del self._entries[purges, key]
                return None
            entry.seen_purge = purges.now
        return entry

    def put(self, purges: Purges, key: Key, entry: Entry) -> bool:
        """Whether it was kept: one answer may take at most an eighth of the store."""
        if (len(entry.reply.body) + _ENTRY_OVERHEAD_BYTES) * 8 > self._entries.maxsize:
            return False
        self._entries[purges, key] = entry
        return True


class Cached:
    """A service that answers from the store where it can."""

    def __init__(
        self,
        inner: Service,
        operation: Operation,
        settings: CacheSettings,
        store: CacheStore,
        keys: Keys,
        purges: Purges,
        clock: Clock,
        emit: Emit,
    ) -> None:
        self._inner, self._settings, self._clock, self._emit = inner, settings, clock, emit
        self._store, self._keys, self._purges = store, keys, purges
        # Events are values, so the same ones serve for every call.
        self._events = {
            result: CacheUsed(operation.upstream, operation.name, result)
            for result in ("hit", "miss", "stale", "coalesced", "bypass")
        }

    async def __call__(self, call: Call) -> Reply:
        if call.want != "json" or call.uploads:
            return await self._inner(call)
        key = self._keys.of(call, public=self._settings.public)
        entry = self._store.find(self._purges, key)
        if entry is not None and not call.no_cache:
            now = self._clock.monotonic()
            if now < entry.fresh_until:
                self._emit(self._events["hit"])
                return _hit(entry, now)
        return await self._forward(call, key, entry)

    def peek(self, call: Call) -> Reply | None:
        """A kept answer that is still fresh, at once; None when it takes asking. `used` tells that it went out."""
        if call.no_cache or call.want != "json" or call.uploads:
            return None
        entry = self._store.find(self._purges, self._keys.of(call, public=self._settings.public))
        now = self._clock.monotonic()
        return None if entry is None or now >= entry.fresh_until else _hit(entry, now)

    def used(self) -> None:
        self._emit(self._events["hit"])

    async def _forward(self, call: Call, key: Key, old: Entry | None) -> Reply:
        since = self._purges.now
        result = "bypass" if call.no_cache else "miss"
        try:
            reply = await self._inner(call)
            if reply.meta.cache == COLLAPSED:
                result = "coalesced"
            return self._kept(call, key, reply, since)
        except CallError as error:
            now = self._clock.monotonic()
            if old is None or now >= old.kept_until or not _stale_helps(error):
                raise
            result = "stale"
            return _stale(old, now)
        finally:
            self._emit(self._events[result])

    def _kept(self, call: Call, key: Key, reply: Reply, since: int) -> Reply:
        there = self._store.find(self._purges, key)
        if there is not None and there.reply.body is reply.body:  # another waiter of the same flight was faster
            return there.reply.with_meta(cache=COLLAPSED)
        about = tags(self._settings.tags, arguments(call.args)) if self._settings.tags else ()
        if reply.meta.status != 200 or self._purges.concern(about, since):
            return reply.with_meta(cache="fwd=miss")
        now = self._clock.monotonic()
        ttl_s = self._settings.ttl
        reply = reply.with_meta(cache="fwd=miss;stored", etag=strong_etag(reply.body), ttl_s=ttl_s, age_s=0.0)
        until = now + ttl_s
        entry = Entry(reply, now, until, until + self._settings.stale, about, self._purges.now, shown=reply)
        return reply if self._store.put(self._purges, key, entry) else reply.with_meta(cache="fwd=miss", ttl_s=None)


def _hit(entry: Entry, now: float) -> Reply:
    """The answer as a hit. Made once a second and not once a call: age and ttl are whole seconds in HTTP."""
    age = float(int(now - entry.stored_at))
    if entry.shown_age != age:
        entry.shown = entry.reply.with_meta(cache="hit", age_s=age, ttl_s=float(int(entry.fresh_until - now)))
        entry.shown_age = age
    return entry.shown


def _stale(entry: Entry, now: float) -> Reply:
    """The same after its time: a negative ttl says so (RFC 9211 §2.5)."""
    return entry.reply.with_meta(cache="hit", age_s=now - entry.stored_at, ttl_s=entry.fresh_until - now)


def _stale_helps(error: CallError) -> bool:
    """The upstream failed or could not be asked; not: it refused what was asked."""
    if isinstance(error, Fault):
        return error.retryable
    return isinstance(error, UpstreamError | Unavailable) and not isinstance(error, Stopping)


def strong_etag(body: bytes) -> str:
    """The validator of exactly these bytes (RFC 9110 §8.8.3)."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
