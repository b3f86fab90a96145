"""A world for workers: a store, what they told, and handlers that a test opens and closes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bridge.clock import SystemClock
from bridge.events import Event
from bridge.queue.handlers import Handlers, Result
from bridge.queue.settings import QueueSettings
from bridge.queue.worker import Worker
from bridge.queue.worker_run import Workbench
from bridge.store import jobs
from bridge.store.jobs import Job, NewJob
from bridge.store.store import Store
from tests.contract.jobs_world import SEAL

Run = Callable[[Job], Awaitable[Result]]


@dataclass
class World:
    """A store, the events that workers told, and what was handed in."""

    store: Store
    url: str
    events: list[Event] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)
    workers: list[Worker] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        self.events.append(event)
        self.told.set()

    def worker(
        self, run: Run, *, repeatable: bool = True, name: str = "one", store: Store | None = None, **queue: object
    ) -> Worker:
        handlers = Handlers()
        handlers.add("kind", run, lambda _: repeatable)
        bench = Workbench(store or self.store, SEAL, handlers, SystemClock(), self.emit, name)
        settings = QueueSettings.model_validate({"lease": "3s", "retry": {"base": "1ms"}, **queue})
        made = Worker(bench, {"q": settings})
        made.start()
        self.workers.append(made)
        return made

    async def put(self, **more: object) -> str:
        job = NewJob("q", str(more.pop("kind", "kind")), b"{}", **more)  # type: ignore[arg-type]  # as a test gives it
        job_id = await self.store.write(lambda tx: jobs.enqueue(tx, job, SEAL))
        for worker in self.workers:
            worker.wake("q")
        return job_id

    async def seen(self, kind: type[Event], count: int = 1) -> list[Event]:
        """Waits for so many events of a kind."""
        while len(found := [event for event in self.events if isinstance(event, kind)]) < count:
            self.told.clear()
            await self.told.wait()
        return found

    async def state(self, job_id: str) -> str:
        found = await self.store.read(lambda tx: jobs.standing(tx, job_id))
        assert found is not None
        return found.state


class Gate:
    """A handler that says when it begins and waits until it may go on."""

    def __init__(self) -> None:
        self.began, self.open = asyncio.Event(), asyncio.Event()
        self.running, self.most, self.runs = 0, 0, 0

    async def __call__(self, _: Job) -> Result:
        self.runs += 1
        self.running += 1
        self.most = max(self.most, self.running)
        self.began.set()
        try:
            await self.open.wait()
        finally:
            self.running -= 1
        return Result(b"through")
