"""Backup while others write, and the way back."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import StoreError
from bridge.store.backup import BEFORE, backup, restore
from bridge.store.engines import open_database
from bridge.store.migrate import checked
from bridge.store.migrations import head
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.url import StoreUrl
from tests.contract.notes import count, found, put, ready


@pytest.fixture
async def store(file: Path) -> Store:
    return await ready(await Store.open(StoreSettings(url=f"sqlite:///{file}"), SystemClock()))


async def _restored(file: Path, source: Path) -> list[str]:
    restore(open_database(StoreUrl("sqlite", path=str(file))), source)
    opened = await Store.open(StoreSettings(url=f"sqlite:///{file}"), SystemClock())
    there = await found(opened)
    await opened.close()
    return there


async def test_a_backup_while_four_tasks_write_holds_all_that_was_told_before(store: Store, tmp_path: Path) -> None:
    written: list[str] = []
    stop, grown = asyncio.Event(), asyncio.Event()

    async def task(name: int) -> None:
        number = 0
        while not stop.is_set():
            written.append(await store.write(put(f"{name}-{number:05}" + "x" * 500)))
            number += 1
            grown.set()

    tasks = [asyncio.ensure_future(task(name)) for name in range(4)]
    for round_ in range(5):
        while len(written) < 200 * round_:
            grown.clear()
            await grown.wait()
        before = set(written)
        to = tmp_path / "backup.db"
        assert await store.backup(to) == head()
        assert _mode(to) == 0o600
        there = set(await asyncio.to_thread(_bodies, to))
        assert before <= there <= set(written) | {one for one in there if one not in before}
        # One moment: of each task everything up to some number, without a gap.
        for name in range(4):
            numbers = sorted(int(one[2:7]) for one in there if one.startswith(f"{name}-"))
            assert numbers == list(range(len(numbers)))
    stop.set()
    await asyncio.gather(*tasks)
    await store.close()
    assert _names(tmp_path) == ["backup.db", "bridge.db"]


def _mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def _names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def _read(file: Path) -> bytes:
    return file.read_bytes()


def _write(file: Path, data: bytes) -> None:
    file.write_bytes(data)


def _bodies(file: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return [body.decode() for (body,) in connection.execute("SELECT body FROM test_notes")]


async def test_what_was_saved_comes_back_and_what_was_there_is_kept(store: Store, file: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    await store.write(put("one"))
    await store.backup(saved)
    await store.write(put("two"))
    await store.close()
    assert await _restored(file, saved) == ["one"]
    assert _bodies(file.with_name(file.name + BEFORE)) == ["one", "two"]
    assert _mode(file) == 0o600


@pytest.mark.parametrize("harm", [b"", b"not a database at all", b"SQLite format 3\0" + os.urandom(9000)])
async def test_it_comes_back_over_a_store_that_is_damaged_or_gone(
    store: Store, file: Path, tmp_path: Path, harm: bytes
) -> None:
    await store.write(put("one"))
    await store.backup(tmp_path / "saved.db")
    await store.close()
    _write(file, harm)
    assert await _restored(file, tmp_path / "saved.db") == ["one"]
    kept = file.with_name(file.name + BEFORE)
    assert (kept.read_bytes() if harm else b"") == harm


async def test_nothing_is_put_under_a_bridge_that_runs(store: Store, file: Path, tmp_path: Path) -> None:
    await store.write(put("one"))
    await store.backup(tmp_path / "saved.db")
    await store.write(put("two"))
    with pytest.raises(StoreError, match="in use: stop every bridge"):
        restore(open_database(StoreUrl("sqlite", path=str(file))), tmp_path / "saved.db")
    assert await count(store) == 2
    await store.write(put("three"))
    await store.close()


async def test_what_is_no_sound_backup_is_refused_and_the_store_stays(store: Store, file: Path, tmp_path: Path) -> None:
    await store.write(put("x" * 100_000))
    saved = tmp_path / "saved.db"
    await store.backup(saved)
    await store.close()
    data = saved.read_bytes()
    database = open_database(StoreUrl("sqlite", path=str(file)))
    for harmed in (b"", b"text", data[: len(data) // 2], data[:5000] + bytes(20_000) + data[25_000:]):
        saved.write_bytes(harmed)
        with pytest.raises(StoreError, match=r"saved\.db"):
            restore(database, saved)
    assert checked(file) == head()
    assert _bodies(file) == ["x" * 100_000]


async def test_a_file_of_somebody_else_is_not_written_over(store: Store, file: Path, tmp_path: Path) -> None:
    other = tmp_path / "letter.txt"
    other.write_text("Dear")
    for to in (other, tmp_path, file):
        with pytest.raises(StoreError, match="is no backup"):
            await store.backup(to)
    with pytest.raises(StoreError, match="No such file"):
        await store.backup(tmp_path / "nowhere" / "saved.db")
    assert other.read_text() == "Dear"
    await store.close()


@pytest.mark.parametrize(("work", "tool"), [(backup, "pg_dump --format=custom"), (restore, "pg_restore --clean")])
def test_postgresql_has_its_own_tools(work: object, tool: str, tmp_path: Path) -> None:
    database = open_database(StoreUrl.parse("postgresql://user@host/base"), "hunter2")
    with pytest.raises(StoreError, match=tool) as caught:
        work(database, tmp_path / "a.dump")
    assert "postgresql://user" in caught.value.detail
    assert "hunter2" not in caught.value.detail


async def test_a_damaged_store_gives_no_backup_and_the_one_of_before_stays(
    store: Store, file: Path, tmp_path: Path
) -> None:
    for number in range(50):
        await store.write(put(f"{number:02}" + "x" * 5000))
    saved = tmp_path / "saved.db"
    await store.backup(saved)
    await store.close()
    good, data = _read(saved), _read(file)
    _write(file, data[:-120_000] + bytes(60_000) + data[-60_000:])
    with pytest.raises(StoreError, match="damaged"):
        backup(open_database(StoreUrl("sqlite", path=str(file))), saved)
    assert _read(saved) == good
    assert _names(tmp_path) == ["bridge.db", "saved.db"]
