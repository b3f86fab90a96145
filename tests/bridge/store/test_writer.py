"""Group commit: what is shared, and what is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.store.store import Store
from bridge.store.tx import Tx


async def test_units_that_wait_together_share_a_transaction(store: Store) -> None:
    seen: list[int] = []

    def unit(tx: Tx) -> None:
        seen.append(id(tx))

    await asyncio.gather(*(store.write(unit) for _ in range(50)))
    assert len(seen) == 50
    assert len(set(seen)) < 50


async def test_units_run_in_the_order_in_which_they_came(store: Store) -> None:
    seen: list[int] = []
    await asyncio.gather(*(store.write(lambda tx, n=n: seen.append(n)) for n in range(50)))
    assert seen == list(range(50))


async def test_what_a_unit_raises_comes_out(store: Store, file: Path) -> None:
    def unit(tx: Tx) -> None:
        raise KeyError(file)

    with pytest.raises(KeyError):
        await store.write(unit)
    assert await store.write(lambda tx: 1) == 1
