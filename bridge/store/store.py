"""The store: `write` what must be durable, `read` what is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

from bridge.clock import Clock
from bridge.store.engines import READERS, Database, open_database
from bridge.store.migrate import migrate
from bridge.store.settings import StoreSettings
from bridge.store.tx import Tx
from bridge.store.url import StoreUrl
from bridge.store.writer import Writer

T = TypeVar("T")


class Store:
    """An opened database. One for each process; `close` once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._writer = Writer(database, clock)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store reader")

    @property
    def kind(self) -> str:
        return self._database.kind

    @classmethod
    async def open(cls, settings: StoreSettings, clock: Clock) -> Store:
        """Brings the tables up to date, and is ready. Raises StoreError when it cannot be used."""
        password = settings.password.reveal() if settings.password else None
        database = open_database(StoreUrl.parse(settings.url), password)
        await asyncio.to_thread(migrate, database)
        store = cls(database, clock)
        store._writer.start()
        return store

    async def write(self, unit: Callable[[Tx], T]) -> T:
        """Runs `unit` within a transaction that it may share with others, and returns when that is durable.

        `unit` is short, speaks only to its `Tx`, and may be run again. What it raises is raised here, and then
        nothing of it has happened.
        """
        return cast("T", await self._writer.submit(unit))

    async def read(self, query: Callable[[Tx], T]) -> T:
        """Runs `query` on one consistent view of what is committed; it cannot write."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._query, query)

    def _query(self, query: Callable[[Tx], T]) -> T:
        with self._database.reader.connect() as connection:
            connection.exec_driver_sql(self._database.begin_read)
            try:
                return query(Tx(self._database.kind, connection, self._clock.wall()))
            finally:
                connection.exec_driver_sql("ROLLBACK")

    async def close(self) -> None:
        await asyncio.to_thread(self._writer.close)
        self._readers.shutdown(wait=False)
        self._database.dispose()
