"""Starts the workers of one bridge, starts anew whichever dies, and stops them all. Serves nothing itself.

Each worker is the same command in a process of its own. The first is started alone: what is wrong with all of them is
then said once. Between them they have the hub of the bus, which lives here.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import tempfile
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bridge.app.worker_metrics import ended, supervised
from bridge.app.workers import Worker, death, ready_url
from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import BridgeError
from bridge.events import WorkerDied
from bridge.store.bus.hub import Hub

FIRST_S, MOST_S, WELL_S = 0.1, 10.0, 10.0
HUB = "hub.sock"


class WorkerFailed(BridgeError):
    """A worker ended before it listened; it has said why. `code` is its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__("a worker could not start")
        self.code = code


class Supervisor:
    """`start` once, `stop` once. `command` runs one worker."""

    def __init__(self, command: Sequence[str], count: int, port: int, *, clock: Clock, emit: Emit) -> None:
        self._command, self._count, self._port, self._clock, self._emit = command, count, port, clock, emit
        self._folder = tempfile.TemporaryDirectory(prefix="legacy-bridge-")  # 0700, and short enough for a socket
        self.hub = Path(self._folder.name) / HUB
        self._hub = Hub(self.hub, clock)
        self._processes: dict[int, Process] = {}
        self._controls: dict[int, socket.socket] = {}
        self._listening: set[int] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = False
        self.restarts = 0

    @property
    def alive(self) -> int:
        return sum(process.returncode is None for process in self._processes.values())

    @property
    def pids(self) -> list[int]:
        return [process.pid for _, process in sorted(self._processes.items())]

    async def start(self) -> str:
        """The URL when all of them listen. Raises WorkerFailed."""
        await self._hub.start()
        url = await self._started(1)
        others = [asyncio.create_task(self._started(number)) for number in range(2, self._count + 1)]
        try:
            await asyncio.gather(*others)
        finally:
            await asyncio.gather(*others, return_exceptions=True)
        self._keepers = [asyncio.create_task(self._keep(number)) for number in range(1, self._count + 1)]
        return url

    def tell_all(self, number: signal.Signals) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.send_signal(number)

    async def stop(self, within_s: float) -> int:
        """Ends all of them, as they themselves end; whoever takes longer is killed. The exit code of the bridge."""
        self._stopping = True
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self.tell_all(signal.SIGTERM)
        waiting = [asyncio.create_task(process.wait()) for process in self._processes.values()]
        if waiting:
            await asyncio.wait(waiting, timeout=within_s)
        self.tell_all(signal.SIGKILL)
        codes = [await process.wait() for process in self._processes.values()]
        for control in self._controls.values():
            control.close()
        await self._hub.close()
        self._folder.cleanup()
        return 0 if not any(codes) else 1

    async def _started(self, number: int) -> str:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        if before := self._controls.pop(number, None):
            before.close()
        self._controls[number] = ours
        try:
            worker = Worker(number, self._count, self._port, theirs.fileno(), self.hub)
            process = await asyncio.create_subprocess_exec(
                *self._command, env={**os.environ, **worker.environment()}, pass_fds=(theirs.fileno(),)
            )
        finally:
            theirs.close()
        self._processes[number] = process
        self._counted()
        self._listening.discard(number)
        url = await ready_url(ours)
        if url is None:
            raise WorkerFailed(await process.wait())
        self._listening.add(number)
        return url

    def _counted(self) -> None:
        supervised(self.hub.parent, self._count, self.alive, self.restarts)

    async def _keep(self, number: int) -> None:
        pause_s = FIRST_S
        since = self._clock.monotonic()
        while True:
            code = await self._processes[number].wait()
            if self._clock.monotonic() - since >= WELL_S:
                pause_s = FIRST_S
            ended(self.hub.parent, number)
            self._counted()
            died = WorkerDied(number, self._processes[number].pid, _how(code), pause_s)
            self._emit(died)
            told = self._tell(died)
            await self._clock.sleep(pause_s)
            pause_s = min(pause_s * 2, MOST_S)
            since = self._clock.monotonic()
            self.restarts += 1
            with suppress(WorkerFailed):  # it has said why, and is tried again
                await self._started(number)
                told = told or self._tell(died)

    def _tell(self, died: WorkerDied) -> bool:
        """One that is alive; this process has no store from which a person could be told. False: there is none."""
        for number, process in sorted(self._processes.items()):
            if process.returncode is None and number in self._listening:
                with suppress(OSError):
                    self._controls[number].send(death(died))
                    return True
        return False


def _how(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
