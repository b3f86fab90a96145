"""The public tests for HTTP caches (https://cache-tests.fyi): an origin to stand behind a cache, and a client that asks
through the cache and judges.

The package of the registry, or a newer suite in a folder: its layout differs.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.programs import need
from tests.servers.installing import node_with

HERE = Path(__file__).parent
ARTIFACTS = HERE.parents[1] / ".artifacts"
PACKAGE = HERE / "node_modules" / "http-cache-tests"
SUITE_S_MAX, START_S_MAX = 300, 60
_LISTENING = re.compile(r"Listening on http://\S*:(\d+)/")


@dataclass(frozen=True)
class Suite:
    """The files of one version of the suite."""

    node: str
    folder: Path

    @property
    def engine(self) -> Path:
        newer = self.folder / "test-engine"
        return newer if newer.is_dir() else self.folder


def prepare(folder: Path | None = None) -> Suite:
    """The suite of the registry, installed as locked, or the one in a folder, with what it stands on beside it."""
    if folder is not None:
        return Suite(need("node", "nodejs"), folder)
    return Suite(node_with(HERE, ARTIFACTS / "cache-tests-packages"), PACKAGE)


@asynccontextmanager
async def cache_origin(suite: Suite, folder: Path) -> AsyncIterator[int]:
    """The port of the server that is to be cached."""
    own = {"npm_config_protocol": "http", "npm_config_port": "0", "npm_config_pidfile": str(folder / "origin.pid")}
    process = await asyncio.create_subprocess_exec(
        suite.node,
        str(suite.engine / "server" / "server.mjs"),
        cwd=suite.folder,
        env={**os.environ, **own},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None  # a pipe was asked for
    reading: asyncio.Task[bytes] | None = None
    try:
        async with asyncio.timeout(START_S_MAX):
            line = (await process.stdout.readline()).decode()
        found = _LISTENING.search(line)
        if found is None:
            raise AssertionError(f"the server of the suite did not start: {line}")
        reading = asyncio.create_task(process.stdout.read())  # what it prints is nobody's business, but a pipe fills up
        yield int(found[1])
    finally:
        process.kill()
        await process.wait()
        if reading is not None:
            await reading


async def results(suite: Suite, base: str) -> Mapping[str, Any]:
    """What the client says of each test: true, or a list of a kind of failure and its text."""
    own = {"npm_config_base": base, "npm_package_config_id": ""}
    return await _json(suite, ["--no-warnings", str(suite.engine / "cli.mjs")], own)


async def kinds(suite: Suite) -> Mapping[str, str]:
    """By the name of a test: required, optimal or check."""
    return await _json(suite, [str(HERE / "kinds.mjs"), str(suite.folder / "tests" / "index.mjs")], {})


async def _json(suite: Suite, arguments: list[str], own: Mapping[str, str]) -> Any:
    environment = {**os.environ, **own}
    process = await asyncio.create_subprocess_exec(
        suite.node, *arguments, stdout=asyncio.subprocess.PIPE, cwd=suite.folder, env=environment
    )
    try:
        async with asyncio.timeout(SUITE_S_MAX):
            told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return json.loads(told)
