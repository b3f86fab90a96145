"""A PostgreSQL server of the tests' own: in a temp folder, on a Unix socket only, stopped with them.

PostgreSQL refuses to run as root, so then it runs as the user `postgres` of its package.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tests.programs import absent

READY_S_MAX = 90
STARTS_MAX = 200
USER = "bridge"
_SETTINGS = (
    *("listen_addresses=", "max_connections=200", "shared_buffers=64MB", "log_min_messages=fatal"),
    *("unix_socket_permissions=0777", "timezone=UTC", "autovacuum_naptime=5s"),
)


def program(name: str) -> str:
    """Debian keeps the server's programs out of PATH."""
    found = shutil.which(name)
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    if places:
        return str(places[0])
    return found or absent(f"{name} is not installed: apt-get install postgresql")


@dataclass
class Postgresql:
    """A server that answers."""

    folder: Path
    process: subprocess.Popen[bytes]
    _numbers: Any
    _start: Callable[[], subprocess.Popen[bytes]]

    def database(self, like: str = "template1") -> str:
        """The URL of a new database: an empty one, or a copy of one that nobody uses now."""
        name = f"bridge{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Whoever still has a connection to it loses that."""
        name = url.partition("?")[0].rpartition("/")[2]
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def kill(self) -> None:
        """As a power switch would; what hangs on it ends by itself."""
        self.process.kill()
        self.process.wait()

    def start(self) -> None:
        """Again after `kill`. What the old one left behind may still be ending: then the new one refuses at first."""
        for _ in range(STARTS_MAX):
            self.process = self._start()
            try:
                _until_ready(self.folder, self.process)
            except RuntimeError:
                self.process.wait()
            else:
                return
        raise RuntimeError("PostgreSQL does not start again")

    def sql(self, text: str, database: str = "postgres") -> None:
        psql = (
            program("psql"),
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            str(self.folder),
            "-U",
            USER,
            "-d",
            database,
        )
        subprocess.run((*psql, "-c", text), check=True, capture_output=True, timeout=READY_S_MAX)


def _as() -> dict[str, Any]:
    if os.getuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        absent("there is no user postgres to run the server as: apt-get install postgresql")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def postgresql(*settings: str) -> Iterator[Postgresql]:
    """`settings`: further ones, as `name=value`."""
    who = _as()
    initdb, server = program("initdb"), program("postgres")
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        folder = Path(name)
        if who:
            os.chown(folder, who["user"], who["group"])
        folder.chmod(0o755)
        data = str(folder / "data")
        made = (initdb, "-D", data, "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync")
        subprocess.run(made, check=True, capture_output=True, cwd=folder, timeout=READY_S_MAX, **who)
        options = [part for one in (*_SETTINGS, *settings, f"unix_socket_directories={folder}") for part in ("-c", one)]

        def start() -> subprocess.Popen[bytes]:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            return subprocess.Popen((server, "-D", data, *options), cwd=folder, **quiet, **who)

        running = Postgresql(folder, start(), count(1), start)
        try:
            ready = (program("pg_ctl"), "-D", data, "-w", "-t", str(READY_S_MAX), "status")
            _until_ready(folder, running.process)
            subprocess.run(ready, check=True, capture_output=True, **who)
            yield running
        finally:
            running.process.send_signal(signal.SIGINT)
            try:
                running.process.wait(READY_S_MAX)
            except subprocess.TimeoutExpired:
                running.kill()


def _until_ready(folder: Path, process: subprocess.Popen[bytes]) -> None:
    """`pg_isready` waits by itself only for a connection, so it is asked until it says yes."""
    asked = (program("pg_isready"), "-q", "-h", str(folder), "-t", "5")
    for _ in range(100_000):
        if subprocess.run(asked, check=False).returncode == 0:
            return
        if process.poll() is not None:
            raise RuntimeError("PostgreSQL ended at its start")
    raise RuntimeError("PostgreSQL is not ready")
