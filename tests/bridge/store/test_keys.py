"""The keys of a store: a wrong or missing one is found when it is opened."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from sqlalchemy import update

from bridge.errors import StoreError
from bridge.store.keys import only, unlock
from bridge.store.schema.seals import seals
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.statement import Statement
from bridge.store.store import Store

ONE, TWO = bytes(range(32)), bytes(range(1, 33))
ID_1, ID_2 = Seal(ONE).key_id, Seal(TWO).key_id
PLACE = "journal.request:e1"


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    for name, key in (("one", ONE), ("two", TWO)):
        (tmp_path / name).write_text(base64.b64encode(key).decode() + "\n")
    (tmp_path / "short").write_text("aHVudGVyMg==")
    return {name: f"file:{tmp_path / name}" for name in ("one", "two", "short", "nobody")}


def settings(key: str | None = None, *older: str) -> StoreSettings:
    return StoreSettings.model_validate({"key": key, "old_keys": older})


async def test_a_store_that_was_sealed_from_its_first_day_opens_nothing_else(
    store: Store, keys: dict[str, str]
) -> None:
    for _ in range(2):
        seal = await unlock(store, settings(keys["one"]))
    assert seal.open(seal.shut(b"x", place=PLACE), place=PLACE) == b"x"
    with pytest.raises(StoreError, match="not sealed"):
        seal.open(Seal(None).shut(b"x", place=PLACE), place=PLACE)


async def test_one_that_got_its_key_later_still_opens_what_is_older(store: Store, keys: dict[str, str]) -> None:
    before = (await unlock(store, settings())).shut(b"x", place=PLACE)
    seal = await unlock(store, settings(keys["one"]))
    assert seal.open(before, place=PLACE) == b"x"
    await store.write(lambda tx: only(tx, seal))
    with pytest.raises(StoreError, match="not sealed"):
        (await unlock(store, settings(keys["one"]))).open(before, place=PLACE)


async def test_without_its_key_it_is_not_opened(store: Store, keys: dict[str, str]) -> None:
    await unlock(store, settings(keys["one"]))
    with pytest.raises(StoreError, match=f"give the key {ID_1} as store.key"):
        await unlock(store, settings())


async def test_nor_with_another(store: Store, keys: dict[str, str]) -> None:
    await unlock(store, settings(keys["one"]))
    with pytest.raises(StoreError, match=f"the key {ID_1}, and store.key is {ID_2}.*old_keys"):
        await unlock(store, settings(keys["two"]))


async def test_the_key_before_is_asked_for_until_all_is_sealed_anew(store: Store, keys: dict[str, str]) -> None:
    await unlock(store, settings(keys["one"]))
    seal = await unlock(store, settings(keys["two"], keys["one"]))
    assert seal.key_id == ID_2
    await store.write(lambda tx: only(tx, seal))
    assert (await unlock(store, settings(keys["two"]))).key_ids == {ID_2}


async def test_a_key_that_is_no_key_is_named(store: Store, keys: dict[str, str]) -> None:
    with pytest.raises(StoreError, match=r"store\.key: .*32 bytes in base64"):
        await unlock(store, settings(keys["short"]))
    with pytest.raises(StoreError, match=r"store\.old_keys\[0\]: .*nobody"):
        await unlock(store, settings(keys["one"], keys["nobody"]))


async def test_another_key_of_the_same_id_does_not_pass(store: Store, keys: dict[str, str]) -> None:
    await unlock(store, settings(keys["one"]))
    forged = Seal(ONE).shut(b"another", place=f"seals.proof:{ID_1}")
    for proof in (forged, forged[:-1], Seal(ONE).shut(b"legacy-bridge", place="seals.proof:")):
        await store.write(lambda tx, p=proof: tx.run(Statement(update(seals).values(proof=p))))
        with pytest.raises(StoreError, match=rf"seals\.proof:{ID_1}"):
            await unlock(store, settings(keys["one"]))
