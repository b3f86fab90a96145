"""What an error of a database means for those who wait. Drivers' errors are translated here and never leave the store.

It knows SQLite's result codes (https://www.sqlite.org/rescode.html) and PostgreSQL's states
(https://www.postgresql.org/docs/current/errcodes-appendix.html), and nothing of who waits.
"""

from __future__ import annotations

import sqlite3
import sys
from enum import Enum

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection

from bridge.errors import BridgeError, CallError, StoreError, StoreUnavailable

AGAIN_S = 1.0


class StoreUncertain(StoreUnavailable):
    """The connection broke, or the disk failed, while it was committed: it may be there or not."""

    outcome = "unknown"


class Meaning(Enum):
    """`AGAIN`: two transactions met; `REFUSED`: the statement is at fault; `BUSY`: another holds the lock; `FULL`:
    no room; `LOST`: the connection, or what is behind it, is of no use any more."""

    AGAIN = "two transactions met"
    REFUSED = "the statement was refused"
    BUSY = "another holds the database for too long"
    FULL = "there is no room left"
    LOST = "the database cannot be used"


_SQLITE = {
    sqlite3.SQLITE_BUSY: Meaning.BUSY,
    sqlite3.SQLITE_LOCKED: Meaning.BUSY,
    sqlite3.SQLITE_INTERRUPT: Meaning.BUSY,
    sqlite3.SQLITE_FULL: Meaning.FULL,
    sqlite3.SQLITE_ERROR: Meaning.REFUSED,
    sqlite3.SQLITE_CONSTRAINT: Meaning.REFUSED,
    sqlite3.SQLITE_MISMATCH: Meaning.REFUSED,
    sqlite3.SQLITE_RANGE: Meaning.REFUSED,
    sqlite3.SQLITE_TOOBIG: Meaning.REFUSED,
    sqlite3.SQLITE_MISUSE: Meaning.REFUSED,
}
# A lock that was not to be had in time, and a row that is there already.
_NOT_HAD, _TAKEN = "55P03", "23505"
# Whole states first, then their classes.
_POSTGRESQL = {
    "40001": Meaning.AGAIN,
    "40P01": Meaning.AGAIN,
    "55P03": Meaning.BUSY,
    "57014": Meaning.BUSY,
    "25006": Meaning.LOST,
    "25P03": Meaning.LOST,
    "40003": Meaning.LOST,
    "08": Meaning.LOST,
    "28": Meaning.LOST,
    "3D": Meaning.LOST,
    "53": Meaning.FULL,
    "57": Meaning.LOST,
    "58": Meaning.LOST,
    "F0": Meaning.LOST,
    "XX": Meaning.LOST,
}


def meaning(error: BaseException, *, reading: bool = False) -> Meaning | None:
    """None: it is no error of a database. `reading`: where nothing may be written, to try it is the query's fault."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return meaning(error.orig, reading=reading)
    if isinstance(error, NoConnection):
        return Meaning.BUSY
    if isinstance(error, SQLAlchemyError):
        return Meaning.REFUSED
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error, reading=reading)
    psycopg = sys.modules.get("psycopg")
    if psycopg is not None and isinstance(error, psycopg.Error):
        connection = isinstance(error, psycopg.OperationalError)
        return Meaning.REFUSED if reading and error.sqlstate == "25006" else _of_postgresql(error.sqlstate, connection)
    return None


def _of_sqlite(error: sqlite3.Error, *, reading: bool) -> Meaning:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None or (reading and code == sqlite3.SQLITE_READONLY):  # the module's own: a value that cannot be bound
        return Meaning.REFUSED
    return _SQLITE.get(code & 0xFF, Meaning.LOST)


def _of_postgresql(state: str | None, connection: bool) -> Meaning:
    if state is None:  # psycopg's own: no connection, or a value that cannot be sent
        return Meaning.LOST if connection else Meaning.REFUSED
    return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2], Meaning.REFUSED)


def meets(error: BaseException) -> bool:
    """Another transaction holds what this one wants, or the two wait for each other."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return meets(error.orig)
    return meaning(error) is Meaning.AGAIN or getattr(error, "sqlstate", None) == _NOT_HAD


def taken(error: BaseException) -> bool:
    """A row is there that may be there only once; perhaps another node has just made it. Nobody else writes where
    SQLite says so."""
    return getattr(error, "sqlstate", None) == _TAKEN


def words(error: BaseException) -> str:
    """One line for an operator: what the database said, without the values of a row."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return words(error.orig)
    said = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
    return " ".join(said.split()) or type(error).__name__


def why(error: BridgeError) -> str:
    """For the log: the cause, which is kept from clients; else what they are told."""
    return (error.cause if isinstance(error, CallError) else "") or error.detail


def unavailable(error: BaseException, retry_after_s: float = AGAIN_S) -> StoreUnavailable:
    """Nothing of it is there."""
    means = meaning(error)
    return StoreUnavailable(retry_after_s=retry_after_s, cause=f"{means.value if means else 'store'}: {words(error)}")


def uncertain(error: BaseException) -> StoreUncertain:
    return StoreUncertain(retry_after_s=AGAIN_S, cause=f"the end of a commit is not known: {words(error)}")


def refused(error: BaseException) -> StoreError:
    """A statement that this database will never take: a fault of ours, of one unit alone."""
    return StoreError(f"the database refused a statement: {words(error)}")
