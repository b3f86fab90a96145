"""Whether a pooler such as PgBouncer gives each transaction another connection of the server.

Then nothing that belongs to a session holds: not the bounds on each wait, not the statements that the driver prepares,
and what we set would hold for strangers. It is refused at start, where it can be seen; see docs/store.md.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from bridge.errors import StoreError
from bridge.store.engines import Database
from bridge.store.ids import new_id

LOOKS = 3
_PROBE = "legacy_bridge.probe"


def refuse_pooler(database: Database, connection: Connection) -> None:
    """`connection`: the writer's, outside of a transaction. Raises StoreError; says nothing where no pooler is."""
    if database.kind != "postgresql" or _direct(connection):
        return
    mark = new_id(0.0)
    with database.reader.connect() as other:
        for _ in range(LOOKS):
            _told(connection, f"SELECT set_config('{_PROBE}', '{mark}', false)")
            other.exec_driver_sql("BEGIN")
            found = _told(other, f"SELECT current_setting('{_PROBE}', true)")
            other.exec_driver_sql("ROLLBACK")
            if found == mark:
                raise StoreError(
                    f"the store {database.place} is behind a pooler that gives each transaction another connection"
                    " (PgBouncer's pool_mode=transaction): name the server itself, or a pool with pool_mode=session"
                )


def _direct(connection: Connection) -> bool:
    """A pooler tells a number of its own, which is not that of the server's process."""
    raw: Any = connection.connection.dbapi_connection
    return bool(_told(connection, "SELECT pg_backend_pid()") == raw.info.backend_pid)


def _told(connection: Connection, words: str) -> object:
    return connection.exec_driver_sql(words).scalar()
