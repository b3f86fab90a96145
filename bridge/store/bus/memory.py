"""The bus of a process that is alone: nothing leaves it, and nothing is ever missed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import cast

from bridge.clock import Clock
from bridge.store.bus.arbiter import Arbiter, Who
from bridge.store.bus.asking import Asking
from bridge.store.bus.contract import Heard, Held, Missed, Places, Tokens
from bridge.store.bus.messages import Ask, Grant
from bridge.store.bus.shared import LentTokens, SharedPlaces, locked
from bridge.store.bus.topics import Topics, check_data, check_name

_ME = 0


class MemoryBus:
    """A `Bus` within one event loop."""

    alone = True

    def __init__(self, clock: Clock) -> None:
        self._topics = Topics()
        self._arbiter = Arbiter(clock, self._decided)
        self._asking = Asking(self._send, self._release, clock)

    def _send(self, number: int, what: Ask) -> bool:
        self._arbiter.sweep()
        self._asking.answered(number, self._arbiter.ask((_ME, number), what))
        return True

    def _release(self, number: int, gift: bytes | None) -> None:
        self._arbiter.release((_ME, number), gift)

    def _decided(self, who: Who, grant: Grant) -> None:
        self._asking.answered(who[1], grant)

    def publish(self, topic: str, data: bytes) -> None:
        check_data(data)
        self._topics.deliver_soon(topic, data)

    async def told(self, topic: str, data: bytes) -> bool:
        check_name(topic)
        check_data(data)
        return True

    def subscribe(self, topic: str, heard: Heard, missed: Missed | None = None) -> Callable[[], None]:
        return self._topics.subscribe(topic, heard, missed)

    def tokens(self, name: str, rate_per_s: float, burst: int) -> Tokens:
        check_name(name)
        return LentTokens(self._asking, name, rate_per_s, burst)

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

    async def close(self) -> None:
        self._asking.lost()
