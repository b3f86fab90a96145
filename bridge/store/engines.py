"""The two databases: how each is opened, the bounds on each wait, and the words in which a transaction begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool, QueuePool

from bridge.errors import StoreError
from bridge.store.url import Kind, StoreUrl

BUSY_S = 5.0
READERS = 4
LOG_BYTES_KEPT = 16 * 1024 * 1024
_PRAGMAS = (
    # First, for the next may already have to wait.
    f"busy_timeout={int(BUSY_S * 1000)}",
    "journal_mode=WAL",
    # Less than FULL acknowledges what a power cut takes back: NORMAL syncs the log only now and then.
    "synchronous=FULL",
    "foreign_keys=ON",
    # The log goes back into the file every 4 MB; after a burst it does not keep its size.
    "wal_autocheckpoint=1000",
    f"journal_size_limit={LOG_BYTES_KEPT}",
)
# The writer asks for the lock itself, oftener than SQLite would (bridge/store/session.py).
_WRITES = ("busy_timeout=0",)
_READS = ("query_only=ON",)
# Each wait has its end. Keepalive finds a server that is gone, which no bound on its side can.
_CONNECTING: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "legacy-bridge",
}
_BOUNDS = (
    "SET statement_timeout = '20s'",
    "SET lock_timeout = '5s'",
    # A process that was stopped in the middle loses what it holds.
    "SET idle_in_transaction_session_timeout = '5s'",
    # A server told to answer before the log is on its disk would have us acknowledge what a power cut takes back.
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
)
# Who holds rows and waits for others keeps those who want them waiting, and perhaps waits for one of them.
_HURRY = "SET LOCAL lock_timeout = '2ms'"
_READS_ONLY = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# Not `now()`, which stands still while a transaction waits for a lock.
_ASK_TIME = "SELECT extract(epoch FROM clock_timestamp())::double precision"


@dataclass(frozen=True, slots=True)
class Database:
    """An opened database: `writer` has one connection for the one writer, `reader` some that cannot write. `ask_time`:
    how its server is asked for the time; `""` where it is the time of this machine."""

    kind: Kind
    writer: sa.Engine
    reader: sa.Engine
    begin_write: str
    begin_read: str
    hurry: str = ""
    path: Path | None = None
    ask_time: str = ""
    log_bytes_max: int = 64 * 1024 * 1024

    @property
    def place(self) -> str:
        """For an operator; without a password."""
        return str(self.path) if self.path is not None else self.writer.url.render_as_string(hide_password=True)

    def dispose(self) -> None:
        self.writer.dispose()
        self.reader.dispose()


def open_database(url: StoreUrl, password: str | None = None) -> Database:
    """Connects to nothing yet."""
    return _sqlite(Path(url.path)) if url.kind == "sqlite" else _postgresql(url.address, password)


def _sqlite(path: Path) -> Database:
    address = sa.URL.create("sqlite", database=str(path))
    same: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "connect_args": {"check_same_thread": False}}
    writer = sa.create_engine(address, poolclass=NullPool, **same)
    reader = sa.create_engine(address, poolclass=QueuePool, pool_size=READERS, max_overflow=0, **same)
    for engine, extra in ((writer, _WRITES), (reader, _READS)):
        sa.event.listen(engine, "connect", _prepared(tuple(f"PRAGMA {one}" for one in (*_PRAGMAS, *extra))))
    return Database("sqlite", writer, reader, "BEGIN IMMEDIATE", "BEGIN", path=path)


def _prepared(statements: tuple[str, ...]) -> Any:
    def prepare(connection: Any, _record: object) -> None:
        for statement in statements:
            connection.execute(statement)

    return prepare


def _postgresql(address: str, password: str | None) -> Database:
    url = make_url(address).set(drivername="postgresql+psycopg")
    url = url.set(password=password) if password else url
    # What the URL says itself, such as `?connect_timeout=2` or `?sslmode=verify-full`, is what holds.
    connecting = {name: value for name, value in _CONNECTING.items() if name not in url.query}
    same: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "connect_args": connecting}
    try:
        writer = sa.create_engine(url, poolclass=NullPool, **same)
    except ImportError as error:
        raise StoreError("a store in PostgreSQL needs a driver: pip install legacy-bridge[postgresql]") from error
    reader = sa.create_engine(url, poolclass=QueuePool, pool_size=READERS, max_overflow=0, **same)
    for engine in (writer, reader):
        sa.event.listen(engine, "connect", _prepared(_BOUNDS))
    return Database("postgresql", writer, reader, "BEGIN", _READS_ONLY, _HURRY, ask_time=_ASK_TIME)
