"""The answers and faults that this process keeps, bounded in bytes; the least recently used give way.

Knows how long each may be served and which writes concern it; not what made it, and not what is in it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from cachetools import Cache, TLRUCache

from bridge.call import Reply, Wish
from bridge.clock import Clock
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.kept_fault import KeptFault
from bridge.layers.keys import Key
from bridge.layers.tags import Purges, Tag

_ENTRY_OVERHEAD_BYTES = 1400  # key, reply, tags and the place in the store: 1.2 to 1.4 kB by tracemalloc
NOTHING = Reply(b"")


@dataclass(slots=True)
class Entry:
    """One answer, or one fault, in the store. Times are those of the monotonic clock: `fresh_until`; until `swr_until`
    it is served while a new one is asked for, until `stale_until` when that fails; `ahead_at`: from then on it is asked
    for anew when it is in demand; `again_at`: not before that, after it failed."""

    reply: Reply
    fault: KeptFault | None
    stored_at: float
    fresh_until: float
    swr_until: float
    stale_until: float
    ahead_at: float
    about: tuple[Tag, ...]
    seen_purge: int
    again_at: float = 0.0
    asked: int = 0
    shown: Reply = NOTHING
    shown_age: float = -1.0

    @property
    def kept_until(self) -> float:
        return max(self.swr_until, self.stale_until)

    @property
    def size(self) -> int:
        held = self.fault.size if self.fault is not None else len(self.reply.body)
        return held + _ENTRY_OVERHEAD_BYTES

    def age_s(self, now: float) -> float:
        return max(0.0, now - self.stored_at)

    def left_s(self, now: float) -> float:
        """How long it is still fresh; negative when it is not (RFC 9211 §2.5)."""
        return self.fresh_until - now

    def fits(self, wish: Wish, now: float) -> bool:
        """Whether a client that wishes this may get it without anybody being asked (RFC 9111 §5.2.1)."""
        too_old = wish.max_age_s is not None and self.age_s(now) > wish.max_age_s
        left_s = self.left_s(now)
        if too_old or wish.no_store:
            return False
        if left_s > 0:
            return left_s >= wish.min_fresh_s
        return not wish.min_fresh_s and (wish.max_stale_s is None or -left_s <= wish.max_stale_s)


def entry_of(
    reply: Reply, settings: CacheSettings, now: float, about: tuple[Tag, ...], purge: int, *, age_s: float = 0.0
) -> Entry:
    """A good answer that is as old as this."""
    stored_at = now - age_s
    until = stored_at + settings.ttl
    ahead_at = math.inf if settings.ahead is None else stored_at + settings.ttl * settings.ahead
    meta = {"etag": strong_etag(reply.body), "ttl_s": settings.ttl, "age_s": 0.0}
    entry = Entry(
        *(reply.with_meta(cache="hit", **meta), None, stored_at, until, until + settings.swr, until + settings.stale),
        *(ahead_at, about, purge),
    )
    entry.shown = entry.reply
    return entry


def entry_of_fault(
    fault: KeptFault, ttl_s: float, now: float, about: tuple[Tag, ...], purge: int, *, age_s: float = 0.0
) -> Entry:
    """A fault is kept for its own time, and never longer."""
    until = now - age_s + ttl_s
    return Entry(NOTHING, fault, now - age_s, until, until, until, math.inf, about, purge)


class CacheStore:
    """All answers of this process."""

    def __init__(self, memory_bytes: int, clock: Clock) -> None:
        self._entries: TLRUCache[tuple[Purges, Key], Entry] = TLRUCache(
            maxsize=memory_bytes,
            ttu=lambda _key, entry, _now: entry.kept_until,
            timer=clock.monotonic,
            getsizeof=lambda entry: entry.size,
        )

    @property
    def used_bytes(self) -> int:
        return int(self._entries.currsize)

    @property
    def bytes_max(self) -> int:
        return int(self._entries.maxsize)

    def find(self, purges: Purges, key: Key) -> Entry | None:
        """The entry, unless it has ended or a write has made it old."""
        try:
            entry = self._entries[purges, key]
        except KeyError:
            return None
        if entry.seen_purge != purges.now:
            if purges.concern(entry.about, entry.seen_purge):
                self.forget(purges, key)
                return None
            entry.seen_purge = purges.now
        return entry

    def put(self, purges: Purges, key: Key, entry: Entry) -> bool:
        """Whether it was kept: one answer may take at most an eighth of the store."""
        if entry.size * 8 > self._entries.maxsize:
            return False
        self._entries[purges, key] = entry
        return True

    def forget(self, purges: Purges, key: Key) -> None:
        with suppress(KeyError):  # it may end at this very moment
            del self._entries[purges, key]

    def entries(self, purges: Purges) -> Iterator[tuple[Key, Entry]]:
        """What is kept of one upstream, without making anything of it look used."""
        self._entries.expire()
        for whose, key in list(self._entries):
            if whose is purges:
                entry = Cache.__getitem__(self._entries, (whose, key))
                if not purges.concern(entry.about, entry.seen_purge):
                    yield key, entry


def strong_etag(body: bytes) -> str:
    """The validator of exactly these bytes (RFC 9110 §8.8.3)."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
