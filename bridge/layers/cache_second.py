"""The second level: kept answers that several nodes share, behind those that each keeps in its own memory.

What comes from there is as old as it says, belongs to the same caller, and is dropped when a write since then concerns
it: it is served by the same rules as what is kept here. Without it everybody goes on alone.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from bridge.call import Meta, Reply
from bridge.clock import Clock
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.cache_store import Entry, entry_of, entry_of_fault
from bridge.layers.kept_fault import KeptFault
from bridge.layers.keys import Key, name_of
from bridge.layers.tags import Purges, Tag, read, written

VERSION = 1
CLOCK_S_MAX = 1.0
"""Whatever is younger than new by more than that was kept by a clock that has jumped."""


class Found(Protocol):
    """See store/kept_redis.py."""

    @property
    def mark(self) -> int: ...
    @property
    def data(self) -> bytes | None: ...
    @property
    def left_s(self) -> float: ...
    @property
    def purges(self) -> Sequence[bytes]: ...


class SharedAnswers(Protocol):
    """Where nodes share bytes by name; a room is an upstream."""

    async def find(self, room: str, name: str) -> Found | None: ...
    def put(self, room: str, name: str, data: bytes, kept_s: float, mark: int) -> bool: ...
    def drop(self, room: str, name: str) -> None: ...
    async def purge(self, room: str, data: bytes) -> bool: ...


class Laid(msgspec.Struct, frozen=True, array_like=True):
    """An answer, or a fault, on its way. `kept_s`: how long it was to be kept in all when it was laid down."""

    version: int
    body: bytes
    attempts: int
    tolerances: dict[str, int]
    fault: KeptFault | None
    kept_s: float
    about: list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Looked:
    """`mark` None: it could not be asked, and nothing is to be laid down there."""

    mark: int | None = None
    entry: Entry | None = None


NOTHING = Looked()


class SecondLevel:
    """Of one upstream. `generation` tells settings apart: answers under others are others."""

    def __init__(self, answers: SharedAnswers, upstream: str, generation: str, purges: Purges, clock: Clock) -> None:
        self._answers, self._upstream, self._generation = answers, upstream, generation
        self._purges, self._clock = purges, clock
        self._asking: dict[Key, asyncio.Task[Looked]] = {}

    async def find(self, key: Key, settings: CacheSettings) -> Looked:
        """Of many who look for the same one goes; the others get what he gets."""
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._found(key, settings), name="second level")
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(task)

    def put(self, key: Key, entry: Entry, mark: int) -> None:
        now = self._clock.monotonic()
        kept_s = entry.kept_until - entry.stored_at
        meta = entry.reply.meta
        about = [(one.text, one.open) for one in entry.about]
        laid = Laid(
            *(VERSION, entry.reply.body, meta.attempts, dict(meta.tolerances)),
            *(entry.fault, kept_s, about),
        )
        data = msgspec.msgpack.encode(laid)
        self._answers.put(self._upstream, self._name(key), data, entry.kept_until - now, mark)

    def drop(self, key: Key) -> None:
        self._answers.drop(self._upstream, self._name(key))

    async def purge(self, purged: Sequence[Tag]) -> bool:
        return await self._answers.purge(self._upstream, written(purged))

    async def _found(self, key: Key, settings: CacheSettings) -> Looked:
        since = self._purges.now
        found = await self._answers.find(self._upstream, self._name(key))
        if found is None:
            return NOTHING
        if found.data is None:
            return Looked(found.mark)
        try:
            laid = msgspec.msgpack.decode(found.data, type=Laid)
            purged = [one for data in found.purges for one in read(data)]
        except msgspec.MsgspecError:  # of another version
            return Looked(found.mark)
        about = tuple(Tag(text, is_open) for text, is_open in laid.about)
        old = name_of(key) not in about or any(purge.concerns(one) for purge in purged for one in about)
        if old or laid.version != VERSION or self._purges.concern(about, since):
            return Looked(found.mark)
        return Looked(found.mark, self._entry(laid, found.left_s, about, settings))

    def _entry(self, laid: Laid, left_s: float, about: tuple[Tag, ...], settings: CacheSettings) -> Entry | None:
        age_s, now = laid.kept_s - left_s, self._clock.monotonic()
        if age_s < -CLOCK_S_MAX:
            return None
        age_s = max(0.0, age_s)
        if laid.fault is None:
            reply = Reply(laid.body, Meta(attempts=laid.attempts, tolerances=laid.tolerances))
            entry = entry_of(reply, settings, now, about, self._purges.now, age_s=age_s)
        else:
            ttl_s = settings.negative.get(laid.fault.name, 0.0)
            entry = entry_of_fault(laid.fault, ttl_s, now, about, self._purges.now, age_s=age_s)
        return entry if now < entry.kept_until else None

    def _name(self, key: Key) -> str:
        operation, who, digest, headers = key
        words = (self._generation, operation, who, digest.hex(), headers)
        return hashlib.blake2b(msgspec.json.encode(words), digest_size=24).hexdigest()
