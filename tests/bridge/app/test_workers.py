"""What a worker knows of itself, and the socket between it and whoever started it."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from bridge.app.workers import Control, Worker, death, ready_url
from bridge.config.model import Config
from bridge.events import WorkerDied
from tests.contract.buses import until

WAIT_S = 20.0


def test_it_finds_itself_in_the_environment() -> None:
    worker = Worker(2, 3, 8080, 7, Path("/tmp/a:b/hub.sock"))
    assert Worker.of(worker.environment()) == worker
    assert Worker.of({}) is None
    assert worker.share == (1, 3)


def test_it_listens_on_the_port_that_all_share() -> None:
    placed = Worker(2, 3, 4711, 7, Path("hub.sock")).placed(Config())
    assert (placed.server.port, placed.server.workers) == (4711, 3)


async def test_it_says_that_it_listens_and_hears_who_died_and_that_nobody_supervises_it_any_more() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    gone, died = asyncio.Event(), list[WorkerDied]()
    control = Control(Worker(1, 2, 0, theirs.detach(), Path("hub.sock")), gone.set, died.append)
    await control.ready("http://127.0.0.1:1")
    assert await ready_url(ours) == "http://127.0.0.1:1"
    events = [WorkerDied(2, 77, "SIGKILL", 0.1), WorkerDied(3, 78, "exit code 1", 0.2)]
    ours.send(b"".join(map(death, events)))
    await until(lambda: died == events)
    assert not gone.is_set()
    ours.close()
    async with asyncio.timeout(WAIT_S):
        await gone.wait()
    await control.close()


async def test_one_that_ends_before_it_listens_has_no_url() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.close()
    assert await ready_url(ours) is None
    ours.close()
