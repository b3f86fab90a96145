"""What stands on the store: the journal, the queues, the schedules, the logs of topics.

Opened before anything is served and closed after it. A bridge whose configuration asks for none of this has no store
and writes no file: `needed` says which it is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from bridge.app.alerting import Alerting, alert_queue
from bridge.app.breaker_desk import held
from bridge.app.later import Later
from bridge.app.lookup import Lookup
from bridge.app.operators import Operators
from bridge.clock import Clock
from bridge.config.model import Config
from bridge.contracts import Emit
from bridge.errors import ConfigError, Place
from bridge.layers.again_ledger import Ledger
from bridge.layers.record import Recording
from bridge.queue.callbacks import callback_queues
from bridge.queue.calls import KIND, Calls, called
from bridge.queue.deeds import SCHEDULES
from bridge.queue.handlers import Handlers
from bridge.queue.scheduler import Scheduler
from bridge.queue.settings import DEFAULT_QUEUE, QueueSettings
from bridge.queue.worker import Worker
from bridge.queue.worker_run import Workbench
from bridge.sinks.fan import fan_out
from bridge.store.bus import Bus
from bridge.store.dead import is_replayed
from bridge.store.ids import new_id
from bridge.store.journal_words import Extractor
from bridge.store.keys import unlock
from bridge.store.recorder import Recorder
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.streams.alert_outbox import QUEUE as ALERTS
from bridge.streams.log import Log
from bridge.streams.settings import log_url
from bridge.web.problems import problem

NEEDS = ("store", "journal", "queues", "schedules", "streams", "alerts", "admin", "callbacks")
"""The keys of a configuration that ask for a store."""


def _answered_later(config: Config) -> bool:
    operations = (one for upstream in config.upstreams.values() for one in upstream.operations.values())
    return any(one.async_ in {"always", "allowed"} for one in operations)


def needed(config: Config) -> bool:
    """Whether a key asks for one, or an operation whose answers are to be kept for those who ask again."""
    operations = (one for upstream in config.upstreams.values() for one in upstream.operations.values())
    if _answered_later(config):
        return True
    return bool(config.model_fields_set.intersection(NEEDS)) or any(one.idempotency is not None for one in operations)


@dataclass(frozen=True, slots=True)
class Around:
    """What the durable rooms are given. `mask` takes secrets out of a text. `first`: of the workers of this machine the
    one that operators reach."""

    clock: Clock
    emit: Emit
    bus: Bus
    mask: Callable[[str], str]
    first: bool = True


class Durable:
    """Made by `open_durable`; `start` once the upstreams are being opened, `stop`, then `close`."""

    def __init__(self, config: Config, store: Store, logs: Store | None, seal: Seal, around: Around) -> None:
        self.store, self.seal = store, seal
        self._config, self._logs, self._around = config, logs, around
        self._queues = queues_of(config)
        # What is compared with times of the store goes by its clock.
        clock = store.clock
        self.alerting = Alerting(
            *(config.alerts, store, seal),
            clock=clock,
            emit=around.emit,
            mask=around.mask,
            wake=self.wake,
            queues=tuple(queues_of(config)),
        )
        self.later = Later(config, store, seal, around.bus, around.emit, self.wake)
        self._emit = emit = fan_out(around.emit, self.alerting, self.later)
        self.recorder = Recorder(store, seal, config.journal, clock, emit)
        self.scheduler = Scheduler(store, seal, clock, emit, self.wake, journaled=config.journal.enabled)
        self.ledger = Ledger(store, seal, clock, problem)
        self.log = Log(config.streams, logs, clock, emit, self._grown)
        self.worker: Worker | None = None
        self.operators: Operators | None = None
        self._heard: list[Callable[[], None]] = []

    @property
    def recording(self) -> Recording | None:
        """For the layers of the upstreams; None when nothing is to be written down."""
        journal = self._config.journal
        if not journal.enabled:
            return None
        words = journal.search if journal.search is not None else self._config.store.key is None
        mask = self._around.mask
        return Recording(self.recorder, Extractor(journal.mask, mask) if words else None, mask)

    @property
    def stores(self) -> tuple[Store, ...]:
        """That of everything, and that of the topics if there are any on the disk."""
        return (self.store,) if self._logs is None else (self.store, self._logs)

    async def start(self, lookup: Lookup) -> None:
        """Begins to work. Raises StoreError, and ConfigError when a file of holidays cannot be used."""
        around = self._around
        await self.alerting.start()
        try:
            await self.scheduler.configure(self._config.schedules)
        except ValueError as error:
            raise ConfigError([Place("schedules", 1, 1, str(error))]) from error
        bench = Workbench(
            self.store,
            self.seal,
            self._handlers(lookup),
            self.store.clock,
            self._emit,
            _name(around),
            around.mask,
            journaled=self._config.journal.enabled,
        )
        self.worker = Worker(bench, self._queues)
        self.later.start(lookup)
        self.worker.start()
        self.scheduler.start()
        self.ledger.start()
        self.log.start()
        self._heard = [
            *(around.bus.subscribe(f"jobs.{name}", partial(self._woken, name)) for name in (*self._queues, SCHEDULES)),
            *(around.bus.subscribe(f"topic.{name}", partial(self._more, name)) for name in self.log.names),
        ]
        if lookup.breaking is not None:
            await lookup.breaking.begin(lambda: self.store.read(held))
        if around.first:
            self.operators = Operators(
                self._config,
                self.store,
                self.seal,
                self._emit,
                self.store.clock,
                queues=self._queues,
                log=self.log,
                wake=self.wake,
                snapshot=lookup.snapshot,
                kept=lookup.kept,
                breaking=lookup.breaking,
            )
            await self.operators.start()

    def _handlers(self, lookup: Lookup) -> Handlers:
        handlers = Handlers()
        calls = Calls(
            lookup.service,
            lookup.operation,
            lookup.principal,
            self._around.clock,
            lookup.deadline_s,
            lambda job_id: self.store.read(lambda tx: is_replayed(tx, job_id)),
        )
        handlers.add(KIND, calls, calls.repeatable, operation=called, settle=self.later.tickets.settle)
        self.later.handle(handlers)
        self.alerting.handle(handlers, self.log.append)
        return handlers

    def wake(self, queue: str) -> None:
        """There is something to do in a queue, or with `SCHEDULES`: here, and in the other processes."""
        self._woken(queue)
        self._around.bus.publish(f"jobs.{queue}", b"")

    def _woken(self, queue: str, _data: bytes = b"") -> None:
        if queue == SCHEDULES:
            self.scheduler.wake()
        elif self.worker is not None:
            self.worker.wake(queue)

    def _grown(self, topic: str) -> None:
        self._around.bus.publish(f"topic.{topic}", b"")

    def _more(self, topic: str, _data: bytes) -> None:
        self.log.grown(topic)

    def rekey(self, config: Config) -> None:
        """Takes the keys of operators. Raises ConfigError, and then the old ones hold."""
        if self.operators is not None:
            self.operators.change(config)

    async def change(self, config: Config) -> None:
        """Takes the schedules of another configuration. Raises ValueError, and then nothing has changed."""
        if new := sorted(queues_of(config).keys() - self._queues.keys()):
            raise ValueError(f"nobody would work on the queue {', '.join(new)}: a queue begins with a restart")
        await self.scheduler.configure(config.schedules)
        self._config = config

    async def stop(self) -> None:
        """Fires and claims nothing more; what is being worked on has some time to end, the rest is given back."""
        for forget in self._heard:
            forget()
        if self.operators is not None:
            await self.operators.stop()
        await self.scheduler.stop()
        if self.worker is not None:
            await self.worker.stop(self._config.server.limits.drain)
        await self.later.stop()

    async def close(self) -> None:
        """After the last call: what is still to be written is written."""
        await self.ledger.close()
        await self.recorder.close()
        await self.log.close()
        await self.later.close()
        await self.alerting.stop()
        if self._logs is not None:
            await self._logs.close()
        await self.store.close()


async def open_durable(config: Config, around: Around) -> Durable:
    """Raises StoreError when a database cannot be used."""
    async with AsyncExitStack() as failed:  # whoever gets an error never gets to close anything
        store = await Store.open(config.store, around.clock)
        failed.push_async_callback(store.close)
        seal = await unlock(store, config.store)
        logs = await _open_logs(config, around)
        if logs is not None:
            failed.push_async_callback(logs.close)
        durable = Durable(config, store, logs, seal, around)
        await durable.recorder.start()
        failed.pop_all()
    return durable


async def _open_logs(config: Config, around: Around) -> Store | None:
    """Only where a topic is kept on the disk."""
    if all(one.durable == "memory" for one in config.streams.values()):
        return None
    settings = config.store.model_copy(update={"url": log_url(config.store.url)})
    return await Store.open(settings, around.clock)


def queues_of(config: Config) -> dict[str, QueueSettings]:
    """Those that are configured, and those that are only named somewhere."""
    named = {DEFAULT_QUEUE, *(one.queue for one in config.schedules.values())}
    alerts = {ALERTS: alert_queue(config.queues)} if "alerts" in config.model_fields_set else {}
    told = callback_queues(config.callbacks, config.queues)
    return {name: QueueSettings() for name in sorted(named)} | config.queues | alerts | told


def _name(around: Around) -> str:
    return f"worker-{new_id(around.clock.wall())}"
