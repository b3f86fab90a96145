"""Processes that play workers: started, killed, started anew, stopped; how real ones behave is in the journeys."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bridge.app.supervisor import Supervisor, WorkerFailed
from bridge.app.workers import VARIABLE
from bridge.clock import SystemClock
from bridge.events import Event, WorkerDied
from tests.contract.buses import until

WAIT_S = 60.0
PLAY = f"""
import os, signal, socket, sys
number, count, port, control, hub = os.environ["{VARIABLE}"].split(":", 4)
assert os.path.exists(hub)
if sys.argv[1:] == [number]:
    sys.exit(3)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
control = socket.socket(fileno=int(control))
control.sendall(b"ready http://worker:" + port.encode() + b"\\n")
while True:
    signal.pause()
"""


class Told:
    """Events, and a way to wait for one."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._grown = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._grown.set()

    async def until(self, count: int) -> Event:
        async with asyncio.timeout(WAIT_S):
            while len(self.events) < count:
                self._grown.clear()
                await self._grown.wait()
        return self.events[count - 1]


@asynccontextmanager
async def supervised(count: int, *arguments: str) -> AsyncIterator[tuple[Supervisor, Told]]:
    told = Told()
    command = (sys.executable, "-I", "-c", PLAY, *arguments)
    supervisor = Supervisor(command, count, 4711, clock=SystemClock(), emit=told)
    yield supervisor, told
    assert supervisor.alive == 0
    assert not supervisor.hub.parent.exists()


async def test_all_are_started_and_all_are_stopped() -> None:
    async with supervised(3) as (supervisor, told):
        assert await supervisor.start() == "http://worker:4711"
        assert supervisor.alive == 3
        assert await supervisor.stop(WAIT_S) == 0
        assert told.events == []


async def test_one_that_dies_is_told_and_started_anew() -> None:
    async with supervised(2) as (supervisor, told):
        await supervisor.start()
        pid = supervisor.pids[1]
        os.kill(pid, signal.SIGKILL)
        died = await told.until(1)
        assert died == WorkerDied(2, pid, "SIGKILL", 0.1)
        await until(lambda: supervisor.restarts == 1 and supervisor.alive == 2)
        assert supervisor.pids[1] != pid
        page = (supervisor.hub.parent / "worker.0").read_text()
        counted = re.findall(r"^bridge_workers?_(\w+ \d+)$", page, re.MULTILINE)
        assert counted == ["wanted 2", "alive 2", "restarts_total 1"]
        await supervisor.stop(WAIT_S)


@pytest.mark.parametrize("number", ["1", "2"])
async def test_one_that_cannot_start_ends_the_whole_with_its_exit_code(number: str) -> None:
    async with supervised(2, number) as (supervisor, _):
        with pytest.raises(WorkerFailed) as failed:
            await supervisor.start()
        assert failed.value.code == 3
        await supervisor.stop(WAIT_S)


async def test_one_that_does_not_stop_is_killed_and_the_whole_has_failed() -> None:
    async with supervised(1) as (supervisor, _):
        await supervisor.start()
        os.kill(supervisor.pids[0], signal.SIGSTOP)
        assert await supervisor.stop(0.1) == 1
