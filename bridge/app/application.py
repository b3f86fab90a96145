"""The running bridge: start order, stop order, reload.

Start: the edge first, so that health answers at once, then the upstreams in the background. Stop: not ready, no new
requests, drain, then the upstreams.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from importlib.metadata import version

from bridge.app.breaking import Breaking, breaker_states
from bridge.app.documents import write_document
from bridge.app.durable import Around, Durable, needed, open_durable
from bridge.app.gathering import Gathering
from bridge.app.lookup import Lookup
from bridge.app.shared_answers import shared_answers
from bridge.clock import Clock
from bridge.config.model import Config
from bridge.contracts import Emit
from bridge.errors import BridgeError
from bridge.events import ConfigRefused, ConfigReloaded, Event, ServerStarted
from bridge.layers.again_ledger import Ledger
from bridge.layers.record import Recording
from bridge.sinks.fan import fan_out
from bridge.store.bus import Bus, MemoryBus
from bridge.web.access import Access, is_loopback
from bridge.web.async_calls import AsyncCalls, Tickets
from bridge.web.async_openapi import Later
from bridge.web.async_page import TicketsPage
from bridge.web.cors import Cors
from bridge.web.docs import Docs
from bridge.web.edge import Edge
from bridge.web.health import Health, State
from bridge.web.limits import Callers
from bridge.web.metrics_page import MetricsPage, Render
from bridge.web.rest import Page, Rest
from bridge.web.shed import Load
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
    "store",
    "journal",
    "queues",
    "streams",
    "alerts",
    "callbacks",
    "server.async_",
    "admin",
    "bus",
)


class Refused(BridgeError):
    """A reload that asks for what cannot change at run time; `detail` names it."""


def _same(text: str) -> str:
    return text


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
        mask: Callable[[str], str] = _same,
        first: bool = True,
    ) -> None:
        self.config, self._emit = config, fan_out(emit, self.alert)
        self.durable: Durable | None = None
        self._around = Around(clock, emit, bus or MemoryBus(clock), mask, first)
        self._scheduled = config.schedules
        self._changing: set[asyncio.Task[None]] = set()
        self._access = _access(config)
        self._state: State = "starting"
        shared = shared_answers(config.cache, clock, self._emit)
        self.gathering = Gathering(
            config,
            clock=clock,
            emit=self._emit,
            guess_reads=guess_reads,
            bus=bus,
            recording=self._recording,
            shared=shared,
            ledger=self._ledger,
        )
        self._breaking = Breaking(self.gathering.members.values, self._around.bus, clock)
        self.gathering.swapped = self._breaking.apply
        self._rest = Rest(
            lambda: self.gathering.snapshot,
            self._access,
            pages=self._pages(metrics),
            cors=_cors(config),
            limits=config.server.limits,
            later=AsyncCalls(self._tickets, lambda: self.config.server.async_, lambda: self.config.callbacks),
        )
        limits = config.server.limits
        self._callers = Callers(self._around.bus, self._emit, limits.callers)
        self._callers.use(config.access, config.server.proxies)
        load = Load(limits.in_flight, limits.lag, self._emit)
        self._edge = Edge(config.server, self._access, self._rest, self._emit, clock, callers=self._callers, load=load)

    def tell(self, event: Event) -> None:
        """Whatever somebody outside has to say to the operators."""
        self._emit(event)

    def alert(self, event: Event) -> None:
        """What is told by a part without a store of its own may be an alert as well."""
        if self.durable is not None:
            self.durable.alerting(event)

    def _pages(self, metrics: Render) -> Mapping[str, Page]:
        docs = Docs(lambda: self.gathering.snapshot, self._write_document)
        health = Health(lambda: self._state, lambda: self.gathering.snapshot)
        return {
            "docs": docs.page,
            "openapi.json": docs.document,
            "healthz": health.live,
            "readyz": health.ready,
            "metrics": MetricsPage(metrics).page,
            "jobs": TicketsPage(self._tickets, lambda: self.config.server.async_, lambda: self._access).page,
        }

    def _change_schedules(self, config: Config, file: str) -> tuple[str, ...]:
        """Takes them in the background: the store is asked. What cannot be used is told, and the old ones go on."""
        if config.schedules == self._scheduled or self.durable is None:
            return ()
        self._scheduled = config.schedules
        task = asyncio.create_task(self._changed_schedules(self.durable, config, file), name="change schedules")
        self._changing.add(task)
        task.add_done_callback(self._changing.discard)
        return ("schedules",)

    async def _changed_schedules(self, durable: Durable, config: Config, file: str) -> None:
        try:
            await durable.change(config)
        except (ValueError, BridgeError) as error:
            self._emit(ConfigRefused(file, (f"schedules: {error}",)))

    def _write_document(self, snapshot: Snapshot, names: tuple[str, ...]) -> bytes:
        later = Later(tuple(sorted(self.config.callbacks))) if self.durable is not None else None
        return write_document(snapshot, names, security=self._access.configured, later=later)

    def _tickets(self) -> Tickets | None:
        return self.durable.later.tickets if self.durable is not None else None

    async def start(self) -> str:
        """Opens the store where there is one, listens, and begins to open the upstreams; the URL.

        Raises ConfigError when the address cannot be had, StoreError when the store cannot be used.
        """
        if needed(self.config):
            self.durable = await open_durable(self.config, self._around)
        url = await self._edge.start()
        self.gathering.start()
        if self.durable is not None:
            await self.durable.start(self._lookup())
        self._state = "ready"
        self._emit(ServerStarted(url, version("legacy-bridge")))
        return url

    def _ledger(self) -> Ledger | None:
        return self.durable.ledger if self.durable is not None else None

    def _lookup(self) -> Lookup:
        gathering = self.gathering
        return Lookup(lambda: gathering.snapshot, lambda: self.config, gathering.kept, self._breaking)

    def _recording(self) -> Recording | None:
        return self.durable.recording if self.durable is not None else None

    @property
    def in_flight(self) -> int:
        """Requests that are arriving or being answered."""
        return self._edge.in_flight

    def queue_depths(self) -> Mapping[tuple[str, ...], float]:
        """Jobs by (queue, state), in the whole store."""
        return self.durable.worker.depths() if self.durable and self.durable.worker else {}

    def queue_ages(self) -> Mapping[tuple[str, ...], float]:
        """How long the oldest ready job of each queue has waited, by (queue,)."""
        return self.durable.worker.ages() if self.durable and self.durable.worker else {}

    def alerts_firing(self) -> Mapping[tuple[str, ...], float]:
        """Open alerts by (rule, level)."""
        return self.durable.alerting.alerts.firing if self.durable else {}

    def limit_figure(self, name: str) -> Mapping[tuple[str, ...], float]:
        """One of `limiting.ABOUT` for each upstream that has it."""
        limiting = {name: member.limiting for name, member in self.gathering.members.items()}
        figures = {upstream: one.figure(name) for upstream, one in limiting.items() if one is not None}
        return {(upstream,): value for upstream, value in figures.items() if value is not None}

    def breaker_states(self) -> Mapping[tuple[str, ...], float]:
        """By (upstream, operation): see breaking.RANKS."""
        return breaker_states(self.gathering.members.values())

    def retry_budgets(self) -> Mapping[tuple[str, ...], float]:
        """Further tries that may begin now, by (upstream,)."""
        return {(name,): float(member.budget.left) for name, member in self.gathering.members.items()}

    def store_figure(self, name: str) -> float:
        """What the writers of the stores have counted: one of `figures.ABOUT`."""
        return sum(store.figures.of(name) for store in self.durable.stores) if self.durable else 0.0

    async def connected(self) -> None:
        """Returns when every upstream is ready."""
        await self.gathering.settled()

    async def stop(self) -> None:
        self._state = "stopping"
        await self._breaking.close()
        await asyncio.gather(self._edge.stop(), *([self.durable.stop()] if self.durable else []))
        if self.durable is not None:
            await self.durable.ledger.settled()  # writes whose callers have gone
        await self.gathering.close()
        if self.durable is not None:
            await self.durable.close()

    def reload(self, config: Config, file: str) -> tuple[str, ...]:
        """Takes a checked configuration; the names of what changed. Raises Refused, and then nothing has changed."""
        fixed = [key for key in _FIXED if _part(config, key) != _part(self.config, key)]
        if fixed:
            raise Refused(
                f"{', '.join(key.rstrip('_') for key in fixed)} cannot change while the bridge runs; restart it"
            )
        if needed(config) and self.durable is None:
            raise Refused("what asks for a store begins with a restart")
        access = _access(config)
        if self.durable is not None:
            self.durable.rekey(config)
        rooms = tuple(key for key in ("access", "server") if _part(config, key) != _part(self.config, key))
        self.config, self._access = config, access
        self._callers.use(config.access, config.server.proxies)
        self._edge.use(config.server, access)
        self._rest.use(access, _cors(config))
        changed = (*rooms, *self._change_schedules(config, file), *self.gathering.change(config))
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
