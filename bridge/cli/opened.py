"""Upstreams opened for a command, without a server: what `serve` would offer, then closed again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bridge.app import Gathering
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.contracts import Emit
from bridge.events import Event


def nowhere(_: Event) -> None:
    """Commands tell what matters themselves."""


@asynccontextmanager
async def opened(config: Config, *, emit: Emit = nowhere, guess_reads: bool = False) -> AsyncIterator[Gathering]:
    """Every upstream of a configuration, opened once. Raises what opening the first of them raised."""
    gathering = Gathering(config, clock=SystemClock(), emit=emit, guess_reads=guess_reads)
    try:
        await gathering.open_all()
        yield gathering
    finally:
        await gathering.close()
