"""The tables at start."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from bridge.store.engines import open_database
from bridge.store.migrate import migrate
from bridge.store.schema import metadata
from bridge.store.url import StoreUrl


def test_an_empty_file_gets_every_table_and_a_second_start_changes_nothing(file: Path) -> None:
    database = open_database(StoreUrl.parse(f"sqlite:///{file}"))
    for _ in range(2):
        migrate(database)
        assert set(sa.inspect(database.reader).get_table_names()) >= set(metadata.tables)
    database.dispose()
