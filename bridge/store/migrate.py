"""The tables brought up to date at start, under a lock: of several processes that start at once one does it.

A database that is not ours, or that a newer program wrote, is refused before anything in it is touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bridge.errors import StoreError
from bridge.store.engines import Database
from bridge.store.failpoints import reached
from bridge.store.failures import meaning, words
from bridge.store.files import prepare
from bridge.store.migrations import FOLDER, VERSION_TABLE, VERSIONS, head
from bridge.store.pooler import refuse_pooler
from bridge.store.schema import metadata

# Any number will do, if all who migrate ask for the same one.
LOCK = 5_717_426_105
LOCK_S_MAX = 120


def migrate(database: Database) -> str:
    """Gives the revision. Raises StoreError when the database cannot be used, or is newer than this program."""
    newest = head()
    if database.path is not None:
        prepare(database.path)
    try:
        with database.writer.connect() as connection:
            if database.kind == "sqlite":
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {LOCK_S_MAX * 1000}")
            refuse_pooler(database, connection)
            if revision(connection) != newest:
                with _alone(database, connection):
                    _upgrade(database, connection, newest)
    except StoreError:
        raise
    except Exception as error:  # two drivers have no error in common
        if meaning(error) is None:
            raise
        raise StoreError(f"the store {database.place} cannot be used: {words(error)}") from error
    return newest


def revision(connection: Connection) -> str:
    """Empty where there are no tables of ours."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return ""
    found = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608  a constant
    return str(found or "")


@contextmanager
def _alone(database: Database, connection: Connection) -> Iterator[None]:
    connection.exec_driver_sql(database.begin_write)
    if database.kind == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_S_MAX}s'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    reached("migrate.locked")
    try:
        yield
        reached("migrate.commit")
        connection.exec_driver_sql("COMMIT")
        reached("migrate.committed")
    except BaseException:  # an interrupted one as well: its state is not known
        connection.invalidate()
        raise


def _upgrade(database: Database, connection: Connection, newest: str) -> None:
    """Under the lock; another process may just have done it."""
    now = revision(connection)
    if now == newest:
        return
    known = {file.name[1:5] for file in VERSIONS.glob("v[0-9]*_*.py")}
    if now and now not in known:
        raise StoreError(
            f"the store {database.place} is at revision {now}, this program knows revisions up to {newest}: it was"
            " written by a newer version. Start that version, or restore a backup that was made before it"
        )
    if not now:
        _refuse_strangers(database, connection)
    # Loaded only now: a start at which nothing is to be done need not wait for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    reached("migrate.upgraded")


def _refuse_strangers(database: Database, connection: Connection) -> None:
    """SQLite's file is ours alone. A database of PostgreSQL may hold more, as long as no name is taken."""
    there = set(sa.inspect(connection).get_table_names())
    foreign = there if database.kind == "sqlite" else there & set(metadata.tables)
    if foreign:
        some = ", ".join(sorted(foreign)[:5])
        raise StoreError(
            f"the store {database.place} holds tables that are not ours ({some}): name a database of its own"
        )


@dataclass(frozen=True, slots=True)
class Look:
    """A store that was read as a whole and is sound."""

    place: str
    revision: str
    newest: str
    bytes: int


def looked_at(database: Database) -> Look:
    """Raises StoreError where it is damaged, or no store at all. Changes nothing."""
    if database.path is not None:
        return Look(database.place, checked(database.path), head(), database.path.stat().st_size)
    try:
        with database.reader.connect() as connection:
            now = revision(connection)
            size = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar()
    except SQLAlchemyError as error:
        raise StoreError(f"{database.place}: {words(error)}") from error
    if not now:
        raise StoreError(f"{database.place} holds no store")
    return Look(database.place, now, head(), int(size or 0))


def checked(path: Path) -> str:
    """Where a file is a sound store: its revision. Raises StoreError."""
    engine = sa.create_engine(f"sqlite:///file:{quote(str(path.absolute()))}?mode=ro&uri=true", poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            problems = [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check(10)") if row[0] != "ok"]
            now = revision(connection)
    except SQLAlchemyError as error:
        raise StoreError(f"{path}: {words(error)}") from error
    finally:
        engine.dispose()
    if problems:
        raise StoreError(f"{path} is damaged: {'; '.join(problems)}")
    if not now:
        raise StoreError(f"{path} holds no store")
    return now
