"""`/metrics` of several workers: whichever is asked gives the sum over all, those that died included.

Each writes its own page into the supervisor's folder when one of them is asked. What was shown once is so never taken
back: a counter that goes down would look like a new start, and be counted twice.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bridge.sinks.metrics_sum import total
from bridge.store.bus import Bus

_TOPIC = "metrics"
_ENDED_MAX = 20


class WorkerMetrics:
    """`render` is the page of all. It listens until the bus is closed, or by `close`."""

    def __init__(self, folder: Path, number: int, own: Callable[[], bytes], bus: Bus) -> None:
        self._folder, self._number, self._own, self._bus = folder, number, own, bus
        self._end = bus.subscribe(_TOPIC, lambda _: self._write())

    async def render(self) -> bytes:
        await self._bus.told(_TOPIC, b"")
        self._write()
        return await asyncio.to_thread(_sum, self._folder)

    def _write(self) -> None:
        with suppress(OSError):  # the folder goes when all end
            _replace(self._folder / f"worker.{self._number}", self._own())

    def close(self) -> None:
        self._end()


def ended(folder: Path, number: int) -> None:
    """What a worker counted that is gone stays counted."""
    files = sorted(folder.glob("ended.*"))
    if len(files) >= _ENDED_MAX:
        _replace(files[0], total((), [each.read_bytes() for each in files]))
        for each in files[1:]:
            each.unlink()
    with suppress(FileNotFoundError):
        taken = {each.name for each in folder.glob("ended.*")}
        free = next(name for index in range(_ENDED_MAX + 1) if (name := f"ended.{index:03}") not in taken)
        (folder / f"worker.{number}").rename(folder / free)


def supervised(folder: Path, wanted: int, alive: int, restarts: int) -> None:
    """What the process that starts them knows of them, as one page more of the sum."""
    told = (
        ("bridge_workers_wanted", "gauge", "Worker processes there should be.", wanted),
        ("bridge_workers_alive", "gauge", "Worker processes there are.", alive),
        ("bridge_worker_restarts_total", "counter", "Worker processes started anew after one had died.", restarts),
    )
    lines = [f"# HELP {name} {about}\n# TYPE {name} {kind}\n{name} {value}\n" for name, kind, about, value in told]
    with suppress(OSError):  # counting must not keep a worker from being started
        _replace(folder / "worker.0", "".join(lines).encode())


def _sum(folder: Path) -> bytes:
    return total(_pages(folder, "worker.[0-9]*"), _pages(folder, "ended.*"))


def _pages(folder: Path, pattern: str) -> list[bytes]:
    pages = []
    for path in sorted(folder.glob(pattern)):
        with suppress(FileNotFoundError):
            pages.append(path.read_bytes())
    return pages


def _replace(path: Path, page: bytes) -> None:
    fresh = path.with_name(f"new.{os.getpid()}.{path.name}")
    fresh.write_bytes(page)
    fresh.replace(path)
