"""The line before the writer: who waits, bounded in number and in time. It knows nothing of databases.

Whoever is still in line when his time is over has not been touched: nothing of him is there. Whoever was already taken
may be there or not, and is told so.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bridge.clock import Clock
from bridge.errors import StoreUnavailable
from bridge.store.failures import AGAIN_S, StoreUncertain
from bridge.store.tx import Tx

BATCH_MAX = 1000
WAITING_MAX = 10_000
LINE_S_MAX = 10.0
TAKEN_S_MAX = 30.0
Unit = Callable[[Tx], Any]


@dataclass(slots=True)
class Waiting:
    """A unit, and who waits for it."""

    unit: Unit
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    since: float
    value: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        if self.future.done():
            return
        if isinstance(self.error, StopIteration):  # a future refuses it
            self.future.set_exception(RuntimeError("a unit raised StopIteration"))
        elif self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.value)


class Line:
    """`put` from any thread; `take` and `done` from the writer's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: deque[Waiting] = deque()
        self._taken: list[Waiting] = []
        self._taken_at = 0.0
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._closed = False

    def put(self, waiting: Waiting) -> None:
        """Raises StoreUnavailable at once where there is no hope to be served in time."""
        with self._lock:
            if self._closed:
                raise StoreUnavailable(retry_after_s=AGAIN_S, cause="the store is closed")
            if len(self._waiting) >= WAITING_MAX:
                raise StoreUnavailable(retry_after_s=AGAIN_S, cause=f"{WAITING_MAX} units wait already")
            if self._taken and waiting.since - self._taken_at > LINE_S_MAX:
                raise StoreUnavailable(retry_after_s=AGAIN_S, cause="the database does not answer")
            self._waiting.append(waiting)
            if len(self._waiting) == 1:
                self._wake.put(None)

    def take(self) -> list[Waiting]:
        """Waits for some; none when the line is closed and empty. Whoever has gone is left out."""
        while True:
            with self._lock:
                some = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
                self._taken = [one for one in some if not one.future.done()]
                self._taken_at = self._clock.monotonic()
                if self._taken or (self._closed and not self._waiting):
                    return self._taken
                more = bool(self._waiting)
            if not more:
                self._wake.get()

    def done(self) -> None:
        with self._lock:
            self._taken = []

    @property
    def idle(self) -> bool:
        return not self._waiting and not self._taken

    def overdue(self) -> list[Waiting]:
        """Who has waited for too long; each is told, and is not in line any more."""
        now = self._clock.monotonic()
        with self._lock:
            late: list[Waiting] = []
            while self._waiting and now - self._waiting[0].since > LINE_S_MAX:
                late.append(self._waiting.popleft())
            stuck = self._taken if self._taken and now - self._taken_at > TAKEN_S_MAX else []
        return _without_hope(late) + _in_doubt(stuck)

    def close(self) -> None:
        """Takes no one any more."""
        with self._lock:
            self._closed = True
        self._wake.put(None)

    def left(self) -> list[Waiting]:
        """Everyone who is still here, told that the store closes."""
        with self._lock:
            late, stuck = list(self._waiting), self._taken
            self._waiting.clear()
        return _without_hope(late) + _in_doubt(stuck)


def _without_hope(some: list[Waiting]) -> list[Waiting]:
    for waiting in some:
        waiting.error = StoreUnavailable(retry_after_s=AGAIN_S, cause="waited too long for the database")
    return some


def _in_doubt(some: list[Waiting]) -> list[Waiting]:
    """Copies: the writer, should it come back, speaks to the others."""
    cause = "the database does not answer while it is written"
    return [
        Waiting(one.unit, one.loop, one.future, one.since, error=StoreUncertain(retry_after_s=AGAIN_S, cause=cause))
        for one in some
    ]


def tell(batch: list[Waiting]) -> None:
    """One wake-up for each event loop, not one for each waiter."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
    for waiting in batch:
        by_loop.setdefault(waiting.loop, []).append(waiting)
    for loop, some in by_loop.items():
        with suppress(RuntimeError):  # a loop that was closed has nobody who waits
            loop.call_soon_threadsafe(_tell_all, some)


def _tell_all(some: list[Waiting]) -> None:
    for waiting in some:
        waiting.tell()
