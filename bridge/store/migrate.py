"""The tables brought up to date at start, under a lock: of several processes that start at once one does it."""

from __future__ import annotations

from bridge.store.engines import Database
from bridge.store.schema import extra_ddl, metadata


def migrate(database: Database) -> None:
    """Raises StoreError when the schema is newer than this program."""
    with database.writer.connect() as connection:
        connection.exec_driver_sql(database.begin_write)
        metadata.create_all(connection)
        for sql in extra_ddl[database.kind]:
            connection.exec_driver_sql(sql)
        connection.exec_driver_sql("COMMIT")
