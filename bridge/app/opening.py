"""How an upstream of each kind is opened: the table that a Member looks into, and all that is known of kinds there.

One line a kind in OPENINGS; the rest of the application meets upstreams through contracts.py only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from adapters.http.config import HttpRequestSettings
from adapters.http.opening import open_upstream as open_http
from adapters.soap.config import SoapSettings
from adapters.soap.lockout import passwords
from adapters.soap.upstream import Flags
from adapters.soap.upstream_opening import open_upstream as open_soap
from bridge.app.guess import Guessed
from bridge.clock import Clock
from bridge.config.model import UpstreamSettings
from bridge.contracts import Emit, Operation, Upstream
from bridge.events import UpstreamReady
from bridge.layers.cache_store import CacheStore
from bridge.layers.record import Recording
from bridge.store.bus import Bus


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all upstreams of a process share. `opening` bounds how many contracts are derived at once."""

    state_dir: Path | None
    store: CacheStore
    clock: Clock
    emit: Emit
    opening: asyncio.Semaphore
    guess_reads: bool = False
    bus: Bus | None = None
    workers: int = 1
    recording: Callable[[], Recording | None] = lambda: None


class Opened(Upstream, Protocol):
    """An upstream, and whether it refuses our password now."""

    @property
    def refused(self) -> bool: ...


class Opening(Protocol):
    """What is done to open an upstream of one kind."""

    @property
    def tries(self) -> int:
        """How often a password may be refused before a pause; 0 when the upstream has none that could be refused."""
        ...

    @property
    def pause_s(self) -> float: ...

    async def open(self, name: str, around: Surroundings) -> tuple[Opened, UpstreamReady]:
        """Raises a BridgeError that says why not."""
        ...


class SoapOpening:
    """A SOAP service: its contract is read, or found on the disk."""

    def __init__(self, settings: UpstreamSettings) -> None:
        self._settings = settings

    @property
    def _soap(self) -> SoapSettings:
        soap = self._settings.soap
        assert soap is not None  # chosen by this very key
        return soap

    @property
    def tries(self) -> int:
        return self._soap.lockout.attempts if passwords(self._soap) - {"message"} else 0

    @property
    def pause_s(self) -> float:
        return self._soap.lockout.pause

    async def open(self, name: str, around: Surroundings) -> tuple[Opened, UpstreamReady]:
        given: Mapping[str, Flags] = {
            name: Flags(one.safe, one.idempotent, one.faults, one.soap, one.fail_when, rows=one.rows)
            for name, one in self._settings.operations.items()
        }
        return await open_soap(
            name,
            self._soap,
            Guessed(given) if around.guess_reads else given,
            state_dir=around.state_dir,
            clock=around.clock,
            emit=around.emit,
            slots=around.opening,
            fail_when=self._settings.fail_when,
        )


class HttpOpening:
    """An HTTP system: what it offers stands in the configuration."""

    tries, pause_s = 0, 0.0

    def __init__(self, settings: UpstreamSettings) -> None:
        self._settings = settings

    async def open(self, name: str, around: Surroundings) -> tuple[Opened, UpstreamReady]:
        settings = self._settings.http
        assert settings is not None  # chosen by this very key
        operations: dict[str, tuple[Operation, HttpRequestSettings]] = {}
        for key, own in self._settings.operations.items():
            assert own.request is not None  # the settings demand it
            operations[key] = Operation(name, key, safe=own.safe, idempotent=own.idempotent), own.request
        return await open_http(name, settings, operations, clock=around.clock, emit=around.emit)


OPENINGS: Mapping[str, Callable[[UpstreamSettings], Opening]] = {
    "soap": SoapOpening,
    "http": HttpOpening,
}
"""By the key that says of which kind an upstream is (config/table.py)."""


def opening_of(settings: UpstreamSettings) -> Opening:
    return OPENINGS[settings.kind](settings)
