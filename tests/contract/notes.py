"""A table of the tests' own, so that what every store promises does not hang on any table of the bridge."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import MetaData, Table, bindparam, func, select
from sqlalchemy.schema import CreateTable

from bridge.store.ids import new_id
from bridge.store.schema.columns import binary, text
from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.tx import Row, Tx

NOTES = Table("test_notes", MetaData(), text("id", key=True), text("topic"), binary("body"))
CREATE = Statement(CreateTable(NOTES, if_not_exists=True))
INSERT = Statement(NOTES.insert())
FOUND = Statement(select(NOTES.c.body).where(NOTES.c.topic == bindparam("topic")).order_by(NOTES.c.body))
COUNT = Statement(select(func.count()).select_from(NOTES))
UPDATE = Statement(NOTES.update().where(NOTES.c.id == bindparam("which")).values(body=bindparam("said")))


async def ready(store: Store) -> Store:
    await store.write(lambda tx: tx.run(CREATE))
    return store


def put(
    body: str, *, then: type[Exception] | None = None, topic: str = "t", id_: str | None = None
) -> Callable[[Tx], str]:
    def unit(tx: Tx) -> str:
        tx.run(INSERT, id=id_ or new_id(tx.now), topic=topic, body=body.encode())
        if then is not None:
            raise then
        return body

    return unit


async def found(store: Store, topic: str = "t") -> list[str]:
    rows: list[Row] = await store.read(lambda tx: tx.rows(FOUND, topic=topic))
    return [bytes(body).decode() for (body,) in rows]


async def count(store: Store) -> int:
    [(number,)] = await store.read(lambda tx: tx.rows(COUNT))
    return int(number)
