"""What errors of drivers mean."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bridge.errors import StoreError
from bridge.store.failures import Meaning, StoreUncertain, meaning, refused, unavailable, uncertain, words


def _sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("it says so")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "means"),
    [
        (sqlite3.SQLITE_BUSY, Meaning.BUSY),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, Meaning.BUSY),
        (sqlite3.SQLITE_FULL, Meaning.FULL),
        (sqlite3.SQLITE_IOERR, Meaning.LOST),
        (sqlite3.SQLITE_IOERR_FSYNC, Meaning.LOST),
        (sqlite3.SQLITE_CORRUPT, Meaning.LOST),
        (sqlite3.SQLITE_READONLY, Meaning.LOST),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, Meaning.REFUSED),
        (sqlite3.SQLITE_ERROR, Meaning.REFUSED),
    ],
)
def test_codes_of_sqlite(code: int, means: Meaning) -> None:
    assert meaning(_sqlite(code)) is means
    assert meaning(DBAPIError("statement", {}, _sqlite(code))) is means


@pytest.mark.parametrize(
    ("error", "means"),
    [
        (psycopg.OperationalError("server closed the connection"), Meaning.LOST),
        (psycopg.DataError("a text with NUL"), Meaning.REFUSED),
        (psycopg.errors.SerializationFailure(), Meaning.AGAIN),
        (psycopg.errors.DeadlockDetected(), Meaning.AGAIN),
        (psycopg.errors.QueryCanceled(), Meaning.BUSY),
        (psycopg.errors.LockNotAvailable(), Meaning.BUSY),
        (psycopg.errors.AdminShutdown(), Meaning.LOST),
        (psycopg.errors.CannotConnectNow(), Meaning.LOST),
        (psycopg.errors.DiskFull(), Meaning.FULL),
        (psycopg.errors.TooManyConnections(), Meaning.FULL),
        (psycopg.errors.UniqueViolation(), Meaning.REFUSED),
        (psycopg.errors.UndefinedTable(), Meaning.REFUSED),
        (psycopg.errors.ReadOnlySqlTransaction(), Meaning.LOST),
    ],
    ids=lambda value: type(value).__name__,
)
def test_states_of_postgresql(error: psycopg.Error, means: Meaning) -> None:
    assert meaning(error) is means


def test_to_write_where_one_may_only_read_is_the_fault_of_the_query() -> None:
    assert meaning(_sqlite(sqlite3.SQLITE_READONLY), reading=True) is Meaning.REFUSED
    assert meaning(psycopg.errors.ReadOnlySqlTransaction(), reading=True) is Meaning.REFUSED


@pytest.mark.parametrize("error", [KeyError("x"), StoreError("x"), OSError(5, "x")])
def test_other_errors_mean_nothing_here(error: Exception) -> None:
    assert meaning(error) is None


def test_errors_of_the_sql_toolkit_itself_are_faults_of_the_statement() -> None:
    assert meaning(sa.exc.CompileError("x")) is Meaning.REFUSED
    assert meaning(sa.exc.TimeoutError("no connection of the pool is free")) is Meaning.BUSY


def test_what_is_told_says_what_is_known(tmp_path: Path) -> None:
    error = _sqlite(sqlite3.SQLITE_FULL)
    assert (unavailable(error).outcome, unavailable(error).status) == ("not_sent", 503)
    assert isinstance(uncertain(error), StoreUncertain)
    assert uncertain(error).outcome == "unknown"
    assert "it says so" in refused(error).detail
    # A client is told none of it.
    assert "it says so" not in unavailable(error).detail
    assert "it says so" in unavailable(error).cause


def test_the_values_of_a_row_are_not_repeated() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (a TEXT PRIMARY KEY)")
        with pytest.raises(sqlite3.IntegrityError) as caught:
            connection.executemany("INSERT INTO t VALUES (?)", [("hunter2",), ("hunter2",)])
    connection.close()
    assert words(DBAPIError("INSERT hunter2", {"a": "hunter2"}, caught.value)) == "UNIQUE constraint failed: t.a"
