"""One worker of several, as its process knows itself: which it is, where the others meet, and who started it.

The process that supervises says it in the environment, and by a socket of which it holds the other end: there the
worker tells that it listens, and there it hears that another one has died and that nobody supervises it any more.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.config.model import Config
from bridge.events import WorkerDied

VARIABLE = "LEGACY_BRIDGE_WORKER"
_READY = b"ready "


@dataclass(frozen=True, slots=True)
class Worker:
    """`number` counts from 1. `control` is the descriptor of its end of the socket to the process that started it."""

    number: int
    count: int
    port: int
    control: int
    hub: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Worker | None:
        """None: nobody supervises, and the process is the whole bridge."""
        text = environment.get(VARIABLE)
        if text is None:
            return None
        number, count, port, control, hub = text.split(":", 4)
        return cls(int(number), int(count), int(port), int(control), Path(hub))

    def environment(self) -> dict[str, str]:
        return {VARIABLE: f"{self.number}:{self.count}:{self.port}:{self.control}:{self.hub}"}

    @property
    def share(self) -> tuple[int, int]:
        return self.number - 1, self.count

    def placed(self, config: Config) -> Config:
        """The same configuration on the port that all workers share."""
        server = config.server.model_copy(update={"port": self.port, "workers": self.count})
        return config.model_copy(update={"server": server})


class Control:
    """The worker's end of the socket. `orphaned` is called when whoever supervises is gone."""

    def __init__(self, worker: Worker, orphaned: Callable[[], None], died: Callable[[WorkerDied], None]) -> None:
        os.set_inheritable(worker.control, False)
        self._socket = socket.socket(fileno=worker.control)
        self._socket.setblocking(False)
        self._watch = asyncio.create_task(self._until_gone(orphaned, died), name="control")

    async def ready(self, url: str) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, _READY + url.encode() + b"\n")

    async def _until_gone(self, orphaned: Callable[[], None], died: Callable[[WorkerDied], None]) -> None:
        loop, rest = asyncio.get_running_loop(), b""
        try:
            while piece := await loop.sock_recv(self._socket, 1000):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    died(WorkerDied(*json.loads(line)))
        except OSError:
            pass
        orphaned()

    async def close(self) -> None:
        self._watch.cancel()
        await asyncio.wait([self._watch])
        self._socket.close()


def death(event: WorkerDied) -> bytes:
    """What another worker is told of it, who has a store and so can tell a person."""
    return json.dumps([event.worker, event.pid, event.how, event.restart_in_s]).encode() + b"\n"


async def ready_url(control: socket.socket) -> str | None:
    """At the other end: the URL as soon as the worker listens; None when it ended before that."""
    loop = asyncio.get_running_loop()
    line = b""
    while not line.endswith(b"\n"):
        try:
            piece = await loop.sock_recv(control, 1000)
        except OSError:
            return None
        if not piece:
            return None
        line += piece
    return line.removeprefix(_READY).decode().strip()
