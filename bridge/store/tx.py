"""What a unit of work may do: run statements within the transaction that is going on. It never begins or ends one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from sqlalchemy import Connection, Executable

from bridge.store.statement import Statement, Value
from bridge.store.url import Kind

Row = tuple[Any, ...]


class Tx:
    """One transaction. `now`: seconds since the epoch by the clock that the store was given, one for all statements."""

    def __init__(self, kind: Kind, connection: Connection, now: float) -> None:
        self.kind, self.now, self._connection = kind, now, connection
        raw = connection.connection.dbapi_connection
        assert raw is not None, "a connection that is in use has a driver's connection behind it"
        self._cursor = raw.cursor()

    def run(self, statement: Statement, **values: Value) -> int:
        """Runs it; how many rows it changed."""
        self._execute(statement, values)
        return self._cursor.rowcount

    def rows(self, statement: Statement, **values: Value) -> list[Row]:
        self._execute(statement, values)
        return cast("list[Row]", self._cursor.fetchall())

    def one(self, statement: Statement, **values: Value) -> Row | None:
        """The first row, if there is one."""
        self._execute(statement, values)
        return cast("Row | None", self._cursor.fetchone())

    def many(self, statement: Statement, rows: Iterable[Mapping[str, Value]]) -> None:
        """Runs it once a row; gives nothing back."""
        compiled = statement.compiled(self.kind)
        self._cursor.executemany(compiled.sql, [{**compiled.values, **row} for row in rows])

    def select(self, expression: Executable) -> list[Row]:
        """An expression that is made for this one time, such as a search."""
        return [tuple(row) for row in self._connection.execute(expression).all()]

    def _execute(self, statement: Statement, values: Mapping[str, Value]) -> None:
        compiled = statement.compiled(self.kind)
        self._cursor.execute(compiled.sql, {**compiled.values, **values})
