"""Calls that somebody comes back for, in one process: their tickets, and those who are told when they have ended."""

from __future__ import annotations

from collections.abc import Callable

from bridge.app.lookup import Lookup
from bridge.config.model import Config
from bridge.contracts import Emit
from bridge.errors import CallError
from bridge.events import Event
from bridge.queue.callbacks import Callbacks
from bridge.queue.handlers import Handlers
from bridge.queue.tickets import Around, Terms, Tickets
from bridge.store.bus import Bus
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.web.async_shown import location_of


class Later:
    """`start` once, `stop`, then `close`; an `Emit` that hears of jobs that have ended. Raises ConfigError when a
    secret of a callback cannot be used."""

    def __init__(
        self, config: Config, store: Store, seal: Seal, bus: Bus, emit: Emit, wake: Callable[[str], None]
    ) -> None:
        self.callbacks = Callbacks(config.callbacks, store, seal, store.clock, location_of)
        terms = config.server.async_
        around = Around(store, seal, bus, store.clock, emit, wake, self.callbacks.tell, self._repeatable)
        self.tickets = Tickets(around, Terms(terms.keep, terms.answer, terms.open))
        self._lookup: Lookup | None = None

    def __call__(self, event: Event) -> None:
        self.tickets(event)

    def handle(self, handlers: Handlers) -> None:
        self.callbacks.handle(handlers)

    def start(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self.tickets.start()

    async def stop(self) -> None:
        await self.tickets.stop()

    async def close(self) -> None:
        await self.callbacks.close()

    def _repeatable(self, operation: str) -> bool:
        """Whether it may be cut while it runs."""
        try:
            found = self._lookup.operation(operation) if self._lookup is not None else None
        except CallError:
            return False
        return found is not None and (found.safe or found.idempotent)
