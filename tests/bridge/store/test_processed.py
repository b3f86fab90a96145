"""How long an event is remembered at the least; the rest is in tests/contract/test_processed.py, on every store."""

from __future__ import annotations

from sqlalchemy import select

from bridge.store.processed import KEPT_S_MIN, first_time
from bridge.store.schema.processed import processed
from bridge.store.store import Store
from bridge.store.tx import Tx


async def test_nobody_can_have_it_forgotten_too_early(store: Store) -> None:
    def unit(tx: Tx) -> float:
        assert first_time(tx, "orders", "e1", 1.0)
        return float(tx.select(select(processed.c.kept_until))[0][0]) - tx.now

    assert await store.write(unit) >= KEPT_S_MIN
