"""What every store promises about writing and reading."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import bindparam, select

from bridge.store.ids import new_id
from bridge.store.schema.jobs import jobs
from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.tx import Row, Tx

INSERT = Statement(jobs.insert())
FOUND = Statement(select(jobs.c.payload).where(jobs.c.queue == bindparam("q")).order_by(jobs.c.payload))


class Refused(Exception):
    """What a unit raises on purpose."""


def _put(text: str, *, then: type[Exception] | None = None) -> object:
    def unit(tx: Tx) -> str:
        tx.run(INSERT, id=new_id(tx.now), queue="q", state="s", priority=0, due_at=tx.now, payload=text.encode())
        if then is not None:
            raise then
        return text

    return unit


async def _found(store: Store) -> list[str]:
    rows: list[Row] = await store.read(lambda tx: tx.rows(FOUND, q="q"))
    return [bytes(payload).decode() for (payload,) in rows]


async def test_what_is_acknowledged_is_there(store: Store) -> None:
    assert await store.write(_put("one")) == "one"
    assert await _found(store) == ["one"]


async def test_a_unit_that_raises_takes_nothing_with_it_and_its_neighbours_stay(store: Store) -> None:
    units = [store.write(_put(f"{n:02}", then=Refused if n % 3 == 0 else None)) for n in range(30)]
    told = await asyncio.gather(*units, return_exceptions=True)
    assert [isinstance(one, Refused) for one in told] == [n % 3 == 0 for n in range(30)]
    assert await _found(store) == [f"{n:02}" for n in range(30) if n % 3]


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(Exception, match="read"):
        await store.read(_put("never"))
    assert await _found(store) == []
