"""The kept answers of one process, on the store: what is under way here, and what of it was written down.

What a request came to is written down although its caller has gone, and also when the store cannot be used just then:
it is tried again for a while, and until then whoever asks here hears it from here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from bridge.clock import Clock
from bridge.errors import BridgeError, CallError, StoreError, StoreUnavailable, Written
from bridge.layers.again_kept import Told
from bridge.store.answers import Beginning, Known, State, begin, due, end, free, look
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.store.tx import Tx

LATE_TRIES, LATE_PAUSE_S = 60, 1.0
LOOK_S, DUE_MAX, DUE_LEASE_S = 2.0, 20, 120.0
FoundOut = Callable[[Known], Awaitable[None]]
"""Finds out what became of a write whose outcome is unknown, and writes that down."""


class Document(Protocol):
    """A problem document."""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]: ...

    @property
    def body(self) -> bytes: ...


class Describe(Protocol):
    """Writes the problem document of an error."""

    def __call__(self, error: BaseException, *, request_id: str, trace_id: str) -> Document: ...


@dataclass(frozen=True, slots=True)
class Flight:
    """A request that is under way in this process."""

    fingerprint: str
    task: asyncio.Task[Told]


class Ledger:
    """One for a process: `start` and `close` once. `askers`: who finds out about the writes of an operation."""

    def __init__(self, store: Store, seal: Seal, clock: Clock, describe: Describe) -> None:
        self.clock = clock
        self.flights: dict[str, Flight] = {}
        self.askers: dict[str, FoundOut] = {}
        self._store, self._seal, self._describe = store, seal, describe
        self._late: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """From now on it is found out about what has become due."""
        self._looking = asyncio.create_task(self._look_after(), name="unknown outcomes")

    async def settled(self) -> None:
        """When nothing is under way and all is written down, as far as that can be done in bounded time."""
        while going := [*(flight.task for flight in self.flights.values()), *self._late]:
            await asyncio.wait(going)

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        for task in self._late:
            task.cancel()

    # ── what is under way here ───────────────────────────────────────────────────────────────────────────────────

    def fly(self, answer_id: str, fingerprint: str, work: Coroutine[Any, Any, Told]) -> Flight:
        """Goes on also when its caller has gone."""
        flight = Flight(fingerprint, asyncio.create_task(work, name="a write with a key"))
        self.flights[answer_id] = flight
        flight.task.add_done_callback(lambda task: self._landed(answer_id, task))
        return flight

    def _landed(self, answer_id: str, task: asyncio.Task[Told]) -> None:
        del self.flights[answer_id]
        if not task.cancelled():
            task.exception()  # whoever waited has it; perhaps nobody did

    # ── what is written down ─────────────────────────────────────────────────────────────────────────────────────

    async def begin(self, new: Beginning, over: frozenset[State]) -> Known:
        """Raises StoreUnavailable: then nothing may be sent."""
        try:
            return await self._store.write(partial(begin, new=new, seal=self._seal, over=over))
        except StoreUnavailable as error:
            # It may be there all the same, and then must not look as if it had been sent.
            self._later(partial(free, answer_id=new.id, fence=new.fence))
            raise StoreUnavailable(retry_after_s=error.retry_after_s, cause=error.cause) from error
        except StoreError as error:
            raise StoreUnavailable(cause=error.detail) from error

    async def look(self, answer_id: str) -> Known | None:
        """Raises StoreUnavailable."""
        try:
            return await self._store.read(partial(look, answer_id=answer_id, seal=self._seal))
        except StoreError as error:
            raise StoreUnavailable(cause=error.detail) from error

    async def end(self, known: Known, state: State, answer: bytes, due_s: float | None = None) -> None:
        """Writes down what came of it, now or soon."""
        await self._now_or_later(
            partial(
                end, answer_id=known.id, fence=known.fence, state=state, answer=answer, seal=self._seal, due_s=due_s
            )
        )

    async def free(self, known: Known) -> None:
        """It was not done, so the key may be used again."""
        await self._now_or_later(partial(free, answer_id=known.id, fence=known.fence))

    def describe(self, error: CallError, request_id: str, trace_id: str) -> CallError:
        """The same error, with its document written for good."""
        written = self._describe(error, request_id=request_id, trace_id=trace_id)
        error.written = Written(written.headers, written.body)
        return error

    async def _now_or_later(self, unit: Callable[[Tx], bool]) -> None:
        try:
            await self._store.write(unit)
        except BridgeError:
            self._later(unit)

    def _later(self, unit: Callable[[Tx], bool]) -> None:
        task = asyncio.create_task(self._again(unit), name="a late answer")
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _again(self, unit: Callable[[Tx], bool]) -> None:
        for _ in range(LATE_TRIES):
            await self.clock.sleep(LATE_PAUSE_S)
            try:
                await self._store.write(unit)
            except BridgeError:
                continue
            return

    # ── what is found out later ──────────────────────────────────────────────────────────────────────────────────

    async def _look_after(self) -> None:
        while True:
            await self.clock.sleep(LOOK_S)
            if self.askers:
                await self.look_after()

    async def look_after(self) -> None:
        """Finds out about what is due now."""
        try:
            found = await self._store.write(lambda tx: due(tx, tuple(self.askers), DUE_MAX, DUE_LEASE_S, self._seal))
            for operation, known in found:
                await self.askers[operation](known)
        except BridgeError:
            return  # the next time
