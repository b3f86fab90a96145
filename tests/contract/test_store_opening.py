"""How a store is opened: tables made once whoever starts, what is not ours refused."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.command import upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from bridge.clock import SystemClock
from bridge.errors import StoreError
from bridge.store.engines import Database, open_database
from bridge.store.migrate import migrate, revision
from bridge.store.migrations import FOLDER, VERSION_TABLE, head
from bridge.store.migrations.initial import write
from bridge.store.schema import metadata
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.url import StoreUrl
from tests.servers.postgresql import postgresql

SHOWN = (
    *("synchronous_commit", "statement_timeout", "lock_timeout"),
    *("idle_in_transaction_session_timeout", "application_name"),
)
# Made by words of its own (`extra_ddl`), which metadata does not know.
BESIDE = ("journal_text", VERSION_TABLE, "search", "ix_journal_search")


def _differences(connection: sa.Connection) -> list[object]:
    def ours(_thing: object, name: str | None, _kind: str, *_more: object) -> bool:
        return not str(name).startswith(BESIDE)

    context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
    return list(compare_metadata(context, metadata))


@pytest.fixture
def store_url(empty_url: str) -> str:
    """All here are about the first start."""
    return empty_url


@pytest.fixture
def database(store_url: str) -> Database:
    return open_database(StoreUrl.parse(store_url))


def test_the_revisions_give_what_the_metadata_says(database: Database) -> None:
    migrate(database)
    with database.reader.connect() as connection:
        assert _differences(connection) == []
        assert revision(connection) == head()
    database.dispose()


def test_revisions_written_anew_give_the_same(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        (folder / name).write_bytes((FOLDER / name).read_bytes())
    write(folder / "versions")
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    if database.path is not None:
        database.path.touch()
    with database.writer.connect() as connection:
        connection.exec_driver_sql(database.begin_write)
        config.attributes["connection"] = connection
        upgrade(config, "head")
        connection.exec_driver_sql("COMMIT")
        assert _differences(connection) == []
        assert revision(connection) == head(folder / "versions")
    database.dispose()


async def test_many_may_start_at_once(store_url: str) -> None:
    program = (
        "import sys; from bridge.store.engines import open_database; from bridge.store.migrate import migrate;"
        "from bridge.store.url import StoreUrl; sys.stdin.readline();"
        "print(migrate(open_database(StoreUrl.parse(sys.argv[1]))))"
    )
    pipe = asyncio.subprocess.PIPE
    starting = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program, store_url), stdin=pipe, stdout=pipe, stderr=pipe
        )
        for _ in range(4)
    ]
    told = await asyncio.gather(*(one.communicate(b"go\n") for one in starting))
    assert [(said.decode().strip(), errors.decode()) for said, errors in told] == [(head(), "")] * 4


async def _refused(store_url: str) -> str:
    with pytest.raises(StoreError) as caught:
        await Store.open(StoreSettings(url=store_url), SystemClock())
    return caught.value.detail


async def test_a_store_of_a_newer_program_is_refused_with_both_revisions(store_url: str, database: Database) -> None:
    migrate(database)
    with database.writer.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    told = await _refused(store_url)
    assert "revision 9999" in told
    assert head() in told
    assert "newer version" in told
    database.dispose()


async def test_tables_that_are_not_ours_are_left_alone(store_url: str, database: Database) -> None:
    with database.writer.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE jobs (mine TEXT)")
    assert "tables that are not ours (jobs)" in await _refused(store_url)
    with database.reader.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["jobs"]
    database.dispose()


async def test_a_database_that_is_not_there_is_said_without_a_password(tmp_path: Path) -> None:
    told = await _refused(f"postgresql://user@/nothing?host={tmp_path}")
    assert "cannot be used" in told
    assert str(tmp_path) in told


@pytest.mark.parametrize("harm", [lambda data: data[:4096], lambda data: data[:16] + b"\xff" * 84 + data[100:]])
async def test_a_damaged_file_is_said_and_left_as_it_is(tmp_path: Path, harm: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "bridge.db"
    store = await Store.open(StoreSettings(url=f"sqlite:///{path}"), SystemClock())
    await store.close()
    path.write_bytes(harmed := harm(path.read_bytes()))
    assert str(path) in await _refused(f"sqlite:///{path}")
    assert path.read_bytes() == harmed


async def test_a_server_that_answers_before_it_is_durable_is_told_otherwise_and_each_wait_is_bounded() -> None:
    with postgresql("synchronous_commit=off") as server:
        store = await Store.open(StoreSettings(url=server.database() + "&application_name=mine"), SystemClock())
        asked = [sa.text(f"SHOW {name}") for name in SHOWN]
        told = [
            {name: tx_rows[0][0] for name, tx_rows in zip(SHOWN, rows, strict=True)}
            for rows in (
                await store.write(lambda tx: [tx.select(one) for one in asked]),
                await store.read(lambda tx: [tx.select(one) for one in asked]),
            )
        ]
        await store.close()
    assert told == [dict(zip(SHOWN, ("on", "20s", "5s", "5s", "mine"), strict=True))] * 2


async def test_a_driver_that_is_not_installed_is_named(tmp_path: Path) -> None:
    program = (
        "import sys, asyncio; sys.modules['psycopg'] = None\n"
        "from bridge.clock import SystemClock; from bridge.errors import StoreError\n"
        "from bridge.store.settings import StoreSettings; from bridge.store.store import Store\n"
        "try: asyncio.run(Store.open(StoreSettings(url='postgresql://u@h/d'), SystemClock()))\n"
        "except StoreError as error: print(error.detail)\n"
    )
    asking = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    told, _ = await asking.communicate()
    assert b"pip install legacy-bridge[postgresql]" in told
