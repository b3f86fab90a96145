"""Asks Redis for tokens, places and locks: each question is a small task, and one that has to wait asks again when
somebody says that something is free, or a while later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bridge.clock import Clock
from bridge.store.bus import redis_scripts as scripts
from bridge.store.bus.arbiter import DEBT_S
from bridge.store.bus.asking import Asking
from bridge.store.bus.bucket import Bucket
from bridge.store.bus.messages import GIVEN, NO, QUEUED, Ask, Grant, LockAsk, PlaceAsk, RenewAsk, TokensAsk

LEASE_S = 10.0
AGAIN_S = 0.25
GIFT_MS = 5000
DOUBT_S = 1.0
_PRESENT = b"+"


class Decider:
    """`node` is us, among all. `free(word)` is to be called when somebody says on `channel` that something is free."""

    def __init__(self, client: Redis, prefix: str, node: str, clock: Clock, *, patience_s: float) -> None:
        self._client, self._prefix, self._node, self._clock = client, prefix, node, clock
        self.asking = Asking(self._ask, self._release, clock, (0, 1), patience_s)
        self.asking.silent = self._silent
        self.channel = f"{prefix}:free"
        self._down_until = 0.0
        # One that was too slow for a lock may be quick enough for a limit.
        self._silent_until = {False: 0.0, True: 0.0}
        self._asked: dict[int, Ask] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._waiting: dict[bytes, set[asyncio.Event]] = {}
        self._events: dict[int, asyncio.Event] = {}

    def free(self, word: bytes) -> None:
        for event in self._waiting.get(word.removeprefix(_PRESENT), ()):
            event.set()

    async def stay(self) -> None:
        """What we have is still ours. Raises RedisError."""
        held = self.asking.held
        for number, what in list(held.items()):
            if number in held and isinstance(what, PlaceAsk):
                key, member = self._place(what.name), self._member(number)
                await self._run(scripts.STAY, [key], [member, LEASE_S])
                if number not in held:  # given back meanwhile, and perhaps that was heard before this
                    await self._run(scripts.LEAVE, [key], [member, self.channel, key])

    async def close(self) -> None:
        tasks = [*self._tasks.values(), *self._leaving]
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.asking.lost()

    def _doubt(self) -> None:
        self._down_until = self._clock.monotonic() + DOUBT_S

    def _silent(self, what: Ask) -> None:
        self._silent_until[isinstance(what, TokensAsk | PlaceAsk)] = self._clock.monotonic() + DOUBT_S

    def _ask(self, number: int, what: Ask) -> bool:
        silent_until = self._silent_until[isinstance(what, TokensAsk | PlaceAsk)]
        if self._clock.monotonic() < max(self._down_until, silent_until):
            return False
        self._asked[number] = what
        task = self._tasks[number] = asyncio.create_task(self._answered(number, what))
        task.add_done_callback(lambda _: self._tasks.pop(number, None))
        return True

    async def _answered(self, number: int, what: Ask) -> None:
        try:
            grant = await self._decided(number, what)
        except (RedisError, OSError):
            self._doubt()
            self._asked.pop(number, None)  # if it was given all the same, that ends with its lease
            self.asking.answered(number, None)
            return
        if not isinstance(what, PlaceAsk | LockAsk):
            self._asked.pop(number, None)
        elif number not in self._asked:  # it came when nobody wanted it any more
            await self._left(number, what, None)
        self.asking.answered(number, grant)

    async def _decided(self, number: int, what: Ask) -> Grant:
        match what:
            case TokensAsk():
                return await self._tokens(what)
            case PlaceAsk():
                asked = lambda: self._run(  # noqa: E731  the question that is asked until it is answered
                    scripts.PLACE, [self._place(what.name)], [self._member(number), what.size, LEASE_S]
                )
                return GIVEN if await self._until(number, self._place(what.name), asked) else NO
            case LockAsk():
                return await self._lock(number, what)
            case RenewAsk():
                lock = self._asked.get(what.number)
                if not isinstance(lock, LockAsk):
                    return NO
                ms = int(lock.ttl_s * 1000)
                done = await self._run(scripts.RENEW, [self._locks(lock.name)], [self._member(what.number), ms])
                return GIVEN if done else NO

    async def _tokens(self, ask: TokensAsk) -> Grant:
        bucket = Bucket.lending(ask.rate_per_s, ask.burst, 0.0, full=not ask.known, debt_s=DEBT_S)
        words = [ask.rate_per_s, bucket.size, ask.count, ask.wanted, bucket.tokens]
        taken, again_us, left = await self._run(scripts.TOKENS, [f"{self._prefix}:tokens:{ask.name}"], words)
        if taken:
            return Grant("given", taken, left=left / 1000)
        return Grant("no", again_s=max(0.001, again_us / 1e6), left=left / 1000)

    async def _lock(self, number: int, what: LockAsk) -> Grant:
        key, fence = self._locks(what.name), f"{self._prefix}:fence"
        words = [self._member(number), int(what.ttl_s * 1000)]
        got = await self._until(number, key, lambda: self._run(scripts.LOCK, [key, fence], words), gift=what.gift)
        return Grant("given", gift=got) if isinstance(got, bytes) else Grant("given", fence=got)

    async def _until(
        self, number: int, word: str, asked: Callable[[], Coroutine[Any, Any, int]], *, gift: bool = False
    ) -> int | bytes:
        """Asks until the answer is not 0, or until there is a present."""
        event = self._events[number] = asyncio.Event()
        waiting = self._waiting.setdefault(word.encode(), set())
        waiting.add(event)
        try:
            while not (got := await asked()) and number in self._asked:
                self.asking.answered(number, QUEUED)
                woken = await self._woken(event)
                if woken and gift and (present := await self._client.get(f"{word}:gift")):
                    return cast("bytes", present).removeprefix(_PRESENT)  # no `decode_responses`
            return got
        finally:
            waiting.discard(event)
            del self._events[number]
            if not waiting:
                self._waiting.pop(word.encode(), None)

    async def _woken(self, event: asyncio.Event) -> bool:
        try:
            async with asyncio.timeout(AGAIN_S):
                await event.wait()
        except TimeoutError:
            return False
        event.clear()
        return True

    def _release(self, number: int, gift: bytes | None) -> None:
        """A question under way is not cut off: what it may bring goes back behind it, and never overtakes it."""
        what = self._asked.pop(number, None)
        task = self._tasks.get(number)
        if task is not None and not task.done():
            if event := self._events.get(number):
                event.set()
            return
        if isinstance(what, PlaceAsk | LockAsk):
            leaving = asyncio.create_task(self._left(number, what, gift))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def _left(self, number: int, what: PlaceAsk | LockAsk, gift: bytes | None) -> None:
        member = self._member(number)
        try:
            if isinstance(what, PlaceAsk):
                key = self._place(what.name)
                await self._run(scripts.LEAVE, [key], [member, self.channel, key])
                return
            key = self._locks(what.name)
            present = b"" if gift is None else _PRESENT + gift
            await self._run(scripts.FREE, [key, f"{key}:gift"], [member, self.channel, key, present, GIFT_MS])
        except (RedisError, OSError):
            self._doubt()  # it ends by itself, with its lease

    def _member(self, number: int) -> str:
        return f"{self._node}:{number}"

    def _place(self, name: str) -> str:
        return f"{self._prefix}:places:{name}"

    def _locks(self, name: str) -> str:
        return f"{self._prefix}:lock:{name}"

    async def _run(self, script: str, keys: list[str], words: list[Any]) -> Any:
        return await self._client.eval(script, len(keys), *keys, *words)
