"""All upstreams of a configuration, and the snapshot of what is ready at this moment.

A reload builds what changed and swaps one pointer; requests under way finish on the snapshot they began with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from bridge.app.member import Member
from bridge.app.opening import Surroundings
from bridge.app.shared_answers import Closing
from bridge.clock import Clock
from bridge.config.model import Config
from bridge.contracts import Emit
from bridge.errors import RouteError
from bridge.events import UpstreamUnavailable
from bridge.layers.again_ledger import Ledger
from bridge.layers.cache_store import CacheStore
from bridge.layers.http_cache.store import HttpStore
from bridge.layers.kept_answers import KeptAnswers
from bridge.layers.record import Recording
from bridge.store.bus import Bus, MemoryBus
from bridge.web.route_table import RouteTable
from bridge.web.snapshot import Snapshot

OPENING_MAX = 2


class Gathering:
    """The members by name; `snapshot` is always whole. `shared`: where answers are shared, which it closes."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        emit: Emit,
        guess_reads: bool = False,
        bus: Bus | None = None,
        recording: Callable[[], Recording | None] = lambda: None,
        shared: Closing | None = None,
        ledger: Callable[[], Ledger | None] = lambda: None,
    ) -> None:
        store = CacheStore(config.cache.memory, clock)
        opening = asyncio.Semaphore(OPENING_MAX)
        self._around = Surroundings(
            *(Path(config.state), store, clock, emit, opening, guess_reads),
            *(bus or MemoryBus(clock), config.server.workers, recording, HttpStore(config.cache.memory)),
            ledger=ledger,
            shared_answers=shared,
        )
        self._emit, self._shared_answers = emit, shared
        self._leaving: set[asyncio.Task[None]] = set()
        self._coming: dict[str, Member] = {}
        self.config = config
        self.members = {name: self._member(name, config, self.swap) for name in config.upstreams}
        self.snapshot = Snapshot()
        self.swapped: Callable[[], None] = lambda: None
        """Called when other upstreams may be ready than before."""
        self.swap()

    def _member(self, name: str, config: Config, changed: Callable[[], None]) -> Member:
        return Member(name, config.upstreams[name], self._around, changed)

    def start(self) -> None:
        """Begins to open all, in the background."""
        for member in self.members.values():
            member.start()

    async def open_all(self) -> None:
        """Opens each once, all at the same time. Raises the first error, in the order of the configuration."""
        members = self.members.values()
        outcomes = await asyncio.gather(*(member.open() for member in members), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        RouteTable([route for member in members for route in member.routes])  # here nobody may give way silently
        self.swap()

    async def settled(self) -> None:
        """Returns when every upstream is ready."""
        await asyncio.gather(*(member.settled() for member in (*self.members.values(), *self._coming.values())))

    def swap(self) -> None:
        """A new snapshot of what is ready now."""
        members = list(self.members.values())
        pending = {member.mount.prefix: member.reason for member in members if member.upstream is None}
        ready = self._side_by_side([member for member in members if member.upstream is not None], pending)
        self.snapshot = Snapshot(
            routes=RouteTable((route for member in ready for route in member.routes), pending),
            services={name: service for member in ready for name, service in member.services.items()},
            explained={name: service for member in ready for name, service in member.explained.items()},
            peeks={name: peek for member in ready for name, peek in member.peeks.items()},
            upstreams={member.name: member.upstream for member in ready if member.upstream is not None},
            mounts={member.name: member.mount for member in members},
            passing={member.mount.prefix: member.passing for member in ready if member.passing is not None},
            keyed={name: one for member in ready for name, one in member.keyed.items()},
            pending=pending,
            version=version("legacy-bridge"),
        )
        self.swapped()

    def kept(self) -> dict[str, KeptAnswers]:
        """The kept answers of what is connected, by upstream."""
        return {name: member.kept for name, member in self.members.items() if member.kept is not None}

    def _side_by_side(self, members: list[Member], pending: dict[str, str]) -> list[Member]:
        """Those whose routes can stand beside each other. One that wants an address of another's has to wait."""
        ready: list[Member] = []
        for member in members:
            if any(_nested(member.mount.prefix, other.mount.prefix) for other in ready):
                try:
                    RouteTable(route for each in (*ready, member) for route in each.routes)
                except RouteError as error:
                    pending[member.mount.prefix] = error.detail
                    self._emit(UpstreamUnavailable(member.name, error.detail, 0.0))
                    continue
            ready.append(member)
        return ready

    def change(self, config: Config) -> tuple[str, ...]:
        """Takes another configuration; the names of the upstreams that it changes."""
        old, self.config = self.config, config
        refused = {name for name, member in self.members.items() if member.refused}
        changed = [name for name, one in config.upstreams.items() if old.upstreams.get(name) != one or name in refused]
        gone = [name for name in old.upstreams if name not in config.upstreams]
        for name in (*changed, *gone):
            if name in self._coming:
                self._leave(self._coming.pop(name))  # nobody wants what it was going to be
        for name in gone:
            self._leave(self.members.pop(name))
        for name in changed:
            self._replace(name, config)
        self.swap()
        return (*changed, *gone)

    def _replace(self, name: str, config: Config) -> None:
        """The old one serves until the new one is ready."""
        before = self.members.get(name)
        if before is not None and before.settings == config.upstreams[name] and not before.refused:
            return  # a change that was taken back before it came into force
        member = self._member(name, config, lambda: self._take_over(member))
        member.start()
        if before is not None and before.upstream is not None:
            self._coming[name] = member
            return
        self.members[name] = member
        if before is not None:
            self._leave(before)

    def _take_over(self, member: Member) -> None:
        before = self.members.get(member.name)
        self._coming.pop(member.name, None)
        self.members[member.name] = member
        self.swap()
        if before is not None and before is not member:
            self._leave(before)

    def _leave(self, member: Member) -> None:
        task = asyncio.create_task(member.close(), name=f"close {member.name}")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        members = [*self.members.values(), *self._coming.values()]
        await asyncio.gather(*(member.close() for member in members), *self._leaving)
        if self._shared_answers is not None:
            await self._shared_answers.close()


def _nested(one: str, other: str) -> bool:
    """Only under prefixes of which one holds the other can two upstreams want the same address."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/") or "{" in one + other
