"""A REST server of the node world: `express`, with `express-openapi-validator` as the judge of requests."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.programs import need
from tests.servers.installing import installed
from tests.servers.running import Running, running

HERE = Path(__file__).parent
ARTIFACTS = HERE.parents[1] / ".artifacts"


def prepare() -> str:
    """The path of node, with the locked packages installed."""
    node, npm = need("node", "nodejs"), need("npm", "npm")
    locked = (HERE / "package-lock.json").read_text("utf-8")
    stamp = ARTIFACTS / "node-rest-packages"
    if not (HERE / "node_modules").exists():
        stamp.unlink(missing_ok=True)
    installed(stamp, locked, [[npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]], HERE)
    return node


@asynccontextmanager
async def node_rest(folder: Path) -> AsyncIterator[Running]:
    """Serves what api.yaml says below /v2, and the document itself."""
    node = await asyncio.to_thread(prepare)
    command = [node, str(HERE / "server.js")]
    async with running("rest", lambda _: command, r"listening on (\d+)", folder, os.environ) as server:
        yield server
