"""How an upstream of each kind is opened: the table that a Member looks into, and all that is known of kinds there.

One line a kind in OPENINGS; the rest of the application meets upstreams through contracts.py only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from adapters.http.config import HttpSettings
from adapters.http.offered import Flags as HttpFlags
from adapters.http.opening import open_upstream as open_http
from adapters.soap.config import SoapSettings
from adapters.soap.lockout import passwords
from adapters.soap.upstream import Flags
from adapters.soap.upstream_opening import open_upstream as open_soap
from bridge.app.guess import Guessed
from bridge.clock import Clock
from bridge.config.model import OperationSettings, UpstreamSettings
from bridge.contracts import Emit, Upstream
from bridge.events import UpstreamReady
from bridge.layers.again_ledger import Ledger
from bridge.layers.cache_second import SharedAnswers
from bridge.layers.cache_store import CacheStore
from bridge.layers.http_cache.store import HttpStore
from bridge.layers.record import Recording
from bridge.store.bus import Bus
from bridge.transport.lockout import passwords as http_passwords

_HTTP_STORE_BYTES = 1_000_000


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
    shared_answers: SharedAnswers | None = field(default=None, kw_only=True)
    http_store: HttpStore = field(default_factory=lambda: HttpStore(_HTTP_STORE_BYTES))
    ledger: Callable[[], Ledger | None] = lambda: None


@dataclass(frozen=True, slots=True)
class PassingCache:
    """How what an upstream passes on is kept; see layers/http_cache."""

    public: bool
    stale_s: float


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

    @property
    def passing_cache(self) -> PassingCache | None:
        """How what is passed on is kept, if it is."""
        ...

    async def open(self, name: str, around: Surroundings) -> tuple[Opened, UpstreamReady]:
        """Raises a BridgeError that says why not."""
        ...


class SoapOpening:
    """A SOAP service: its contract is read, or found on the disk."""

    passing_cache = None

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
    """An HTTP system: what it offers stands in the configuration, or in its OpenAPI document."""

    def __init__(self, settings: UpstreamSettings) -> None:
        self._settings = settings

    @property
    def _http(self) -> HttpSettings:
        http = self._settings.http
        assert http is not None  # chosen by this very key
        return http

    @property
    def tries(self) -> int:
        return self._http.lockout.attempts if http_passwords(self._http) and self._http.openapi else 0

    @property
    def pause_s(self) -> float:
        return self._http.lockout.pause

    @property
    def passing_cache(self) -> PassingCache | None:
        passthrough = self._settings.http.passthrough if self._settings.http else None
        cache = passthrough.cache if passthrough else None
        return PassingCache(cache.public, cache.stale) if cache else None

    async def open(self, name: str, around: Surroundings) -> tuple[Opened, UpstreamReady]:
        flags = {key: http_flags(own) for key, own in self._settings.operations.items()}
        return await open_http(
            name,
            self._http,
            flags,
            clock=around.clock,
            emit=around.emit,
            state_dir=around.state_dir,
            fail_when=self._settings.fail_when,
        )


def http_flags(own: OperationSettings) -> HttpFlags:
    """What a person set; a flag that he did not write is told by the method."""
    said = {key: getattr(own, key) for key in ("safe", "idempotent") if key in own.model_fields_set}
    return HttpFlags(own.request, faults=own.faults, fail_when=own.fail_when, rows=own.rows, **said)


OPENINGS: Mapping[str, Callable[[UpstreamSettings], Opening]] = {
    "soap": SoapOpening,
    "http": HttpOpening,
}
"""By the key that says of which kind an upstream is (config/table.py)."""


def opening_of(settings: UpstreamSettings) -> Opening:
    return OPENINGS[settings.kind](settings)
