"""The places of one upstream in this process alone: nobody is asked, and nobody waits for an answer."""

from __future__ import annotations

import asyncio


class OwnPlaces:
    """Like `bridge.store.bus.Places`."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._taken = 0
        self._waiting: set[asyncio.Future[None]] = set()

    async def take(self, wait_s: float) -> bool:
        if self._taken < self._count:
            self._taken += 1
            return True
        if wait_s <= 0:
            return False  # at once, so that nobody who comes later is before him in the queue
        try:
            async with asyncio.timeout(wait_s):
                while self._taken >= self._count:
                    free = asyncio.get_running_loop().create_future()
                    self._waiting.add(free)
                    try:
                        await free
                    finally:
                        self._waiting.discard(free)
        except TimeoutError:
            return False
        self._taken += 1
        return True

    def give_back(self) -> None:
        self._taken -= 1
        self._wake()

    def resize(self, count: int) -> None:
        self._count = count
        self._wake()

    def _wake(self) -> None:
        for free in self._waiting:
            if not free.done():
                free.set_result(None)
