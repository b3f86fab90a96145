"""`oidc-provider` of the node world: an authorization server that gives out tokens for client credentials."""

from __future__ import annotations

import asyncio
import base64
import os
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote_plus

import aiohttp

from tests.programs import need
from tests.servers.installing import installed
from tests.servers.running import READY_S_MAX, drained, until_ready

HERE = Path(__file__).parent
ARTIFACTS = HERE.parents[1] / ".artifacts"
CLIENT, SECRET = "bridge:1", "s3cret:&+%0"  # both need encoding before they are joined (RFC 6749 §2.3.1)


def prepare() -> str:
    """The path of node, with the locked packages installed."""
    node, npm = need("node", "nodejs"), need("npm", "npm")
    locked = (HERE / "package-lock.json").read_text("utf-8")
    stamp = ARTIFACTS / "oidc-packages"
    if not (HERE / "node_modules").exists():
        stamp.unlink(missing_ok=True)
    installed(stamp, locked, [[npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]], HERE)
    return node


@dataclass
class Authority:
    """A server that answers. `last` are its last lines."""

    url: str
    last: deque[str]

    @property
    def token_url(self) -> str:
        return f"{self.url}/token"

    @property
    def given(self) -> list[str]:
        """The scopes of the tokens so far."""
        return [line.removeprefix("token ").strip() for line in self.last if line.startswith("token ")]

    async def knows(self, token: str) -> bool:
        """Whether a token is good now (RFC 7662)."""
        pair = f"{quote_plus(CLIENT)}:{quote_plus(SECRET)}".encode()
        headers = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        async with aiohttp.ClientSession() as session:
            answer = await session.post(f"{self.url}/token/introspection", data={"token": token}, headers=headers)
            return bool((await answer.json())["active"])

    async def forget(self) -> None:
        """Takes all tokens back."""
        async with aiohttp.ClientSession() as session:
            await session.post(f"{self.url}/forget")


@asynccontextmanager
async def authority(style: Literal["basic", "post"] = "basic", *, lifetime_s: int = 3600) -> AsyncIterator[Authority]:
    """`style`: where it takes our secret from."""
    node = await asyncio.to_thread(prepare)
    process = await asyncio.create_subprocess_exec(
        *(node, str(HERE / "server.js"), f"client_secret_{style}", SECRET, str(lifetime_s)),
        cwd=HERE,
        env=dict(os.environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    last: deque[str] = deque(maxlen=500)
    drain: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(READY_S_MAX):
            port = await until_ready(process, r"listening on http://127\.0\.0\.1:(\d+)", last)
        drain = asyncio.create_task(drained(process, last))
        yield Authority(f"http://127.0.0.1:{port}", last)
    finally:
        process.terminate()
        await process.wait()
        if drain:
            await drain
