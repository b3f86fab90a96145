"""Reading: each query sees one moment, cannot write, and is bounded in time. Some run side by side, the rest wait.

A reader of SQLite that never ends keeps the log from being taken back into the file, and one whose caller has gone
keeps a thread from others: it is interrupted.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection

from bridge.errors import StoreUnavailable
from bridge.store.engines import READERS, Database
from bridge.store.failures import AGAIN_S, Meaning, meaning, refused, unavailable
from bridge.store.time import StoreClock
from bridge.store.tx import Tx

T = TypeVar("T")
WAITING_MAX = 1000
READ_S_MAX = 30.0
STOP_S_MAX = 5.0
CLOSE_ROUNDS, CLOSE_ROUND_S = 25, 0.2
STEPS = 20_000


@dataclass(slots=True)
class _Reading:
    """A query that may be told to stop from another thread."""

    late: bool = False
    _asked: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> None:
        """Speaks to a server, so not in an event loop."""
        self.late = True
        with self._lock, suppress(Exception):  # what cannot be told ends by `statement_timeout`
            if self._asked is not None:
                self._asked.cancel_safe(timeout=STOP_S_MAX)

    def watch(self, connection: Any) -> None:
        """SQLite asks now and then. Its `interrupt` would do nothing between two statements."""
        if hasattr(connection, "set_progress_handler"):
            connection.set_progress_handler(lambda: self.late, STEPS)
        else:
            with self._lock:
                self._asked = connection

    def leave(self, connection: Any) -> None:
        """From here on whoever stops it stops nobody else, who has this connection next."""
        if hasattr(connection, "set_progress_handler"):
            connection.set_progress_handler(None, STEPS)
        else:
            with self._lock:
                self._asked = None


class Reader:
    """`read` from any event loop."""

    def __init__(self, database: Database, clock: StoreClock, read_s_max: float = READ_S_MAX) -> None:
        self._database, self._clock, self._read_s_max = database, clock, read_s_max
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="store reader")
        self._stopping = ThreadPoolExecutor(1, thread_name_prefix="store stop")
        self._running: dict[Future[Any], _Reading] = {}
        self._waiting = 0

    async def read(self, query: Callable[[Tx], T]) -> T:
        """Raises StoreUnavailable when it cannot be read now."""
        if self._waiting >= WAITING_MAX:
            raise StoreUnavailable(retry_after_s=AGAIN_S, cause=f"{WAITING_MAX} queries wait already")
        loop, reading = asyncio.get_running_loop(), _Reading()
        alarm = loop.call_later(self._read_s_max, self._stop, reading)
        self._waiting += 1
        try:
            return await asyncio.wrap_future(self._begun(reading, query))
        except asyncio.CancelledError:
            self._stop(reading)
            raise
        finally:
            self._waiting -= 1
            alarm.cancel()

    def close(self) -> None:
        """Whoever reads is told to stop and waited for, within bounds: the connection of one that goes on would come
        back to a pool that has ended, and stay open. Blocks."""
        self._threads.shutdown(wait=False)
        for _ in range(CLOSE_ROUNDS):
            running = dict(self._running)
            for reading in running.values():  # again in each round: between two statements it is not heard
                self._stop(reading)
            if not wait(running, CLOSE_ROUND_S).not_done:
                break
        self._stopping.shutdown(wait=False)

    def _begun(self, reading: _Reading, query: Callable[[Tx], T]) -> Future[T]:
        future = self._threads.submit(self._twice, reading, query)
        self._running[future] = reading
        future.add_done_callback(lambda ended: self._running.pop(ended, None))
        return future

    def _stop(self, reading: _Reading) -> None:
        reading.late = True
        with suppress(RuntimeError):  # closed meanwhile
            self._stopping.submit(reading.stop)

    def _twice(self, reading: _Reading, query: Callable[[Tx], T]) -> T:
        """Again where a connection was lost while it lay there; a query changes nothing."""
        try:
            return self._once(reading, query)
        except Exception as error:  # two drivers have no error in common
            if self._meaning(error) is not Meaning.LOST or reading.late:
                raise self._translated(error) from error
        try:
            return self._once(reading, query)
        except Exception as error:  # two drivers have no error in common
            raise self._translated(error) from error

    def _once(self, reading: _Reading, query: Callable[[Tx], T]) -> T:
        if reading.late:
            raise StoreUnavailable(retry_after_s=AGAIN_S, cause="waited too long to be read")
        with self._database.reader.connect() as connection:
            raw = connection.connection.dbapi_connection
            reading.watch(raw)
            try:
                assert raw is not None, "a connection that is in use has a driver's connection behind it"
                now = self._clock.begin(raw.cursor(), self._database.begin_read)
                return query(Tx(self._database.kind, connection, now))
            except Exception as error:  # two drivers have no error in common
                if self._meaning(error) is Meaning.LOST:
                    connection.invalidate()
                raise
            finally:
                reading.leave(raw)
                _end(connection)

    def _translated(self, error: Exception) -> Exception:
        why = self._meaning(error)
        if why is None:
            return error
        return refused(error) if why is Meaning.REFUSED else unavailable(error)

    @staticmethod
    def _meaning(error: Exception) -> Meaning | None:
        return meaning(error, reading=True)


def _end(connection: Connection) -> None:
    if connection.invalidated:
        return
    try:
        connection.exec_driver_sql("ROLLBACK")
    except Exception:  # noqa: BLE001  what failed before said more; the pool makes a new one
        connection.invalidate()
