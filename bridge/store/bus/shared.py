"""Tokens, places and locks as a worker uses them, over whoever decides; without him each keeps to its own share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import cast

from bridge.store.bus.asking import Asking
from bridge.store.bus.bucket import Bucket, lease_s
from bridge.store.bus.contract import DATA_BYTES_MAX, Heard, Held, Missed, Places, Tokens
from bridge.store.bus.messages import LockAsk, PlaceAsk, RenewAsk, TokensAsk
from bridge.store.bus.topics import Topics, check_name

RETRY_S = 0.1


class LentTokens:
    """Few questions for many tokens: as many are asked for as were used within the last lease."""

    def __init__(self, asking: Asking, name: str, rate_per_s: float, burst: int, *, lends: bool = True) -> None:
        self._asking, self._name, self._rate_per_s, self._burst = asking, name, rate_per_s, burst
        self._lease_s = lease_s(rate_per_s, burst) if lends else 0.0
        self._batch_max = max(1, int(rate_per_s * self._lease_s))
        self._left = self._used = 0
        self._until = 0.0
        self._known = False
        self._own: Bucket | None = None
        self.level = float(burst)

    async def take(self, count: int = 1) -> float:
        if count > self._burst:
            raise ValueError(f"{count} tokens at once, and a burst is {self._burst}")
        now = self._asking.clock.monotonic()
        if now >= self._until:
            self._left = 0
        if self._left < count:
            again_s = await self._lend(count, now)
            if again_s:
                return again_s
        self._left -= count
        self._used += count
        self.level -= count
        return 0.0

    async def _lend(self, count: int, now: float) -> float:
        wanted = max(count, min(self._batch_max, self._used * (2 if now < self._until else 1)))
        ask = TokensAsk(self._name, self._rate_per_s, self._burst, count, wanted, self._known)
        grant = await self._asking.ask(self._asking.number(), ask)
        if grant is None:
            return self._by_ourselves(count)
        self._known, self._own = True, None
        self.level = grant.left + grant.count
        if grant.state != "given":
            return grant.again_s
        # Counted from before the question: the tokens were taken out of the bucket after that.
        self._left, self._used, self._until = grant.count, 0, now + self._lease_s
        return 0.0

    def _by_ourselves(self, count: int) -> float:
        now, workers = self._asking.clock.monotonic(), self._asking.share[1]
        if self._own is None:
            self._own = Bucket(self._rate_per_s / workers, max(1.0, self._burst / workers), 0.0, now)
        self._left = self._own.take(count, count, now)
        self.level = self._own.tokens + self._left
        return 0.0 if self._left else self._own.again_s(count, now)


class SharedPlaces:
    """Places of which each worker holds some. Any one of ours is as good to give back as any other."""

    def __init__(self, asking: Asking, name: str, size: int) -> None:
        self._asking, self._ask = asking, PlaceAsk(name, size)
        self._held: list[int] = []

    async def take(self, wait_s: float) -> bool:
        clock = self._asking.clock
        until = clock.monotonic() + wait_s
        while True:
            number = self._asking.number()
            grant = await self._asking.ask(number, self._ask, max(0.0, until - clock.monotonic()))
            if grant is not None and grant.state != "given":
                return False
            if grant is not None or len(self._held) < self._asking.part_of(self._ask.size):
                self._held.append(number)
                self._asking.held[number] = self._ask
                return True
            left_s = until - clock.monotonic()
            if left_s <= 0:
                return False
            await clock.sleep(min(RETRY_S, left_s))

    def resize(self, count: int) -> None:
        self._ask = PlaceAsk(self._ask.name, count)

    def give_back(self) -> None:
        number = self._held.pop()
        del self._asking.held[number]
        self._asking.release(number, None)


class HeldLock:
    """A lock that we have, until we leave it or it could not be renewed in time."""

    def __init__(self, asking: Asking, number: int, fence: int, ttl_s: float, since: float) -> None:
        self._asking, self._number, self._ttl_s = asking, number, ttl_s
        self._until = since + ttl_s
        self.fence = fence
        self.gift: bytes | None = None

    @property
    def still(self) -> bool:
        return self._asking.clock.monotonic() < self._until

    def leave(self, gift: bytes) -> None:
        self.gift = gift if len(gift) <= DATA_BYTES_MAX else None

    async def renew(self) -> None:
        """Until it is lost. Whoever cannot be asked may come back before the time is over."""
        clock = self._asking.clock
        while self.still:
            await clock.sleep(self._ttl_s / 3)
            asked_at = clock.monotonic()
            grant = await self._asking.ask(self._asking.number(), RenewAsk(self._number))
            if grant is None:
                continue
            self._until = asked_at + self._ttl_s if grant.state == "given" else 0.0


@asynccontextmanager
async def locked(
    asking: Asking, name: str, ttl_s: float, wait_s: float, *, gift: bool
) -> AsyncIterator[HeldLock | bytes | None]:
    """The lock, the gift of whoever had it, or None."""
    number, since = asking.number(), asking.clock.monotonic()
    grant = await asking.ask(number, LockAsk(name, ttl_s, gift), wait_s)
    if grant is None or grant.state != "given":
        yield None
        return
    if grant.gift is not None:
        yield grant.gift
        return
    held = HeldLock(asking, number, grant.fence, ttl_s, max(since, asking.clock.monotonic() - ttl_s / 6))
    renewing = asyncio.create_task(held.renew(), name=f"renew {name}")
    try:
        yield held
    finally:
        asking.release(number, held.gift if held.still else None)
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing


class Sharing:
    """What every bus does alike, once it has its subscriptions and somebody to ask. `alone`: see the contract."""

    alone = False

    def __init__(self, topics: Topics, asking: Asking) -> None:
        self._topics, self._asking = topics, asking

    def subscribe(self, topic: str, heard: Heard, missed: Missed | None = None) -> Callable[[], None]:
        return self._topics.subscribe(topic, heard, missed)

    def tokens(self, name: str, rate_per_s: float, burst: int) -> Tokens:
        check_name(name)
        return LentTokens(self._asking, name, rate_per_s, burst, lends=not self.alone)

    def places(self, name: str, count: int) -> Places:
        check_name(name)
        return SharedPlaces(self._asking, name, count)

    def lock(self, name: str, ttl_s: float, wait_s: float = 0.0) -> AbstractAsyncContextManager[Held | None]:
        check_name(name)
        found = locked(self._asking, name, ttl_s, wait_s, gift=False)
        return cast("AbstractAsyncContextManager[Held | None]", found)  # without `gift` nobody gets one

    def share(self, name: str, ttl_s: float, wait_s: float) -> AbstractAsyncContextManager[Held | bytes | None]:
        check_name(name)
        return locked(self._asking, name, ttl_s, wait_s, gift=True)
