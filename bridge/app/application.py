"""The running bridge: start order, stop order, reload.

Start: the edge first, so that health answers at once, then the upstreams in the background. Stop: not ready, no new
requests, drain, then the upstreams.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from bridge.app.documents import write_document
from bridge.app.gathering import Gathering
from bridge.clock import Clock
from bridge.config.model import Config
from bridge.contracts import Emit
from bridge.errors import BridgeError
from bridge.events import ConfigReloaded, ServerStarted
from bridge.store.bus import Bus
from bridge.web.access import Access, is_loopback
from bridge.web.cors import Cors
from bridge.web.docs import Docs
from bridge.web.edge import Edge
from bridge.web.health import Health, State
from bridge.web.metrics_page import MetricsPage, Render
from bridge.web.rest import Page, Rest
from bridge.web.snapshot import Snapshot

_FIXED = (
    "server.host",
    "server.port",
    "server.workers",
    "server.tls",
    "server.limits",
    "server.open",
    "state",
    "cache",
    "log",
)


class Refused(BridgeError):
    """A reload that asks for what cannot change at run time; `detail` names it."""


class Application:
    """One bridge in one process. `start` once, `reload` any time, `stop` once."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        emit: Emit,
        metrics: Render,
        guess_reads: bool = False,
        bus: Bus | None = None,
    ) -> None:
        self.config, self._emit = config, emit
        self._access = _access(config)
        self._state: State = "starting"
        self.gathering = Gathering(config, clock=clock, emit=emit, guess_reads=guess_reads, bus=bus)
        self._rest = Rest(
            lambda: self.gathering.snapshot,
            self._access,
            pages=self._pages(metrics),
            cors=_cors(config),
            limits=config.server.limits,
        )
        self._edge = Edge(config.server, self._access, self._rest, emit, clock)

    def _pages(self, metrics: Render) -> Mapping[str, Page]:
        docs = Docs(lambda: self.gathering.snapshot, self._write_document)
        health = Health(lambda: self._state, lambda: self.gathering.snapshot)
        return {
            "docs": docs.page,
            "openapi.json": docs.document,
            "healthz": health.live,
            "readyz": health.ready,
            "metrics": MetricsPage(metrics).page,
        }

    def _write_document(self, snapshot: Snapshot, names: tuple[str, ...]) -> bytes:
        return write_document(snapshot, names, security=self._access.configured)

    async def start(self) -> str:
        """Listens and begins to open the upstreams; the URL. Raises ConfigError when the address cannot be had."""
        url = await self._edge.start()
        self.gathering.start()
        self._state = "ready"
        self._emit(ServerStarted(url, version("legacy-bridge")))
        return url

    @property
    def in_flight(self) -> int:
        """Requests that are arriving or being answered."""
        return self._edge.in_flight

    async def connected(self) -> None:
        """Returns when every upstream is ready."""
        await self.gathering.settled()

    async def stop(self) -> None:
        self._state = "stopping"
        await self._edge.stop()
        await self.gathering.close()

    def reload(self, config: Config, file: str) -> tuple[str, ...]:
        """Takes a checked configuration; the names of what changed. Raises Refused, and then nothing has changed."""
        fixed = [key for key in _FIXED if _part(config, key) != _part(self.config, key)]
        if fixed:
            raise Refused(f"{', '.join(fixed)} cannot change while the bridge runs; restart it")
        access = _access(config)
        rooms = tuple(key for key in ("access", "server") if _part(config, key) != _part(self.config, key))
        self.config, self._access = config, access
        self._edge.use(config.server, access)
        self._rest.use(access, _cors(config))
        changed = (*rooms, *self.gathering.change(config))
        self._emit(ConfigReloaded(file, changed))
        return changed


def _access(config: Config) -> Access:
    return Access(config.access, everyone=config.server.open or not is_loopback(config.server.host))


def _cors(config: Config) -> Cors:
    cors = config.server.cors
    return Cors(cors.origins, cors.headers, cors.max_age)


def _part(config: Config, key: str) -> object:
    part: object = config
    for name in key.split("."):
        part = getattr(part, name)
    return part
