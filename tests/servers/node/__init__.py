"""The `soap` package of the node world."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.servers.installing import node_with
from tests.servers.running import Running, running

HERE = Path(__file__).parent
ARTIFACTS = HERE.parents[1] / ".artifacts"


def prepare() -> str:
    """The path of node, with the locked packages installed."""
    return node_with(HERE, ARTIFACTS / "node-packages")


@asynccontextmanager
async def node_server(folder: Path, *, declares_xsi: bool = True) -> AsyncIterator[Running]:
    """Serves `types`, `types-rpc`, `types12`, `orders` and `orders12`.

    Left to itself the package writes `xsi:nil` with an undeclared prefix; `declares_xsi=False` leaves it so.
    """
    node = await asyncio.to_thread(prepare)
    command = [node, str(HERE / "server.js"), "declares-xsi" if declares_xsi else "as-it-is"]
    async with running("node", lambda _: command, r"listening on (\d+)", folder, os.environ) as server:
        yield server


@asynccontextmanager
async def node_ledger(folder: Path) -> AsyncIterator[Running]:
    """Serves `ledger` and `ledger12`."""
    node = await asyncio.to_thread(prepare)
    command = [node, str(HERE / "ledger.js")]
    async with running("node", lambda _: command, r"listening on (\d+)", folder, os.environ) as server:
        yield server


@asynccontextmanager
async def node_files(folder: Path) -> AsyncIterator[Running]:
    """Serves the operations Store and Fetch of files.wsdl at any address."""
    node = await asyncio.to_thread(prepare)
    command = [node, str(HERE / "files.js")]
    async with running("node", lambda _: command, r"listening on (\d+)", folder, os.environ) as server:
        yield server


@asynccontextmanager
async def node_secure(folder: Path, key: tuple[Path, Path], client: Path) -> AsyncIterator[Running]:
    """Serves `types` twice: as `token`, which wants a UsernameToken with a digest, and as `signed`, which wants a
    signature and signs its answers. `key`: its own key and certificate, PEM; `client`: whom it verifies."""
    node = await asyncio.to_thread(prepare)
    command = [node, str(HERE / "secure.js"), *map(str, key), str(client)]
    async with running("node", lambda _: command, r"listening on (\d+)", folder, os.environ) as server:
        yield server
