"""A pooler before the database."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bridge.clock import SystemClock
from bridge.errors import StoreError
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.programs import absent
from tests.servers.postgresql import Postgresql, postgresql

READY_S_MAX = 60
INI = """[databases]
{database} = host={server} dbname={database} user=bridge
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 6432
auth_type = any
pool_mode = {mode}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgresql]:
    with postgresql("fsync=off") as running:
        yield running


@contextmanager
def pooler(server: Postgresql, folder: Path, mode: str) -> Iterator[str]:
    """The URL of a new database behind it. It refuses to run as root, as the server does."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        absent("pgbouncer is not installed: apt-get install pgbouncer")
    database = server.database().split("/")[3].split("?")[0]
    who: dict[str, Any] = {}
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
        who = {"user": "postgres", "group": "postgres", "extra_groups": []}
    settings = folder / "pgbouncer.ini"
    settings.write_text(INI.format(database=database, server=server.folder, folder=folder, mode=mode))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen((program, "-q", str(settings)), **quiet, **who)
    try:
        url = f"postgresql://bridge@/{database}?host={folder}&port=6432"
        _answers(url, running)
        yield url
    finally:
        running.kill()
        running.wait()


def _answers(url: str, running: subprocess.Popen[bytes]) -> None:
    while running.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=READY_S_MAX).close()
        except psycopg.OperationalError:
            continue
        return
    raise RuntimeError("pgbouncer ended at its start")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Reachable for its own user, and short: a socket's path may have 107 bytes."""
    made = Path(tempfile.mkdtemp(prefix="pgb"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


async def test_one_that_gives_each_transaction_another_connection_is_refused(server: Postgresql, folder: Path) -> None:
    with (
        pooler(server, folder, "transaction") as url,
        pytest.raises(StoreError, match="name the server itself, or a pool with pool_mode=session"),
    ):
        await Store.open(StoreSettings(url=url), SystemClock())


async def test_one_that_keeps_a_connection_for_each_of_ours_is_not(server: Postgresql, folder: Path) -> None:
    with pooler(server, folder, "session") as url:
        store = await Store.open(StoreSettings(url=url), SystemClock())
        assert await store.write(lambda tx: 1) == 1
        await store.close()
