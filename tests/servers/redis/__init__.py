"""A Redis server of the tests' own: in a temp folder, on a Unix socket only, nothing kept, stopped with them."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.programs import need

READY_S_MAX = 60


@dataclass
class RedisServer:
    """`start`, `kill` and `start` again: as a server that crashes, and knows nothing of before."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        program = need("redis-server", "redis-server")
        options = ("--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no")
        self.process = subprocess.Popen(
            (program, *options, "--dir", str(self.folder), "--daemonize", "no"), stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if b"ready to accept connections" in line.lower():
                return
        raise RuntimeError("Redis ended at its start")

    def stand_still(self) -> None:
        """It keeps its connections and says nothing, as one behind a broken line."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(READY_S_MAX)
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None


@contextmanager
def redis() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="rd") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()
