"""Group commit: what is shared, and what is not."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import psycopg
import pytest

from bridge.clock import SystemClock
from bridge.errors import StoreUnavailable
from bridge.store.engines import open_database
from bridge.store.failures import StoreUncertain
from bridge.store.store import Store
from bridge.store.time import StoreClock
from bridge.store.tx import Tx
from bridge.store.url import StoreUrl
from bridge.store.writer import Writer


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


async def test_a_fault_of_ours_in_the_writer_is_told_and_does_not_end_its_thread(file: Path) -> None:
    database = open_database(StoreUrl("sqlite", path=str(file)))
    times = 0

    class Odd(SystemClock):
        """Breaks within the writer, in both of its tries."""

        def wall(self) -> float:
            nonlocal times
            times += 1
            if times <= 2:
                raise ArithmeticError("no such time")
            return super().wall()

    writer = Writer(database, StoreClock(Odd()))
    writer.start()
    with pytest.raises(StoreUnavailable):
        await writer.submit(lambda tx: "never")
    assert await writer.submit(lambda tx: "next") == "next"
    await asyncio.to_thread(writer.close)
    database.dispose()


async def test_it_ends_in_bounded_time_and_tells_whoever_is_left(file: Path) -> None:
    database = open_database(StoreUrl("sqlite", path=str(file)))
    writer = Writer(database, StoreClock(SystemClock()), close_s_max=0.05)
    writer.start()
    entered, go_on = threading.Event(), threading.Event()

    def hangs(tx: Tx) -> None:
        entered.set()
        go_on.wait(60)

    first = asyncio.ensure_future(writer.submit(hangs))
    await asyncio.to_thread(entered.wait, 60)
    second = asyncio.ensure_future(writer.submit(lambda tx: "never"))
    await asyncio.sleep(0)  # a task gets in line in its first turn, which is the next one
    await asyncio.to_thread(writer.close)
    told = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(one) for one in told] == [StoreUncertain, StoreUnavailable]
    go_on.set()
    await asyncio.to_thread(writer.close)
    database.dispose()


async def test_a_unit_that_raised_before_all_was_done_again_is_told_of_its_last_run_alone(store: Store) -> None:
    runs = {"one": 0, "other": 0}
    gate = threading.Event()

    def one(tx: Tx) -> str:
        runs["one"] += 1
        if runs["one"] <= 2:  # together with the other, and with a savepoint of its own
            raise KeyError("what it saw then")
        return "done"

    def other(tx: Tx) -> None:
        runs["other"] += 1
        if runs["other"] == 1:
            raise psycopg.errors.AdminShutdown

    first = asyncio.create_task(store.write(lambda tx: gate.wait(30)))
    both = [asyncio.create_task(store.write(unit)) for unit in (one, other)]
    await asyncio.sleep(0)  # a task gets in line in its first turn, which is the next one
    gate.set()
    assert [await first, *await asyncio.gather(*both)] == [True, "done", None]
    assert runs["one"] == 3
