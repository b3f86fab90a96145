"""The command line for tests: in this process where it ends by itself, as a process of its own where it serves."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from bridge.__main__ import app
from tests.cpu import HANG_S

PROJECT = Path(__file__).parents[3]
WSDL = PROJECT / "bridge" / "demo" / "shop.wsdl"
FORMS = Path(__file__).parents[2] / "servers" / "php" / "forms.wsdl"
PATIENCE_S = HANG_S


@dataclass(frozen=True)
class Line:
    """A command line whose contracts are kept in one folder."""

    state: Path

    def __call__(self, *words: object, stdin: str | None = None) -> Result:
        """Runs to its end. Whatever is not our way of ending is raised here."""
        arguments = [str(word) for word in words]
        result = CliRunner().invoke(app, [*arguments, "--state", str(self.state)], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result


@dataclass
class Process:
    """A command under way. `first` is the line that it said it was ready with."""

    process: asyncio.subprocess.Process
    first: str

    async def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE_S):
            out, err = await self.process.communicate()
        return self.process.returncode or 0, out.decode(), err.decode()

    async def ended(self) -> int:
        """By itself."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()


@asynccontextmanager
async def started(*words: object, stream: str = "stdout", says: str = "") -> AsyncIterator[Process]:
    """Returns when the line that holds `says` was written."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bridge",
        *map(str, words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=PROJECT,
        env={**os.environ, "COLUMNS": "200"},
    )
    running = Process(process, "")
    try:
        reader = process.stdout if stream == "stdout" else process.stderr
        assert reader is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := (await reader.readline()).decode():
                if says in line:
                    running.first = line.strip()
                    break
        yield running
    finally:
        await running.stop()
