"""Entries of the journal, the part that needs no database of its kind; what every store promises is in the contract."""

from __future__ import annotations

import pytest

from bridge.errors import StoreError
from bridge.store.journal import Entry, bounds_of, put, row_of
from bridge.store.sealing import Seal
from bridge.store.store import Store


def test_a_row_is_shut_before_the_writer_has_it() -> None:
    seal = Seal(bytes(32))
    row = row_of(Entry(id="e1", kind="call", at=1.0, request=b"hunter2", key="\0"), seal)
    assert isinstance(row["request"], bytes)
    assert seal.open(row["request"], place="journal.request:e1") == b"hunter2"
    assert (row["answer"], row["key"], row["idempotency_key"]) == (None, None, None)


def test_the_number_of_an_entry_follows_its_time() -> None:
    assert bounds_of(2.001) > bounds_of(2.0) > bounds_of(-5) == 0
    assert bounds_of(float("inf")) < 1 << 62


async def test_a_millisecond_has_an_end(store: Store) -> None:
    rows = [row_of(Entry(id=f"{n}", kind="row", at=5.0), Seal(None)) for n in range(101)]
    await store.write(lambda tx: [put(tx, one, lambda _: 0) for one in rows[:100]])
    with pytest.raises(StoreError, match="far too many"):
        await store.write(lambda tx: put(tx, rows[100], lambda _: 0))
