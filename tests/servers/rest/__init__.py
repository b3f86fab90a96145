"""A REST server of the node world: `express`, with `express-openapi-validator` as the judge of requests."""

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
    return node_with(HERE, ARTIFACTS / "node-rest-packages")


@asynccontextmanager
async def node_rest(folder: Path) -> AsyncIterator[Running]:
    """Serves what api.yaml says below /v2, and the document itself."""
    node = await asyncio.to_thread(prepare)
    command = [node, str(HERE / "server.js")]
    async with running("rest", lambda _: command, r"listening on (\d+)", folder, os.environ) as server:
        yield server
