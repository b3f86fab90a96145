"""New databases, one for each life: copies of one that was migrated once, or empty ones.

They lie in memory where that can be: a kill takes nothing from a file that was written, and what a power cut takes is
proved apart (powerloss.py).
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.clock import SystemClock
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.proofs.crash.forks import forked
from tests.servers.postgresql import Postgresql, postgresql

New = Callable[[bool], tuple[str, Path]]
"""Called with True it gives a migrated database, with False an empty one; with it a file for its sink. What it gave
before is gone then."""
TEMPLATE = "migrated"


def in_memory() -> Path | None:
    """For `tempfile`."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() else None


def migrate(url: str) -> None:
    """In a child, so that nothing of it stays."""

    async def opened() -> None:
        await (await Store.open(StoreSettings(url=url), SystemClock())).close()

    code, said = forked(lambda: asyncio.run(opened()))
    if code:
        raise RuntimeError(f"the store could not be made: {said.decode()}")


@contextmanager
def databases(kind: str) -> Iterator[New]:
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        if kind == "sqlite":
            yield _files(Path(name))
            return
        with postgresql("fsync=off") as server:
            yield _copies(server, Path(name))


def _files(folder: Path) -> New:
    template, place = folder / "template" / "bridge.db", folder / "place"
    template.parent.mkdir()
    migrate(f"sqlite:///{template}")

    def new(migrated: bool) -> tuple[str, Path]:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        if migrated:
            shutil.copy(template, place / "bridge.db")
        return f"sqlite:///{place / 'bridge.db'}", place / "sink.txt"

    return new


def _copies(server: Postgresql, folder: Path) -> New:
    server.sql(f"CREATE DATABASE {TEMPLATE}")
    migrate(server.url(TEMPLATE))
    numbers = iter(range(1, 1_000_000))

    def new(migrated: bool) -> tuple[str, Path]:
        number = next(numbers)
        sink = folder / "sink.txt"
        sink.unlink(missing_ok=True)
        server.sql(f"DROP DATABASE IF EXISTS life{number - 1} WITH (FORCE)")
        server.sql(f"CREATE DATABASE life{number} TEMPLATE {TEMPLATE if migrated else 'template1'}")
        return server.url(f"life{number}"), sink

    return new
