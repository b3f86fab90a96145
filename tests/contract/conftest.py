"""Every store: each test that takes `store_url` runs on each of them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.store.engines import open_database
from bridge.store.migrate import migrate
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.url import StoreUrl
from tests.servers.postgresql import Postgresql, postgresql

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def server() -> Iterator[Postgresql]:
    """One for each process of tests; each test has a database of its own in it. There are hundreds in the end, and a
    server that looked after them all the time would do little else."""
    with postgresql("fsync=off", "autovacuum=off") as running:
        yield running


@pytest.fixture(params=KINDS)
def store_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, store_kind: str, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if store_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'bridge.db'}"
        return
    running: Postgresql = request.getfixturevalue("server")
    url = running.database()
    yield url
    running.drop(url)


@pytest.fixture
def store_url(request: pytest.FixtureRequest, store_kind: str, tmp_path: Path) -> Iterator[str]:
    """A database with all its tables, and nothing in them. Dropped at the end: the folder of hundreds takes minutes to
    remove where the disk is busy."""
    if store_kind == "sqlite":
        path = tmp_path / "bridge.db"
        shutil.copy(request.getfixturevalue("made_file"), path)
        yield f"sqlite:///{path}"
        return
    running: Postgresql = request.getfixturevalue("server")
    url = running.database(like=request.getfixturevalue("made_database"))
    yield url
    running.drop(url)


@pytest.fixture(scope="session")
def made_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first start makes of a file; each test has a copy."""
    path = tmp_path_factory.mktemp("made") / "bridge.db"
    _make(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def made_database(server: Postgresql) -> str:
    """What the first start makes of a database; each test has a copy."""
    url = server.database()
    _make(url)
    return url.partition("?")[0].rpartition("/")[2]


def _make(url: str) -> None:
    database = open_database(StoreUrl.parse(url))
    migrate(database)
    database.dispose()


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(StoreSettings(url=store_url), SystemClock())
    yield opened
    await opened.close()
