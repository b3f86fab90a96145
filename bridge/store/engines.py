"""The two databases: how each is opened, and the words in which a transaction begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool, QueuePool

from bridge.store.url import Kind, StoreUrl

BUSY_S = 5.0
READERS = 4
_PRAGMAS = (
    "journal_mode=WAL",
    # Less than FULL acknowledges what a power cut takes back: NORMAL syncs the log only now and then.
    "synchronous=FULL",
    "foreign_keys=ON",
)


@dataclass(frozen=True, slots=True)
class Database:
    """An opened database: `writer` has one connection for the one writer, `reader` some that cannot write."""

    kind: Kind
    writer: sa.Engine
    reader: sa.Engine
    begin_write: str
    begin_read: str

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
    for engine, extra in ((writer, ()), (reader, ("query_only=ON",))):
        sa.event.listen(engine, "connect", _prepared((*_PRAGMAS, f"busy_timeout={int(BUSY_S * 1000)}", *extra)))
    return Database("sqlite", writer, reader, "BEGIN IMMEDIATE", "BEGIN")


def _prepared(pragmas: tuple[str, ...]) -> Any:
    def prepare(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return prepare


def _postgresql(address: str, password: str | None) -> Database:
    url = make_url(address).set(drivername="postgresql+psycopg")
    url = url.set(password=password) if password else url
    same: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
    writer = sa.create_engine(url, poolclass=NullPool, **same)
    reader = sa.create_engine(url, poolclass=QueuePool, pool_size=READERS, max_overflow=0, **same)
    return Database("postgresql", writer, reader, "BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
