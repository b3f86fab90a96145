"""Group commit: units that wait at the same time share one transaction, and each is acknowledged after its commit.

One thread writes, in the order in which units came. A unit that raises takes nothing with it and fails alone: the
transaction is rolled back and done again with a savepoint around each unit. So a unit may run more than once; it only
speaks to its `Tx` and gives back a value.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from bridge.clock import Clock
from bridge.store.engines import Database
from bridge.store.failpoints import reached
from bridge.store.tx import Tx

BATCH_MAX = 1000
Unit = Callable[[Tx], Any]


@dataclass(slots=True)
class _Waiting:
    """A unit, and who waits for it."""

    unit: Unit
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    value: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.value)


@dataclass(slots=True)
class Writer:
    """The thread. `start` once, `submit` from any event loop, `close` once: what waits is still written."""

    database: Database
    clock: Clock
    _queue: queue.SimpleQueue[_Waiting | None] = field(default_factory=queue.SimpleQueue)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._work, name="store writer", daemon=True)
        self._thread.start()

    async def submit(self, unit: Unit) -> Any:
        loop = asyncio.get_running_loop()
        waiting = _Waiting(unit, loop, loop.create_future())
        self._queue.put(waiting)
        return await waiting.future

    def close(self) -> None:
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        with self.database.writer.connect() as connection:
            going = True
            while going:
                batch, going = self._batch()
                if batch:
                    self._write(connection, batch)
                    _tell(batch)

    def _batch(self) -> tuple[list[_Waiting], bool]:
        """What waits now, at least one; and whether there may be more to come."""
        batch: list[_Waiting] = []
        while len(batch) < BATCH_MAX:
            try:
                waiting = self._queue.get(block=not batch)
            except queue.Empty:
                break
            if waiting is None:
                return batch, False
            batch.append(waiting)
        return batch, True

    def _write(self, connection: Connection, batch: list[_Waiting]) -> None:
        try:
            if not self._together(connection, batch):
                self._each(connection, batch)
        except Exception as error:  # noqa: BLE001  whatever the database says: nobody is acknowledged, all are told
            self._failed(connection, batch, error)

    def _together(self, connection: Connection, batch: list[_Waiting]) -> bool:
        """All units without savepoints; False when one of them raised, and then nothing has happened."""
        connection.exec_driver_sql(self.database.begin_write)
        tx = Tx(self.database.kind, connection, self.clock.wall())
        for waiting in batch:
            try:
                waiting.value = waiting.unit(tx)
            except Exception:  # noqa: BLE001  told in the second round, by the unit itself
                connection.exec_driver_sql("ROLLBACK")
                return False
        _commit(connection)
        return True

    def _each(self, connection: Connection, batch: list[_Waiting]) -> None:
        connection.exec_driver_sql(self.database.begin_write)
        tx = Tx(self.database.kind, connection, self.clock.wall())
        for waiting in batch:
            connection.exec_driver_sql("SAVEPOINT unit")
            try:
                waiting.value = waiting.unit(tx)
                connection.exec_driver_sql("RELEASE SAVEPOINT unit")
            except Exception as error:  # noqa: BLE001  it is the caller's, and goes to him
                waiting.error = error
                connection.exec_driver_sql("ROLLBACK TO SAVEPOINT unit")
        _commit(connection)

    def _failed(self, connection: Connection, batch: list[_Waiting], error: Exception) -> None:
        for waiting in batch:
            waiting.error = waiting.error or error
        connection.exec_driver_sql("ROLLBACK")


def _commit(connection: Connection) -> None:
    reached("store.commit")
    connection.exec_driver_sql("COMMIT")
    reached("store.committed")


def _tell(batch: list[_Waiting]) -> None:
    """One wake-up for each event loop, not one for each waiter."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for waiting in batch:
        by_loop.setdefault(waiting.loop, []).append(waiting)
    for loop, some in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_tell_some, some)


def _tell_some(some: list[_Waiting]) -> None:
    for waiting in some:
        waiting.tell()
