"""Tells the bridge that runs on this machine to look at once: what a command wrote into the store it would see a little
later by itself. Where none runs, or it does not answer, nothing is lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import aiohttp

from bridge.config.model import Config
from bridge.web.admin_routes import PREFIX

ANSWER_S = 2.0


async def poke(config: Config) -> None:
    path = config.admin.socket_path(config.state)
    if not path.is_socket():
        return
    with suppress(aiohttp.ClientError, OSError, asyncio.TimeoutError):
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path)), timeout=timeout) as session:
            await session.post(f"http://localhost{PREFIX}/wake")
