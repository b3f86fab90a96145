"""Sealing everything anew with the key of today, a few rows at a time, while the store is in use.

Stopped and begun again, it passes over what is done. Every column that holds a sealed value is in `SEALED`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import Column, Table, bindparam, func, select, update

from bridge.store.failpoints import reached
from bridge.store.keys import only
from bridge.store.schema.answers import answers
from bridge.store.schema.audit import audit
from bridge.store.schema.dead import letters
from bridge.store.schema.jobs import jobs
from bridge.store.schema.journal import journal
from bridge.store.schema.schedules import schedules
from bridge.store.schema.tickets import tickets
from bridge.store.sealing import HEAD_BYTES, Seal
from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.tx import Tx

ROWS = 200


class Sealed:
    """A column of sealed values. Their places are `table.column:id`."""

    def __init__(self, table: Table, column: str, row_id: str = "id") -> None:
        self.name = f"{table.name}.{column}"
        self._id: Column[str] = table.c[row_id]
        value: Column[bytes] = table.c[column]
        one = self._id == bindparam("one")
        after = self._id > bindparam("after")
        head = func.substr(value, 1, HEAD_BYTES)
        self.heads = Statement(select(self._id, head).where(after).order_by(self._id).limit(bindparam("most")))
        self.value = Statement(select(value).where(one))
        # Whoever wrote another value in between has sealed it himself.
        same = value == bindparam("before", type_=value.type)
        self.change = Statement(update(table).where(one, same).values({column: bindparam("sealed")}))

    def place(self, row_id: str) -> str:
        return f"{self.name}:{row_id}"


SEALED = (
    Sealed(journal, "request"),
    Sealed(journal, "answer"),
    Sealed(journal, "trail"),
    Sealed(jobs, "payload"),
    Sealed(jobs, "result"),
    Sealed(letters, "original", "job_id"),
    Sealed(audit, "change"),
    Sealed(schedules, "template", "name"),
    Sealed(answers, "question"),
    Sealed(answers, "answer"),
    Sealed(tickets, "secret", "job_id"),
    Sealed(tickets, "head", "job_id"),
    Sealed(tickets, "answer", "job_id"),
)


@dataclass(frozen=True, slots=True)
class Resealed:
    """`after`: where the next rows begin; None when there are no more."""

    rows: int
    after: str | None


async def reseal(store: Store, seal: Seal, rows: int = ROWS) -> int:
    """How many values were sealed anew. To be run when every process has the key of today. Raises StoreError for a
    value that cannot be opened."""
    count = 0
    for column in SEALED:
        after: str | None = ""
        while after is not None:
            done = await store.write(partial(some, column=column, seal=seal, after=after, rows=rows))
            count, after = count + done.rows, done.after
    await store.write(lambda tx: only(tx, seal))
    return count


def some(tx: Tx, column: Sealed, seal: Seal, after: str, rows: int = ROWS) -> Resealed:
    """The next rows of a column."""
    found = tx.rows(column.heads, after=after, most=rows)
    changed = 0
    reached("seals.reseal")
    for row_id, head in found:
        if head is None or seal.current(bytes(head)):
            continue
        row = tx.one(column.value, one=row_id)
        before = bytes(row[0]) if row else b""
        place = column.place(row_id)
        sealed = seal.shut(seal.open(before, place=place), place=place)
        changed += tx.run(column.change, one=row_id, before=before, sealed=sealed)
    reached("seals.resealed")
    return Resealed(changed, found[-1][0] if len(found) == rows else None)
