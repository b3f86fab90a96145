"""Reading, bounded."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import literal_column, select, text

from bridge.clock import SystemClock
from bridge.errors import StoreError, StoreUnavailable
from bridge.store.engines import READERS, open_database
from bridge.store.reader import WAITING_MAX, Reader
from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.time import StoreClock
from bridge.store.tx import Tx
from bridge.store.url import StoreUrl

ENDLESS = Statement(text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"))
ONE = Statement(select(literal_column("1")))


async def test_a_query_without_end_is_ended(file: Path) -> None:
    database = open_database(StoreUrl.parse(f"sqlite:///{file}"))
    reader = Reader(database, StoreClock(SystemClock()), read_s_max=0.05)
    with pytest.raises(StoreUnavailable, match="kept safe"):
        await reader.read(lambda tx: tx.rows(ENDLESS))
    assert await reader.read(lambda tx: tx.rows(ONE)) == [(1,)]
    reader.close()
    database.dispose()


async def test_a_query_whose_caller_has_gone_is_ended(store: Store) -> None:
    begun, ended = threading.Event(), threading.Event()

    def endless(tx: Tx) -> None:
        begun.set()
        try:
            tx.rows(ENDLESS)
        finally:
            ended.set()

    task = asyncio.ensure_future(store.read(endless))
    await asyncio.to_thread(begun.wait, 60)
    while not ended.is_set():
        task.cancel()
        await asyncio.to_thread(ended.wait, 0.05)
    assert await store.read(lambda tx: tx.rows(ONE)) == [(1,)]


async def test_it_is_bounded_in_number(store: Store) -> None:
    go_on = threading.Event()
    reading = [asyncio.ensure_future(store.read(lambda tx: go_on.wait(60))) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)  # a task gets in line in its first turn, which is the next one
    with pytest.raises(StoreUnavailable):
        await store.read(lambda tx: tx.rows(ONE))
    go_on.set()
    assert all(await asyncio.gather(*reading))
    assert len({thread.name for thread in threading.enumerate() if "store reader" in thread.name}) <= READERS


async def test_a_statement_that_is_refused_and_an_error_of_the_query_itself(store: Store) -> None:
    with pytest.raises(StoreError, match="no such table"):
        await store.read(lambda tx: tx.select(text("SELECT 1 FROM nowhere")))
    with pytest.raises(ZeroDivisionError):
        await store.read(lambda tx: 1 // 0)
