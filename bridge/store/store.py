"""The store: `write` what must be durable, `read` what is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from bridge.clock import Clock
from bridge.errors import StoreError
from bridge.store.backup import backup
from bridge.store.engines import Database, open_database
from bridge.store.figures import Figures
from bridge.store.migrate import migrate
from bridge.store.reader import Reader
from bridge.store.settings import StoreSettings
from bridge.store.time import StoreClock
from bridge.store.tx import Tx
from bridge.store.url import StoreUrl
from bridge.store.writer import Writer

T = TypeVar("T")


class Store:
    """An opened database. One for each process; `close` once. `clock`: its time, for whatever is compared with what
    lies in it."""

    def __init__(self, database: Database, clock: StoreClock) -> None:
        self.database, self.clock = database, clock
        self._writer, self._reader = Writer(database, clock), Reader(database, clock)

    @property
    def kind(self) -> str:
        return self.database.kind

    @property
    def figures(self) -> Figures:
        return self._writer.figures

    @classmethod
    async def open(cls, settings: StoreSettings, clock: Clock, *, own_time: bool = False) -> Store:
        """Brings the tables up to date, and is ready. With `own_time` it is as late as `clock` says, whatever a server
        says. Raises StoreError when it cannot be used."""
        database = opened(settings)
        try:
            await asyncio.to_thread(migrate, database)
        except BaseException:  # an interrupted start as well leaves nothing open
            database.dispose()
            raise
        store = cls(database, StoreClock(clock, "" if own_time else database.ask_time))
        store._writer.start()
        return store

    async def write(self, unit: Callable[[Tx], T]) -> T:
        """Runs `unit` within a transaction that it may share with others, and returns when that is durable.

        `unit` is short, speaks only to its `Tx`, and may be run again. What it raises is raised here, and then
        nothing of it has happened. StoreUnavailable: it could not be kept; nothing of it is there, unless its
        `outcome` is `unknown`. StoreError: the database refused one of its statements.
        """
        return cast("T", await self._writer.submit(unit))

    async def read(self, query: Callable[[Tx], T]) -> T:
        """Runs `query` on one consistent view of what is committed; it cannot write."""
        return await self._reader.read(query)

    async def backup(self, to: Path) -> str:
        """Saves what is committed now in the file `to`; gives its revision. Raises StoreError."""
        return await asyncio.to_thread(backup, self.database, to)

    async def close(self) -> None:
        """What waits is written first, as far as that can be done in bounded time; what is read is stopped."""
        await asyncio.to_thread(self._writer.close)
        await asyncio.to_thread(self._reader.close)
        self.database.dispose()


def opened(settings: StoreSettings) -> Database:
    """Connects to nothing yet. Raises StoreError when its password is not to be had."""
    try:
        password = settings.password.reveal() if settings.password else None
    except ValueError as error:
        raise StoreError(f"store.password: {error}") from error
    return open_database(StoreUrl.parse(settings.url), password)
