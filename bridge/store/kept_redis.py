"""What nodes share in Redis: values by name, each with an end, and for each room the log of what was purged in it.

A value knows the last purge before it was asked for; with it come all purges since, so that whoever reads it judges
whether it is old, and no purge that Redis has taken is missed. Redis slow or gone is nobody's wait: after PATIENCE_S
one goes on without, and for a while nobody asks it. A purge that it could not take is made good before anything of that
room is read again here. Knows names and bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from bridge.clock import Clock
from bridge.errors import StoreError
from bridge.store.kept_settings import KeptSettings

T = TypeVar("T")
PATIENCE_S = 0.05
REST_FIRST_S, REST_MAX_S = 0.25, 5.0
LOG_MAX = 1000
"""How many purges a value may have missed and still be judged; beyond that it is old."""
WRITES_MAX = 100
CONNECTIONS_MAX = 16
_NUMBER_CHARS = 16

_FIND = """
local now, log, empty = tonumber(redis.call('GET', KEYS[2]) or '0'), {}, {}
if redis.call('STRLEN', KEYS[1]) > tonumber(ARGV[1]) then return {now, 0, '', empty} end
local value = redis.call('GET', KEYS[1])
if not value then return {now, 0, '', empty} end
local missed = now - tonumber(string.sub(value, 1, 16))
if missed < 0 or missed > tonumber(ARGV[2]) then return {now, 0, '', empty} end
if missed > 0 then log = redis.call('LRANGE', KEYS[3], 0, missed - 1) end
if #log < missed then return {now, 0, '', empty} end
return {now, redis.call('PTTL', KEYS[1]), string.sub(value, 17), log}
"""
# A number that was lost never comes again: it begins at the time, in microseconds.
_PURGE = """
local time = redis.call('TIME')
redis.call('SET', KEYS[1], time[1] .. string.format('%06d', time[2]), 'NX')
redis.call('INCR', KEYS[1])
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[2]) - 1)
return 1
"""


@dataclass(frozen=True, slots=True)
class Found:
    """`mark`: the last purge of the room, for whoever goes on to ask. `data`: the value, None when there is none; its
    end is in `left_s`; `purges` since it was asked for, the latest first."""

    mark: int
    data: bytes | None = None
    left_s: float = 0.0
    purges: Sequence[bytes] = ()


class RedisKept:
    """`close` once. `everything` is the purge of all there is in a room; `told(state)`: gone, back."""

    def __init__(
        self,
        settings: KeptSettings,
        clock: Clock,
        everything: bytes,
        told: Callable[[str], None],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Raises ValueError when a secret cannot be used."""
        password = settings.password.reveal() if settings.password else None
        self._pool = BlockingConnectionPool.from_url(
            settings.url, password=password, max_connections=CONNECTIONS_MAX, timeout=patience_s,
            socket_connect_timeout=1.0, socket_timeout=1.0,
        )  # fmt: skip
        self._client = Redis(connection_pool=self._pool)
        self._seal, self._prefix, self._bytes_max = settings.seal(), f"{settings.prefix}:kept", settings.answer
        self._clock, self._everything, self._told, self._patience_s = clock, everything, told, patience_s
        self._rest_s, self._resting_until, self._trying = 0.0, 0.0, False
        self._owed: dict[str, asyncio.Task[None]] = {}
        self._writes: set[asyncio.Task[None]] = set()

    @property
    def there(self) -> bool:
        """Whether it answered when it was last asked."""
        return not self._rest_s

    @property
    def owes(self) -> bool:
        """Whether a purge is still to be written down."""
        return bool(self._owed)

    async def find(self, room: str, name: str) -> Found | None:
        """None when it cannot be asked now."""
        if room in self._owed:
            return None
        place = self._place(room, name)
        keys = [place, self._number(room), self._log(room)]
        words = [self._bytes_max * 2 + 4096, LOG_MAX]
        answer = await self._asked(lambda: self._client.eval(_FIND, len(keys), *keys, *words))
        if answer is None or room in self._owed:
            return None
        mark, left_ms, data, purges = answer
        if not data or left_ms <= 0:
            return Found(int(mark))
        try:
            return Found(int(mark), self._seal.open(data, place=place), left_ms / 1000, purges)
        except StoreError:  # not ours, or changed: as if it were not there
            return Found(int(mark))

    def put(self, room: str, name: str, data: bytes, kept_s: float, mark: int) -> bool:
        """Whether it is on its way: soon, and nobody waits for it."""
        if len(data) > self._bytes_max or len(self._writes) >= WRITES_MAX or room in self._owed or kept_s < 0.001:
            return False
        place = self._place(room, name)
        value = f"{mark:0{_NUMBER_CHARS}d}".encode() + self._seal.shut(data, place=place)
        self._soon(lambda: self._client.set(place, value, px=int(kept_s * 1000)))
        return True

    def drop(self, room: str, name: str) -> None:
        """The value is wrong."""
        self._soon(lambda: self._client.delete(self._place(room, name)))

    async def purge(self, room: str, data: bytes) -> bool:
        """Whether it is written down. If not, all of the room is purged as soon as that can be done."""
        if await self._purged(room, data):
            return True
        if room not in self._owed:
            self._owed[room] = asyncio.create_task(self._pay(room), name=f"purge {room}")
        return False

    async def written(self) -> None:
        """Returns when what was put so far is there, or was given up."""
        await asyncio.gather(*self._writes)

    async def close(self) -> None:
        for task in (tasks := [*self._owed.values(), *self._writes]):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(RedisError, OSError):
            await self._client.aclose()
            await self._pool.aclose()

    # ── within ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _place(self, room: str, name: str) -> str:
        return f"{self._prefix}:{room}:{name}"

    def _number(self, room: str) -> str:
        return f"{self._prefix}-purges:{room}:number"

    def _log(self, room: str) -> str:
        return f"{self._prefix}-purges:{room}:log"

    async def _purged(self, room: str, data: bytes) -> bool:
        keys = [self._number(room), self._log(room)]
        return await self._asked(lambda: self._client.eval(_PURGE, len(keys), *keys, data, LOG_MAX)) is not None

    async def _pay(self, room: str) -> None:
        while not await self._purged(room, self._everything):
            await self._clock.sleep(REST_FIRST_S)
        del self._owed[room]

    def _soon(self, work: Callable[[], Awaitable[object]]) -> None:
        async def done() -> None:
            await self._asked(work)

        task = asyncio.create_task(done(), name="kept answer")
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """None when there is no answer in time. While it rests nobody asks; then one tries, and the others go by."""
        if self._rest_s and (self._trying or self._clock.monotonic() < self._resting_until):
            return None
        trial = self._trying = self._rest_s > 0
        try:
            async with asyncio.timeout(self._patience_s):
                answer = await ask()
        except (RedisError, OSError):  # a TimeoutError is one of the second kind
            self._rest()
            return None
        finally:
            self._trying = self._trying and not trial
        if self._rest_s:
            self._rest_s = 0.0
            self._told("back")
        return answer

    def _rest(self) -> None:
        if not self._rest_s:
            self._told("gone")
        self._rest_s = min(max(REST_FIRST_S, self._rest_s * 2), REST_MAX_S)
        self._resting_until = self._clock.monotonic() + self._rest_s
