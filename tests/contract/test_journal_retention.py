"""What the journal no longer keeps, and what it keeps all the same; and who lives, on every store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from bridge.store.journal import Entry, Settled, load, note, settle
from bridge.store.journal_nodes import gone, orphans, seen
from bridge.store.journal_retention import retain, sizes
from bridge.store.journal_search import Filter, counts, find
from bridge.store.journal_settings import JournalSettings
from bridge.store.schema.jobs import jobs
from bridge.store.schema.journal import nodes
from bridge.store.sealing import Seal
from bridge.store.statement import Statement
from bridge.store.store import Store

SEAL = Seal(None)
NOW = 1_700_000_000.0
DAY_S = 86400.0


def settings(**written: object) -> JournalSettings:
    return JournalSettings.model_validate(written)


def _entry(n: int, **changes: object) -> Entry:
    entry = Entry(id=f"e{n:05}", kind="call", state="done", at=NOW - n * DAY_S, text=f"word{n} all")
    return replace(entry, **changes)  # type: ignore[arg-type]  # dataclasses.replace is checked at run time


async def _noted(store: Store, entries: Iterable[Entry]) -> None:
    await store.write(lambda tx: [note(tx, one, SEAL) for one in entries])


async def _left(store: Store, wanted: Filter | None = None) -> list[str]:
    return sorted(one.id for one in (await store.read(lambda tx: find(tx, wanted or Filter(), limit=1000))).items)


async def test_what_is_too_old_goes_each_kind_at_its_own_time(store: Store) -> None:
    await _noted(store, [_entry(n, kind="file" if n % 2 else "call") for n in range(1, 60)])
    assert await retain(store, settings(keep={"call": "10d", "file": "20d"}), NOW, rows=7) > 30
    files = [f"e{n:05}" for n in range(1, 20, 2)]
    assert await _left(store) == sorted([*files, *(f"e{n:05}" for n in range(2, 11, 2))])


async def test_what_is_deleted_is_found_by_no_word(store: Store) -> None:
    await _noted(store, [_entry(n) for n in (1, 40)])
    await retain(store, settings(), NOW)
    assert await _left(store, Filter(text="all")) == ["e00001"]
    assert await _left(store, Filter(text="word40")) == []


async def test_what_is_too_much_goes_the_oldest_first(store: Store) -> None:
    await _noted(store, [_entry(n, request=str(n).encode() * 1000) for n in range(20)])
    one = (await store.read(sizes))["call"] // 20
    wanted = settings()
    wanted = wanted.model_copy(update={"size": one * 8})
    await retain(store, wanted, NOW, rows=3)
    left = await _left(store)
    assert left == [f"e{n:05}" for n in range(len(left))]
    assert 6 <= len(left) <= 8


async def test_a_kind_has_a_bound_of_its_own(store: Store) -> None:
    await _noted(store, [_entry(n, kind="webhook" if n % 2 else "call") for n in range(20)])
    wanted = settings().model_copy(update={"sizes": {"webhook": 2000}})
    await retain(store, wanted, NOW)
    told = {one.kind: one.states["done"] for one in await store.read(counts)}
    assert told["call"] == 10
    assert told["webhook"] <= 3


async def test_what_a_dead_letter_tells_of_and_what_is_under_way_stays(store: Store) -> None:
    await _noted(store, [_entry(100, correlation="t1"), _entry(101, correlation="t2"), _entry(102, state="sent")])
    job = {"id": "j", "queue": "q", "due_at": 0.0, "payload": b"", "created_at": 0.0}
    await store.write(
        lambda tx: [
            tx.run(Statement(insert(jobs).values(**job | {"id": n, "state": state, "correlation": correlation})))
            for n, state, correlation in (("j1", "dead", "t1"), ("j2", "done", "t2"))
        ]
    )
    assert await retain(store, settings(), NOW) == 1
    assert await retain(store, settings().model_copy(update={"size": 1}), NOW) == 0
    assert await _left(store) == ["e00100", "e00102"]
    await store.write(lambda tx: tx.run(Statement(update(jobs).where(jobs.c.id == "j1").values(state="cancelled"))))
    assert await retain(store, settings(), NOW) == 1
    assert await _left(store) == ["e00102"]


async def test_of_a_process_that_is_gone_nobody_knows_what_became(store: Store) -> None:
    await _noted(
        store,
        [_entry(1, state="sent", node="dead"), _entry(2, state="sent", node="alive"), _entry(3, node="dead")],
    )
    await store.write(lambda tx: seen(tx, "alive"))
    await store.write(lambda tx: (seen(tx, "dead"), seen(tx, "alive")))
    assert await store.write(lambda tx: orphans(tx, 60.0)) == 0
    await store.write(
        lambda tx: tx.run(Statement(update(nodes).where(nodes.c.node == "dead").values(seen_at=tx.now - 61)))
    )
    assert await store.write(lambda tx: orphans(tx, 60.0)) == 1
    assert await _left(store, Filter(state="unknown")) == ["e00001"]
    assert await _left(store, Filter(state="unknown", text="all")) == ["e00001"]
    assert await _left(store, Filter(state="sent")) == ["e00002"]
    await store.write(lambda tx: gone(tx, "alive"))
    assert await store.write(lambda tx: orphans(tx, 60.0)) == 1


async def test_the_truth_that_comes_late_takes_the_place_of_unknown(store: Store) -> None:
    await _noted(store, [_entry(1, state="sent", node="slept")])
    assert await store.write(lambda tx: orphans(tx, 60.0)) == 1
    assert await store.write(lambda tx: settle(tx, "e00001", Settled("done", "applied", 200), SEAL))
    entry = await store.read(lambda tx: load(tx, "e00001", SEAL))
    assert entry is not None
    assert (entry.state, entry.outcome) == ("done", "applied")


@pytest.mark.parametrize("written", [{"mask": [""]}, {"keep": {"nobody": "1d"}}, {"wait": "0s"}, {"body": 10}])
def test_settings_that_make_no_sense_are_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        settings(**written)
