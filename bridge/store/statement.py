"""One statement in SQLAlchemy Core, compiled once for each kind of database and from then on run by its driver.

SQLAlchemy's own execution costs about 20 µs a statement, the driver's 3: what is accepted durably pays the latter.
Values are bound by name and never written into the text. Columns are of plain kinds only (text, whole number, double,
bytes), so nothing is to be converted on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ClauseElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from bridge.store.url import Kind

Value = str | int | float | bytes | None
_DIALECTS: dict[Kind, Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="named"),
    "postgresql": postgresql.dialect(paramstyle="pyformat"),  # type: ignore[no-untyped-call]  # SQLAlchemy's own gap
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """The text for one kind of database, and the values that the expression itself brings."""

    sql: str
    values: Mapping[str, Value]


class Statement:
    """`of`: the expression; or one for each kind, where they differ (an upsert, a lock)."""

    def __init__(self, of: ClauseElement | Mapping[Kind, ClauseElement]) -> None:
        self._of = of
        self._compiled: dict[Kind, Compiled] = {}

    def compiled(self, kind: Kind) -> Compiled:
        done = self._compiled.get(kind)
        if done is None:
            of = self._of if isinstance(self._of, ClauseElement) else self._of[kind]
            made = of.compile(dialect=_DIALECTS[kind])
            values = {name: value for name, value in (made.params or {}).items() if value is not None}
            done = self._compiled[kind] = Compiled(str(made), values)
        return done
