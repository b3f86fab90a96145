"""Values at rest on every store: sealed anew while in use, and nowhere in the clear."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from bridge.clock import SystemClock
from bridge.errors import StoreError
from bridge.store.jobs import NewJob, enqueue
from bridge.store.journal import Entry, Settled, load, note, settle
from bridge.store.keys import unlock
from bridge.store.reseal import SEALED, reseal, some
from bridge.store.schema.jobs import jobs
from bridge.store.schema.seals import seals
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx

ONE, TWO = bytes(range(32)), bytes(range(1, 33))
CANARY = b"hunter2-canary"
ENTRY = Entry(id="", kind="call", request=b'{"args":{"password":"' + CANARY + b'"}}', answer=CANARY)


async def _fill(store: Store, seal: Seal, count: int) -> list[str]:
    def unit(tx: Tx) -> list[str]:
        return [note(tx, replace(ENTRY, id=f"e{n:03}"), seal) for n in range(count)]

    ids = await store.write(unit)
    await store.write(lambda tx: enqueue(tx, NewJob(queue="q", kind="call", payload=CANARY), seal))
    return ids


@pytest.mark.parametrize("before", [None, ONE], ids=["bare", "sealed"])
async def test_everything_is_sealed_anew_and_the_key_before_can_go(store: Store, before: bytes | None) -> None:
    ids = await _fill(store, Seal(before), 25)
    both = Seal(TWO, [before] if before else [])
    assert await reseal(store, both, rows=7) == 51
    assert await reseal(store, both, rows=7) == 0
    now = Seal(TWO, plain=False)
    for one in ids:
        entry = await store.read(partial(load, entry_id=one, seal=now))
        assert entry is not None
        assert (entry.request, entry.answer) == (ENTRY.request, CANARY)
    ((job_id, payload),) = await store.read(lambda tx: tx.select(select(jobs.c.id, jobs.c.payload)))
    assert now.open(payload, place=f"jobs.payload:{job_id}") == CANARY


async def test_stopped_half_way_it_goes_on_where_it_was(store: Store) -> None:
    await _fill(store, Seal(ONE), 25)
    both = Seal(TWO, [ONE])
    done = await store.write(lambda tx: some(tx, SEALED[0], both, "", 10))
    assert (done.rows, done.after) == (10, "e009")
    assert await reseal(store, both) == 41


async def test_without_the_key_before_nothing_is_changed(store: Store) -> None:
    await _fill(store, Seal(ONE), 3)
    with pytest.raises(StoreError, match=Seal(ONE).key_id):
        await reseal(store, Seal(TWO))
    assert await store.read(lambda tx: load(tx, "e000", Seal(ONE))) is not None
    assert await store.read(lambda tx: tx.select(select(seals.c.key_id))) == []


async def test_with_a_key_no_payload_is_in_the_clear_anywhere(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    settings = StoreSettings.model_validate({"url": f"sqlite:///{tmp_path / 'b.db'}", "key": f"file:{key}"})
    store = await Store.open(settings, SystemClock())
    seal = await unlock(store, settings)
    await _fill(store, seal, 25)
    await store.write(lambda tx: settle(tx, "e001", Settled("done", answer=CANARY * 100), seal))
    open_ones = _files(tmp_path)
    await store.close()
    open_ones["b.db, closed"] = _files(tmp_path)["b.db"]
    assert set(open_ones) >= {"b.db", "b.db-wal"}
    assert b"e001" in open_ones["b.db-wal"] + open_ones["b.db"]
    assert [name for name, data in open_ones.items() if CANARY in data or b"hunter2" in data] == []


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name.startswith("b.db")}


async def test_without_a_key_the_same_search_would_find_it(tmp_path: Path) -> None:
    settings = StoreSettings.model_validate({"url": f"sqlite:///{tmp_path / 'b.db'}"})
    store = await Store.open(settings, SystemClock())
    await _fill(store, await unlock(store, settings), 1)
    await store.close()
    assert CANARY in _files(tmp_path)["b.db"]
