"""Every store: each test that takes `store_url` runs on each of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.servers.postgresql import Postgresql, postgresql

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def server() -> Iterator[Postgresql]:
    """One for each process of tests; each test has a database of its own in it."""
    with postgresql("fsync=off") as running:
        yield running


@pytest.fixture(params=KINDS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bridge.db'}"
    running: Postgresql = request.getfixturevalue("server")
    return running.database()


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(StoreSettings(url=store_url), SystemClock())
    yield opened
    await opened.close()
