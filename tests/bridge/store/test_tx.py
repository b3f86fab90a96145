"""What a unit can do with its transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, literal, select, union_all

from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.tx import Tx

NUMBERS = union_all(select(literal(1).label("n")), select(literal(2)), select(literal(3))).subquery()
ABOVE = Statement(select(NUMBERS.c.n).where(NUMBERS.c.n > bindparam("least")).order_by(NUMBERS.c.n))


async def test_rows_are_plain_tuples(store: Store) -> None:
    assert await store.read(lambda tx: tx.rows(ABOVE, least=1)) == [(2,), (3,)]


async def test_one_is_the_first_or_nothing(store: Store) -> None:
    def query(tx: Tx) -> Any:
        return tx.one(ABOVE, least=1), tx.one(ABOVE, least=9)

    assert await store.read(query) == ((2,), None)


async def test_an_expression_of_one_time_is_run_as_it_is(store: Store) -> None:
    assert await store.read(lambda tx: tx.select(select(func.max(NUMBERS.c.n)))) == [(3,)]


async def test_all_statements_of_a_unit_see_one_time(store: Store) -> None:
    first, second = await store.write(lambda tx: (tx.now, tx.now))
    assert first == second > 1_700_000_000
