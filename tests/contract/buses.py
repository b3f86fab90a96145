"""The kinds of buses that the suite runs on, and how a further member comes to each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import pytest

from bridge.clock import SystemClock
from bridge.store.bus import Bus, MemoryBus

KINDS = ("memory",)


class Members(Protocol):
    """Buses that hear each other."""

    async def bus(self) -> Bus:
        """Another member."""
        ...

    async def settled(self) -> None:
        """Returns when what was asked for so far, by all, has come to where it is decided."""
        ...


class _Alone:
    def __init__(self) -> None:
        self._bus = MemoryBus(SystemClock())

    async def bus(self) -> Bus:
        return self._bus

    async def settled(self) -> None:
        async with self._bus.lock("settled", 1):
            return


@asynccontextmanager
async def members_of(request: pytest.FixtureRequest) -> AsyncIterator[Members]:
    assert request.param == "memory"
    yield _Alone()
