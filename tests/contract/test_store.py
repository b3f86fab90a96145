"""What every store promises about writing and reading."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings

import pytest
from sqlalchemy import text

from bridge.clock import SystemClock
from bridge.errors import BridgeError, StoreError, StoreUnavailable
from bridge.store.settings import StoreSettings
from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.contract.notes import COUNT, INSERT, count, found, put, ready

ENDLESS = Statement(text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"))


class Refused(Exception):
    """What a unit raises on purpose."""


@pytest.fixture(autouse=True)
async def _notes(store: Store) -> None:
    await ready(store)


async def test_what_is_acknowledged_is_there(store: Store) -> None:
    assert await store.write(put("one")) == "one"
    assert await found(store) == ["one"]


async def test_a_unit_that_raises_takes_nothing_with_it_and_its_neighbours_stay(store: Store) -> None:
    units = [store.write(put(f"{n:02}", then=Refused if n % 3 == 0 else None)) for n in range(30)]
    told = await asyncio.gather(*units, return_exceptions=True)
    assert [isinstance(one, Refused) for one in told] == [n % 3 == 0 for n in range(30)]
    assert await found(store) == [f"{n:02}" for n in range(30) if n % 3]


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(BridgeError, match="read"):
        await store.read(put("never"))
    assert await found(store) == []


async def test_a_statement_that_the_database_refuses_is_a_fault_of_its_unit_alone(store: Store) -> None:
    units = [store.write(put(f"{n}", id_="same" if n in {3, 5} else None)) for n in range(9)]
    told = await asyncio.gather(*units, return_exceptions=True)
    assert [isinstance(one, StoreError) for one in told] == [n == 5 for n in range(9)]
    assert await found(store) == [f"{n}" for n in range(9) if n != 5]


async def test_a_unit_that_goes_on_after_a_refused_statement_is_not_acknowledged(store: Store) -> None:
    def unit(tx: Tx) -> str:
        put("before")(tx)
        for _ in range(2):
            try:
                put("twice", id_="same")(tx)
            except Exception:  # noqa: BLE001  the fault that is looked at
                continue
        return "all is well"

    told = await asyncio.gather(store.write(unit), store.write(put("neighbour")), return_exceptions=True)
    assert [type(one) for one in told] == [StoreError, str]
    assert await found(store) == ["neighbour"]


async def test_rows_that_nobody_waits_for_are_there_in_order_and_seen_by_the_next_statement(store: Store) -> None:
    def unit(tx: Tx) -> list[int]:
        tx.later(INSERT, id="1", topic="t", body=b"1")
        tx.many(INSERT, [{"id": str(n), "topic": "t", "body": b"%d" % n} for n in range(2, 5)])
        [(number,)] = tx.rows(COUNT)
        tx.later(INSERT, id="5", topic="t", body=b"5")
        return [number]

    assert await store.write(unit) == [4]
    assert await found(store) == ["1", "2", "3", "4", "5"]


async def test_a_row_put_off_that_is_refused_is_the_fault_of_its_own_unit(store: Store) -> None:
    def unit(name: str) -> object:
        return lambda tx: tx.later(INSERT, id=name, topic="t", body=name.encode())

    told = await asyncio.gather(*(store.write(unit(name)) for name in "abcbd"), return_exceptions=True)
    assert [isinstance(one, StoreError) for one in told] == [False, False, False, True, False]
    assert await found(store) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("error", [StopIteration, SystemExit, asyncio.CancelledError, MemoryError])
async def test_whatever_a_unit_raises_the_writer_goes_on(store: Store, error: type[BaseException]) -> None:
    def unit(tx: Tx) -> None:
        put("never")(tx)
        raise error

    [told] = await asyncio.gather(asyncio.ensure_future(_caught(store, unit)))
    assert isinstance(told, RuntimeError if error is StopIteration else error)
    assert await store.write(put("next")) == "next"
    assert await found(store) == ["next"]


async def _caught(store: Store, unit: object) -> BaseException | None:
    try:
        await store.write(unit)
    except BaseException as error:  # noqa: BLE001  also what would end the loop
        return error
    return None


async def test_who_is_cancelled_in_line_is_left_out_and_does_not_disturb_the_others(store: Store) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> str:
        entered.set()
        assert go_on.wait(60)
        return put("slow")(tx)

    first = asyncio.ensure_future(store.write(slow))
    await asyncio.to_thread(entered.wait, 60)
    waiting = [asyncio.ensure_future(store.write(put(f"{n}"))) for n in range(6)]
    await asyncio.sleep(0)  # a task gets in line in its first turn, which is the next one
    for task in (first, *waiting[::2]):
        task.cancel()
    await asyncio.sleep(0)  # a cancelled task leaves in its next turn
    go_on.set()
    told = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert [one if isinstance(one, str) else type(one).__name__ for one in told[1:]] == [
        *("CancelledError", "1", "CancelledError", "3", "CancelledError", "5"),
    ]
    assert [one for one in await found(store) if one != "slow"] == ["1", "3", "5"]


async def test_a_unit_of_many_rows_is_one_commit(store: Store) -> None:
    rows = [{"id": f"{n:05}", "topic": "t", "body": bytes(1000)} for n in range(3000)]
    await store.write(lambda tx: tx.many(INSERT, rows))
    assert await count(store) == 3000

    def half(tx: Tx) -> None:
        tx.many(INSERT, [{**row, "id": "x" + row["id"]} for row in rows])
        raise Refused

    with pytest.raises(Refused):
        await store.write(half)
    assert await count(store) == 3000


async def test_a_reader_sees_one_moment_while_others_write(store: Store) -> None:
    between, go_on = threading.Event(), threading.Event()

    def twice(tx: Tx) -> tuple[object, object]:
        first = tx.rows(COUNT)
        between.set()
        assert go_on.wait(60)
        return first, tx.rows(COUNT)

    reading = asyncio.ensure_future(store.read(twice))
    await asyncio.to_thread(between.wait, 60)
    await store.write(put("meanwhile"))
    go_on.set()
    first, second = await reading
    assert first == second == [(0,)]
    assert await count(store) == 1


async def test_a_store_that_is_closed_while_somebody_reads_leaves_no_connection_open(store_url: str) -> None:
    """One that comes back to its pool after the end of that is told of by the driver, when it is collected."""
    store = await Store.open(StoreSettings(url=store_url), SystemClock())
    reading = threading.Event()

    def query(tx: Tx) -> None:
        reading.set()
        tx.rows(ENDLESS)

    tasks = [asyncio.ensure_future(store.read(query)) for _ in range(6)]
    await asyncio.to_thread(reading.wait)
    tasks[0].cancel()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        await store.close()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        gc.collect()
    assert [type(end) for end in ends] == [asyncio.CancelledError, *[StoreUnavailable] * 5]
    assert [str(one.message) for one in told] == []
