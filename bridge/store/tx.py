"""What a unit of work may do: run statements within the transaction that is going on. It never begins or ends one.

Rows that nobody waits for (`many`, `later`) are collected, over units too, and go to the database as one: on PostgreSQL
a round trip costs more than a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Executable

from bridge.store.statement import Statement, Value
from bridge.store.url import Kind

Row = tuple[Any, ...]
T = TypeVar("T")


class Tx:
    """One transaction. `now`: seconds since the epoch by the clock of the store, one for all statements.
    `failed`: what the database said last, where it refused something; from then on it takes nothing."""

    def __init__(self, kind: Kind, connection: Connection, now: float) -> None:
        self.kind, self.now, self._connection = kind, now, connection
        self.failed: Exception | None = None
        self._later: Statement | None = None
        self._rows: list[Mapping[str, Value]] = []
        raw = connection.connection.dbapi_connection
        assert raw is not None, "a connection that is in use has a driver's connection behind it"
        self._cursor = raw.cursor()

    def run(self, statement: Statement, **values: Value) -> int:
        """Runs it; how many rows it changed."""
        self._execute(statement, values)
        return self._cursor.rowcount

    def rows(self, statement: Statement, **values: Value) -> list[Row]:
        self._execute(statement, values)
        return cast("list[Row]", self._guarded(self._cursor.fetchall))

    def one(self, statement: Statement, **values: Value) -> Row | None:
        """The first row, if there is one."""
        self._execute(statement, values)
        return cast("Row | None", self._guarded(self._cursor.fetchone))

    def later(self, statement: Statement, **values: Value) -> None:
        """Runs it before the next other statement, or at the end; gives nothing back. Cheaper than `run`."""
        if self._later is not statement:
            self.flush()
            self._later = statement
        self._rows.append(values)

    def many(self, statement: Statement, rows: Iterable[Mapping[str, Value]]) -> None:
        """The same, once a row."""
        for row in rows:
            self.later(statement, **row)

    def flush(self) -> None:
        """Sends what was put off."""
        statement, rows = self._later, self._rows
        if statement is None:
            return
        self._later, self._rows = None, []
        compiled = statement.compiled(self.kind)
        bound = [{**compiled.values, **row} for row in rows] if compiled.values else rows
        self._guarded(lambda: self._cursor.executemany(compiled.sql, bound))

    def forget(self) -> None:
        """After a savepoint was rolled back: what was put off or had failed since is not there."""
        self.failed, self._later, self._rows = None, None, []

    def select(self, expression: Executable) -> list[Row]:
        """An expression that is made for this one time, such as a search."""
        self.flush()
        return self._guarded(lambda: [tuple(row) for row in self._connection.execute(expression).all()])

    def _execute(self, statement: Statement, values: Mapping[str, Value]) -> None:
        if self._later is not None:
            self.flush()
        compiled = statement.compiled(self.kind)
        if self.failed is not None:
            raise self.failed
        try:
            self._cursor.execute(compiled.sql, {**compiled.values, **values})
        except Exception as error:  # two drivers have no error in common
            self.failed = error
            raise

    def _guarded(self, work: Callable[[], T]) -> T:
        if self.failed is not None:
            raise self.failed
        try:
            return work()
        except Exception as error:  # as above
            self.failed = error
            raise
