"""Who writes calls down for one process, beside them: `begin` before a write leaves, `settle` after it.

What is settled rides in later commits and nobody waits for it; while the store cannot be used it is kept in memory, up
to a bound, and `close` waits for it. What a process that died has left `sent` becomes `unknown`, by whoever sees it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import BridgeError, StoreUnavailable
from bridge.events import JournalLost, JournalOrphans, JournalPruned
from bridge.store.failures import why
from bridge.store.ids import new_id
from bridge.store.journal import Entry, Settled, load, note, settle
from bridge.store.journal_nodes import LEASE_S, SEEN_EVERY_S, eldest, gone, orphans, seen
from bridge.store.journal_retention import retain
from bridge.store.journal_settings import JournalSettings
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.store.tx import Tx

LATE_MAX = 10_000
BATCH = 200
CLOSE_S = 10.0
_AGAIN_S = 1.0
Unit = Callable[[Tx], object]


class Recorder:
    """One for each process: `start` and `close` once."""

    def __init__(self, store: Store, seal: Seal, settings: JournalSettings, clock: Clock, emit: Emit) -> None:
        self.settings, self.clock = settings, clock
        self.node = new_id(clock.wall())
        self._store, self._seal, self._emit = store, seal, emit
        self._late: deque[Unit] = deque()
        self._arrived, self._empty = asyncio.Event(), asyncio.Event()
        self._empty.set()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Says that this process lives, and looks after what others have left. Raises StoreError."""
        await self._store.write(partial(seen, node=self.node))
        await self._look_after()
        self._tasks = [asyncio.create_task(one()) for one in (self._settling, self._living, self._retaining)]

    async def begin(self, entry: Entry) -> None:
        """Returns when the entry is durable. Raises StoreUnavailable where it is required and cannot be; else the loss
        is reported."""
        kept = replace(entry, node=self.node)
        try:
            async with asyncio.timeout(self.settings.wait):
                await self._store.write(partial(note, entry=kept, seal=self._seal))
        except asyncio.CancelledError:
            self.settle(entry.id, Settled("failed", "not_sent", code="cancelled"))
            raise
        except (TimeoutError, BridgeError) as error:
            cause = why(error) if isinstance(error, BridgeError) else "the store did not answer in time"
            self._emit(JournalLost(1, cause))
            if self.settings.required:
                # It may yet be written; then it must not look as if it had been sent.
                self.settle(entry.id, Settled("failed", "not_sent", 503, StoreUnavailable.code))
                raise StoreUnavailable(cause=cause) from error

    def settle(self, entry_id: str, settled: Settled) -> None:
        """Writes down what became of it, soon."""
        self._later(partial(settle, entry_id=entry_id, settled=settled, seal=self._seal))

    def add(self, entry: Entry) -> None:
        """Writes down something that is over, soon."""
        self._later(partial(_noted_once, entry=entry, seal=self._seal))

    async def close(self) -> None:
        """What waits is written first, as far as that can be done in bounded time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._empty.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._late:
            self._emit(JournalLost(len(self._late), "the store could not be used until the end"))
            return
        with suppress(BridgeError):
            await self._store.write(partial(gone, node=self.node))

    def _later(self, unit: Unit) -> None:
        if len(self._late) >= LATE_MAX:
            self._emit(JournalLost(1, "too many entries wait for the store"))
            return
        self._late.append(unit)
        self._empty.clear()
        self._arrived.set()

    async def _settling(self) -> None:
        while True:
            await self._arrived.wait()
            batch = [self._late[index] for index in range(min(BATCH, len(self._late)))]
            try:
                await self._written(batch)
            except StoreUnavailable:
                await self.clock.sleep(_AGAIN_S)
                continue
            for _ in batch:
                self._late.popleft()
            if not self._late:
                self._arrived.clear()
                self._empty.set()

    async def _written(self, batch: Sequence[Unit]) -> None:
        told = await asyncio.gather(*map(self._store.write, batch), return_exceptions=True)
        for one in told:
            if isinstance(one, StoreUnavailable):
                raise one
        # Refused by the store for what it is: to try again would stop all that come after it.
        lost = [one for one in told if isinstance(one, Exception)]
        if lost:
            self._emit(JournalLost(len(lost), str(lost[0])[:300]))

    async def _living(self) -> None:
        while True:
            await self.clock.sleep(SEEN_EVERY_S)
            with suppress(BridgeError):
                await self._store.write(partial(seen, node=self.node))
                await self._look_after()

    async def _look_after(self) -> None:
        found = 0
        while batch := await self._store.write(partial(orphans, lease_s=LEASE_S)):
            found += batch
        if found:
            self._emit(JournalOrphans(found))

    async def _retaining(self) -> None:
        """One process for all: each would delete all that is too much, and several as much more as they are."""
        while True:
            with suppress(BridgeError):
                if await self._store.read(partial(eldest, node=self.node, lease_s=LEASE_S)):
                    await self._retain()
            await self.clock.sleep(self.settings.every)

    async def _retain(self) -> None:
        if pruned := await retain(self._store, self.settings, self.clock.wall()):
            self._emit(JournalPruned(pruned))


def _noted_once(tx: Tx, entry: Entry, seal: Seal) -> None:
    """It may come a second time, when nobody knew what became of the first commit."""
    if load(tx, entry.id, seal) is None:
        note(tx, entry, seal)
