"""The writer's connection."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from bridge.clock import SystemClock
from bridge.errors import StoreUnavailable
from bridge.store.engines import Database, open_database
from bridge.store.failures import StoreUncertain
from bridge.store.session import BACK_OFF_S_MAX, TIDY_AGAIN_S, Session
from bridge.store.statement import Statement
from bridge.store.time import StoreClock
from bridge.store.url import StoreUrl

MAKE = Statement(sa.text("CREATE TABLE t (a INTEGER)"))
BIG = Statement(sa.text("CREATE TABLE b (body BLOB)"))
FILL = Statement(sa.text("INSERT INTO b VALUES (:body)"))
PUT = Statement(sa.text("INSERT INTO t VALUES (1)"))


@pytest.fixture
def database(file: Path) -> Database:
    return open_database(StoreUrl.parse(f"sqlite:///{file}"))


def test_a_database_that_is_gone_is_not_asked_each_time_and_comes_back(database: Database, file: Path) -> None:
    tries: list[int] = []
    gone = True

    def connect() -> sqlite3.Connection:
        tries.append(1)
        if gone:
            raise sqlite3.OperationalError("unable to open database file")
        return sqlite3.connect(file, isolation_level=None)

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    session = Session(replace(database, writer=engine), StoreClock(SystemClock()))
    told = []
    while sum(tries) < 3:
        with pytest.raises(StoreUnavailable) as caught:
            session.begin()
        told.append(caught.value.retry_after_s)
    assert len(told) > sum(tries)
    assert all(wait is not None and 0 < wait <= BACK_OFF_S_MAX for wait in told)
    gone = False
    while True:
        try:
            session.begin()
        except StoreUnavailable:
            continue
        break
    session.commit()
    session.drop()


class _Broken:
    """A connection of SQLite whose COMMIT fails as it is told."""

    def __init__(self, inner: sqlite3.Connection, code: int) -> None:
        self.inner, self.code = inner, code

    def cursor(self) -> _Broken:
        return self

    def execute(self, sql: str) -> object:
        if sql == "COMMIT":
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = self.code
            raise error
        return self.inner.execute(sql)

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        (sqlite3.SQLITE_IOERR_FSYNC, StoreUncertain),
        (sqlite3.SQLITE_CORRUPT, StoreUncertain),
        (sqlite3.SQLITE_FULL, sqlite3.OperationalError),
        (sqlite3.SQLITE_BUSY, sqlite3.OperationalError),
    ],
)
def test_a_commit_that_fails_says_what_is_known(
    database: Database, file: Path, code: int, raised: type[Exception]
) -> None:
    engine = sa.create_engine(
        "sqlite://", creator=lambda: _Broken(sqlite3.connect(file), code), poolclass=NullPool, _initialize=False
    )
    session = Session(replace(database, writer=engine), StoreClock(SystemClock()))
    session.begin()
    with pytest.raises(raised):
        session.commit()
    session.rollback()
    session.drop()


def test_what_was_not_committed_is_not_there(database: Database, file: Path) -> None:
    session = Session(database, StoreClock(SystemClock()))
    session.begin().run(MAKE)
    session.commit()
    session.begin().run(PUT)
    session.drop()
    session.begin()
    session.rollback()
    session.drop()
    database.dispose()
    other = sqlite3.connect(file)
    assert other.execute("SELECT count(*) FROM t").fetchall() == [(0,)]
    other.close()


def test_a_log_that_readers_kept_from_being_taken_back_is_cut_when_they_are_gone(
    database: Database, file: Path
) -> None:
    clock = _Clock()
    session = Session(replace(database, log_bytes_max=200_000), StoreClock(clock))
    session.begin().run(BIG)
    session.commit()
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM b").fetchall()
    for _ in range(30):
        session.begin().run(FILL, body=bytes(100_000))
        session.commit()
    log = file.with_name(file.name + "-wal")
    session.tidy()
    assert log.stat().st_size > 2_000_000
    reader.execute("COMMIT")
    session.tidy()
    assert log.stat().st_size > 2_000_000, "it was tried a moment ago"
    clock.now += TIDY_AGAIN_S + 1
    session.tidy()
    assert log.stat().st_size == 0
    session.begin().run(FILL, body=b"still writes")
    session.commit()
    session.drop()
    reader.close()
    database.dispose()


class _Clock(SystemClock):
    """Moved by hand."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now
