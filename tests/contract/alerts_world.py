"""A bridge's alert sink with its queue on a store, a clock that the test moves, and a receiver that it can stop."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from bridge.app.alerting import Alerting, alert_queue
from bridge.events import Event, JobDone
from bridge.queue.handlers import Handlers
from bridge.queue.worker import Worker
from bridge.queue.worker_run import Workbench
from bridge.store.store import Store
from bridge.store.topics import Message
from bridge.streams.alert_outbox import QUEUE
from bridge.streams.alert_settings import AlertSettings
from bridge.streams.alert_topic import Append
from tests.contract.jobs_world import SEAL, MovedClock

KEY = b"a key of thirty-two bytes, truly"
PATIENCE_S = 20


@dataclass
class Post:
    """What arrived."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def signed(self) -> bool:
        """By hand, as the page of the standard says it; nothing of ours is asked."""
        head = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode()
        mac = base64.b64encode(hmac.digest(KEY, head + self.body, hashlib.sha256)).decode()
        return self.headers["webhook-signature"] == f"v1,{mac}"


@dataclass
class Receiver:
    """Answers with `answers`, the last one for ever. `port` stays the same when it is stopped and started."""

    port: int = field(default_factory=unused_port)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(204, {})])
    posts: list[Post] = field(default_factory=list)
    server: TestServer | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ops"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/ops", self._answer)
        self.server = TestServer(app, port=self.port)
        await self.server.start_server()

    async def stop(self) -> None:
        if self.server is not None:
            await self.server.close()

    async def _answer(self, request: web.Request) -> web.Response:
        status, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.posts.append(Post(request.headers.copy(), await request.read()))
        self._news.set()
        return web.Response(status=status, headers=headers)

    async def got(self, count: int) -> list[dict[str, Any]]:
        """Waits for so many."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.posts) < count:
                self._news.clear()
                await self._news.wait()
        return [post.json for post in self.posts]


@dataclass
class Process:
    """One process of a bridge."""

    alerting: Alerting
    worker: Worker
    clock: MovedClock
    events: list[Event]
    news: asyncio.Event

    async def tick(self, later_s: float = 0.0) -> None:
        self.clock.now += later_s
        await self.alerting.alerts.tick()

    async def delivered(self, receiver: Receiver, count: int) -> list[dict[str, Any]]:
        """Waits for so many, and until it is written down that they have arrived: a clock that jumps ends leases."""
        await self.told(JobDone, count)
        return await receiver.got(count)

    async def told(self, kind: type[Event], count: int = 1) -> list[Any]:
        async with asyncio.timeout(PATIENCE_S):
            while len(found := [one for one in self.events if isinstance(one, kind)]) < count:
                self.news.clear()
                await self.news.wait()
        return found


def settings(url: str, **more: object) -> AlertSettings:
    webhook = {"url": url, "secret": "env:ALERT_TEST_SECRET", **more}
    return AlertSettings.model_validate({"webhook": webhook, "name": "bridge-eu-1"})


async def nowhere(topic: str, messages: Sequence[Message]) -> None:
    """A topic of tests that publish nothing."""
    raise AssertionError((topic, messages))


@asynccontextmanager
async def process(
    store: Store,
    given: AlertSettings,
    clock: MovedClock,
    *,
    works: bool = True,
    pause_s: float = 0.0,
    append: Append = nowhere,
    queues: Collection[str] = (),
) -> AsyncIterator[Process]:
    """Ticks only when the test says so: its clock hardly sleeps, but the sink's own pace is a day."""
    events: list[Event] = []
    news = asyncio.Event()

    def emit(event: Event) -> None:
        events.append(event)
        news.set()

    handlers = Handlers()
    alerting = Alerting(
        *(given, store, SEAL),
        clock=clock,
        emit=emit,
        mask=lambda text: text.replace("hunter2", "***"),
        wake=lambda queue: worker.wake(queue),
        queues=queues,
        tick_s=86400.0,
    )
    alerting.handle(handlers, append)
    queue = alert_queue({})
    brisk = queue.model_copy(update={"retry": queue.retry.model_copy(update={"base": pause_s, "cap": pause_s})})
    worker = Worker(Workbench(store, SEAL, handlers, clock, emit, "one", journaled=True), {QUEUE: brisk})
    await alerting.start()
    if works:
        worker.start()
    try:
        yield Process(alerting, worker, clock, events, news)
    finally:
        await worker.stop(PATIENCE_S)
        await alerting.stop()
        if works:
            await store.write(lambda _: None)  # no claim of its is under way any more
