"""The store as a whole; what both databases promise is in tests/contract."""

from __future__ import annotations

from pathlib import Path

from bridge.clock import SystemClock
from bridge.store.settings import StoreSettings
from bridge.store.store import Store


async def test_it_says_which_database_it_is(store: Store) -> None:
    assert store.kind == "sqlite"


async def test_a_file_may_be_opened_again(file: Path) -> None:
    for _ in range(2):
        store = await Store.open(StoreSettings(url=f"sqlite:///{file}"), SystemClock())
        assert await store.write(lambda tx: "done") == "done"
        await store.close()
