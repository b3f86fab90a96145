"""The operators' side of a running bridge: their desk with the upstreams at hand, their listeners, and the watch over
dead letters. Begun when the store is open, ended before it is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from bridge.app.breaking import Breaking
from bridge.app.desk import WholeDesk
from bridge.clock import Clock
from bridge.config.model import Config
from bridge.contracts import Emit, Envelopes
from bridge.errors import NotFound, NotReady
from bridge.layers.kept_answers import KeptAnswers
from bridge.queue.dead_watch import DeadWatch
from bridge.queue.shown import Shown
from bridge.queue.skew_watch import SkewWatch
from bridge.queue.unserved_watch import UnservedWatch
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.streams.desk import TopicsDesk
from bridge.streams.log import Log
from bridge.web.admin_server import AdminServer
from bridge.web.snapshot import Snapshot


class Operators:
    """`start` once, `stop` once; `change` takes the keys of another configuration. Of several processes of one machine
    one has the listeners: the others are not to be started."""

    def __init__(
        self,
        config: Config,
        store: Store,
        seal: Seal,
        emit: Emit,
        clock: Clock,
        *,
        queues: Iterable[str],
        log: Log,
        wake: Callable[[str], None],
        snapshot: Callable[[], Snapshot],
        kept: Callable[[], Mapping[str, KeptAnswers]] = dict,
        breaking: Breaking | None = None,
    ) -> None:
        masked = (*config.journal.mask, "*authorization*")
        topics, preview = TopicsDesk(log, Shown(masked).mask), _Previews(snapshot)
        self.desk = WholeDesk(
            *(store, seal, topics),
            queues=queues,
            preview=preview,
            masked=masked,
            wake=wake,
            kept=kept,
            breaking=breaking,
        )
        self._config, self._emit, self._clock = config, emit, clock
        self._watches = (
            DeadWatch(store, clock, emit),
            SkewWatch(store, clock, emit),
            UnservedWatch(store, queues, clock, emit),
        )
        self._server: AdminServer | None = None

    @property
    def urls(self) -> tuple[str, ...]:
        """Where operators are listened to."""
        return self._server.urls if self._server is not None else ()

    async def start(self) -> None:
        """Raises ConfigError when an address cannot be had, or must not be served."""
        config = self._config
        # The keys may be in files.
        self._server = await asyncio.to_thread(
            AdminServer, config.admin, config.state, config.access, self.desk, self._emit, self._clock
        )
        await self._server.start()
        for watch in self._watches:
            watch.start()

    def change(self, config: Config) -> None:
        """Raises ConfigError, and then the old keys hold."""
        if self._server is not None:
            self._server.use(config.access)

    async def stop(self) -> None:
        for watch in self._watches:
            await watch.stop()
        if self._server is not None:
            await self._server.stop()


class _Previews:
    """How calls would look, by the upstreams that are connected now."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    async def __call__(self, operation: str, args: bytes) -> Envelopes:
        name, _, own = operation.partition(".")
        snapshot = self._snapshot()
        upstream = snapshot.upstreams.get(name)
        if upstream is None and name in snapshot.mounts:
            raise NotReady
        if upstream is None or own not in upstream.operations:
            raise NotFound(f"There is no operation {operation[:120]!r}.")
        return await upstream.dry_run(own, args)
