"""How each database is opened."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.store.engines import open_database
from bridge.store.url import StoreUrl


def _asked(engine: sa.Engine, pragma: str) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
def test_sqlite_is_as_durable_as_we_say(file: Path, pragma: str, value: object) -> None:
    database = open_database(StoreUrl.parse(f"sqlite:///{file}"))
    assert _asked(database.writer, pragma) == value
    database.dispose()


def test_only_the_writer_writes(file: Path) -> None:
    database = open_database(StoreUrl.parse(f"sqlite:///{file}"))
    assert _asked(database.writer, "query_only") == 0
    assert _asked(database.reader, "query_only") == 1
    database.dispose()
