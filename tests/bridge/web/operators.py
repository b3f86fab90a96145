"""A running admin server on a store of its own, and ways to talk to it."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bridge.app.desk import WholeDesk
from bridge.clock import SystemClock
from bridge.events import Event
from bridge.queue.shown import Shown
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.streams.desk import TopicsDesk
from bridge.streams.log import Log
from bridge.streams.settings import TopicSettings
from bridge.web.admin_server import AdminServer
from bridge.web.admin_settings import AdminSettings
from bridge.web.settings import AccessSettings
from tests.bridge.web.raw import Raw
from tests.contract.operators import SEAL

KEYS = {"all": "a" * 20, "reader": "r" * 20, "shop": "s" * 20}
SCOPES = {"all": ["admin:*"], "reader": ["admin:read"], "shop": ["*", "explain"]}


@dataclass
class Admin:
    """`events`: what it told of."""

    server: AdminServer
    store: Store
    socket: Path
    urls: tuple[str, ...]
    log: Log
    events: list[Event] = field(default_factory=list)

    async def ask(
        self, method: str, path: str, value: object = None, *, key: str = "", **headers: str
    ) -> tuple[int, Any]:
        """Over the Unix socket; with a key over TCP. JSON both ways."""
        connector = aiohttp.TCPConnector() if key else aiohttp.UnixConnector(str(self.socket))
        base = self.urls[-1] if key else "http://localhost"
        given = {name.replace("_", "-"): one for name, one in headers.items()}
        if key:
            given["Authorization"] = f"Bearer {KEYS.get(key, key)}"
        async with aiohttp.ClientSession(connector=connector) as session:
            body = None if value is None else json.dumps(value).encode()
            if body is not None:
                given.setdefault("Content-Type", "application/json")
            async with session.request(method, base + path, data=body, headers=given) as response:
                return response.status, json.loads(await response.read() or b"null")

    async def raw(self) -> Raw:
        return Raw(*await asyncio.open_unix_connection(self.socket))

    @property
    def mode(self) -> int:
        return stat.S_IMODE(self.socket.stat().st_mode)


@asynccontextmanager
async def administering(folder: Path, tcp: bool = False, **settings: Any) -> AsyncIterator[Admin]:
    store = await Store.open(StoreSettings(url=f"sqlite:///{folder / 'bridge.db'}"), SystemClock())
    access: AccessSettings | None = None
    if tcp:
        access = AccessSettings.model_validate({"keys": [_key(folder, name) for name in KEYS]})
        settings = {"host": "127.0.0.1", "port": 0, **settings}
    events: list[Event] = []
    state = str(folder / "state")
    made = AdminSettings.model_validate(settings)
    log = Log({"status": TopicSettings()}, store, SystemClock(), events.append)
    desk = WholeDesk(store, SEAL, TopicsDesk(log, Shown().mask))
    server = AdminServer(made, state, access, desk, events.append, SystemClock())
    try:
        urls = await server.start()
        yield Admin(server, store, made.socket_path(state), urls, log, events)
    finally:
        await server.stop()
        await store.close()


def _key(folder: Path, name: str) -> Mapping[str, object]:
    (folder / name).write_text(KEYS[name])
    return {"name": name, "key": f"file:{folder / name}", "scopes": SCOPES[name]}
