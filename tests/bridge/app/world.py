"""A running bridge for tests: a real server on port 0, a clock whose long sleeps the test ends, and what was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.app import Application
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.events import Event
from tests.cpu import HANG_S

PATIENCE_S = HANG_S
_LONG_S = 0.6


class HandClock(SystemClock):
    """Real time, but whoever sleeps long waits for `wake`."""

    def __init__(self) -> None:
        self.sleeping: list[float] = []
        self._alarm = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if seconds < _LONG_S:
            await super().sleep(seconds)
            return
        self.sleeping.append(seconds)
        await self._alarm.wait()

    def wake(self) -> None:
        alarm, self._alarm = self._alarm, asyncio.Event()
        alarm.set()


@dataclass
class World:
    """One bridge and its only client."""

    app: Application
    clock: HandClock
    events: list[Event] = field(default_factory=list)
    url: str = ""
    session: aiohttp.ClientSession | None = None

    async def get(self, path: str, **more: Any) -> tuple[int, Any]:
        return await self.ask("GET", path, **more)

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        assert self.session is not None
        async with self.session.request(method, self.url + path, **more) as answer:
            return answer.status, await answer.json(content_type=None)

    def told(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, seen: Callable[[], bool]) -> None:
        """Returns when it is so; each event is looked at, so nobody polls a clock."""
        async with asyncio.timeout(PATIENCE_S):
            while not seen():
                self._news.clear()
                await self._news.wait()

    def __post_init__(self) -> None:
        self._news = asyncio.Event()

    def note(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()


def config(state: Path, upstreams: dict[str, Any], **more: Any) -> Config:
    return Config.model_validate({"state": str(state), "server": {"port": 0}, "upstreams": upstreams, **more})


@asynccontextmanager
async def running(settings: Config, *, guess_reads: bool = False, connected: bool = True) -> AsyncIterator[World]:
    clock = HandClock()
    world: World
    app = Application(
        settings, clock=clock, emit=lambda event: world.note(event), metrics=lambda: b"", guess_reads=guess_reads
    )
    world = World(app, clock)
    async with aiohttp.ClientSession() as session:
        world.session = session
        world.url = await app.start()
        try:
            if connected:
                async with asyncio.timeout(PATIENCE_S):
                    await app.connected()
            yield world
        finally:
            await app.stop()


@dataclass
class Held:
    """A shop that cancels any order, but not before `release`."""

    url: str = ""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, _request: web.Request) -> web.Response:
        self.arrived.set()
        await self.release.wait()
        return web.Response(body=CANCELLED, content_type="text/xml")


CANCELLED = b"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">
<e:Body><CancelOrderResponse xmlns="urn:legacy:shop"/></e:Body></e:Envelope>"""


@asynccontextmanager
async def held_shop() -> AsyncIterator[Held]:
    held = Held()
    app = web.Application()
    app.router.add_post("/shop", held.answer)
    async with TestServer(app) as server:
        held.url = str(server.make_url("/shop"))
        yield held
