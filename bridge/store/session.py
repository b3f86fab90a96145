"""The writer's one connection: opened when it is needed, dropped when it failed, opened again after a pause that grows.

It knows how a transaction begins and ends on each database, and what is known when its end fails; not what is in it.
"""

from __future__ import annotations

import random
import sqlite3
import threading
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection

from bridge.errors import StoreUnavailable
from bridge.store.engines import BUSY_S, Database
from bridge.store.failpoints import reached
from bridge.store.failures import Meaning, meaning, unavailable, uncertain
from bridge.store.time import StoreClock
from bridge.store.tx import Tx

BACK_OFF_S = 0.1
BACK_OFF_S_MAX = 5.0
POLL_S = 0.0005
POLL_S_MAX = 0.004
CONTENDED_S = 1.0
TIDY_LOOK_S = 1.0
TIDY_AGAIN_S = 10.0
TIDY_MS_MAX = 1000


class Session:
    """One thread's; `begin` gives the transaction in which units run."""

    def __init__(self, database: Database, clock: StoreClock) -> None:
        self._database, self._clock = database, clock
        self._connection: Connection | None = None
        self._failures = 0
        self._closed_until = 0.0
        self._contended_until = 0.0
        self._tidy_at = 0.0
        self._never = threading.Event()

    def begin(self, *, hurry: bool = False) -> Tx:
        """Raises StoreUnavailable without trying where the last try failed a moment ago."""
        connection = self._connected()
        now = self._begin(_raw(connection).cursor(), hurry=hurry)
        reached("store.begun")
        return Tx(self._database.kind, connection, now)

    def hurry(self) -> None:
        """From here on nothing is waited for that another node holds, but for a moment."""
        if self._database.hurry:
            self._run(self._database.hurry)

    def savepoint(self, word: str) -> None:
        """`SAVEPOINT`, `RELEASE` or `ROLLBACK TO`."""
        self._run(f"{word} unit")

    def commit(self) -> None:
        """Raises StoreUncertain where nobody knows, and the driver's error where nothing of it is there."""
        reached("store.commit")
        try:
            told = self._run("COMMIT")
        except Exception as error:  # two drivers have no error in common
            if self._in_doubt(error):
                raise uncertain(error) from error
            raise
        reached("store.committed")
        # PostgreSQL answers COMMIT with ROLLBACK, and without an error, where a statement had failed.
        if told not in {None, "COMMIT"}:
            raise StoreUnavailable(cause=f"COMMIT was answered with {told}")

    def rollback(self) -> None:
        with suppress(Exception):  # whatever failed before said more; a connection that is gone has rolled back
            self._run("ROLLBACK")

    def drop(self) -> None:
        """The next one gets a new connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # it is dropped because it is of no use
                connection.invalidate()
            with suppress(Exception):
                connection.close()

    def give_way(self) -> None:
        """After a commit, where other processes write to the same file: they ask again within this time."""
        if self._contended_until and self._clock.monotonic() < self._contended_until:
            self.pause(POLL_S_MAX)

    def tidy(self) -> None:
        """Where readers that overlap keep SQLite's log from being taken back, it would grow without end: then once in
        a while nobody writes for a moment, until those who read now are done."""
        now, path = self._clock.monotonic(), self._database.path
        if self._connection is None or path is None or now < self._tidy_at:
            return
        self._tidy_at = now + TIDY_LOOK_S
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size > self._database.log_bytes_max:
            self._tidy_at = now + TIDY_AGAIN_S
            for words in (f"busy_timeout={TIDY_MS_MAX}", "wal_checkpoint(TRUNCATE)", "busy_timeout=0"):
                _raw(self._connection).execute(f"PRAGMA {words}")

    def pause(self, seconds_max: float) -> None:
        self._never.wait(random.uniform(seconds_max / 2, seconds_max))  # noqa: S311  spreads load, hides nothing

    def _connected(self) -> Connection:
        if self._connection is None:
            left_s = self._closed_until - self._clock.monotonic()
            if left_s > 0:
                raise StoreUnavailable(retry_after_s=left_s, cause="the database could not be reached a moment ago")
            try:
                self._connection = self._database.writer.connect()
            except Exception as error:  # two drivers have no error in common
                wait_s = min(BACK_OFF_S_MAX, BACK_OFF_S * 2.0**self._failures)
                self._failures = min(self._failures + 1, 16)
                self._closed_until = self._clock.monotonic() + wait_s
                raise unavailable(error, wait_s) from error
            self._failures = 0
        return self._connection

    def _begin(self, cursor: Any, *, hurry: bool) -> float:
        """SQLite's own handler sleeps ever longer, up to 100 ms, and starves whoever waits longest: we ask ourselves,
        often, and whoever was asked for gives way."""
        words = self._database.begin_write
        if hurry and self._database.hurry:
            words = f"{words}; {self._database.hurry}"  # as one message
        until, pause_s = self._clock.monotonic() + BUSY_S, POLL_S
        while True:
            try:
                return self._clock.begin(cursor, words)
            except sqlite3.OperationalError as error:
                now = self._clock.monotonic()
                if meaning(error) is not Meaning.BUSY or now > until:
                    raise
                self._contended_until = now + CONTENDED_S
                self.pause(pause_s)
                pause_s = min(POLL_S_MAX, pause_s * 1.5)

    def _run(self, words: str) -> str | None:
        assert self._connection is not None, "a transaction goes on"
        cursor = _raw(self._connection).cursor()
        cursor.execute(words)
        return getattr(cursor, "statusmessage", None)

    def _in_doubt(self, error: Exception) -> bool:
        """A server that answered has rolled back, and its connection lives. SQLite's last frame is only written where
        there was room and no lock; when to sync it failed it may still be found after a crash."""
        if isinstance(error, sqlite3.Error):
            return meaning(error) not in {Meaning.BUSY, Meaning.FULL, Meaning.REFUSED}
        return self._connection is None or bool(getattr(_raw(self._connection), "closed", True))


def _raw(connection: Connection) -> Any:
    """The driver's connection."""
    return connection.connection.dbapi_connection
