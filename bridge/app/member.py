"""The life of one upstream: opened in the background, tried again until it is there, closed when nobody uses it.

An upstream that cannot be reached never stops the others: until it is ready its prefix answers 503.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from importlib.metadata import version

from bridge.app.limiting import Limiting
from bridge.app.opening import Opened, Surroundings, opening_of
from bridge.app.passing import PassingService, passing_service
from bridge.call import Call, Reply, Service
from bridge.config.model import UpstreamSettings
from bridge.contracts import Keyed, Peek, Upstream
from bridge.errors import BridgeError, MissingDocuments
from bridge.events import UpstreamUnavailable
from bridge.layers.again_settings import IdempotencySettings
from bridge.layers.breaker import breakers_of
from bridge.layers.cache import Cached
from bridge.layers.cache_second import SecondLevel
from bridge.layers.kept_answers import KeptAnswers
from bridge.layers.refreshing import Refreshing
from bridge.layers.retry_budget import RetryBudget
from bridge.layers.stack import Shared, build, build_explained
from bridge.layers.streams import held
from bridge.layers.tags import Purges
from bridge.layers.together import Together
from bridge.transport.refusals import Refusals
from bridge.web.route_table import RouteTable
from bridge.web.routes import Route, build_routes
from bridge.web.snapshot import Mount, PassedOn

RETRY_FIRST_S, RETRY_MAX_S = 1.0, 10.0
TURN_TTL_S, TURN_WAIT_S = 10.0, 120.0
_LEAVE_S = 5.0


class Member:
    """One upstream, from its settings to its services. `changed` is called when it becomes ready."""

    def __init__(
        self, name: str, settings: UpstreamSettings, around: Surroundings, changed: Callable[[], None]
    ) -> None:
        self.name, self.settings = name, settings
        self.mount = Mount(name, settings.mounted_at(name), settings.forward_headers)
        self.upstream: Upstream | None = None
        self._opening = opening_of(settings)
        self._opened_as: Opened | None = None
        self._refused = self._closing = False
        self.services: Mapping[str, Service] = {}
        self.explained: Mapping[str, Service] = {}
        self.peeks: dict[str, Peek] = {}
        self.keyed: dict[str, Keyed] = {}
        self.passing: PassedOn | None = None
        self._front: PassingService | None = None
        self.routes: list[Route] = []
        self.budget = RetryBudget(settings.retry.budget)
        self.breakers = breakers_of(name, settings.breaker, around.clock, around.emit)
        self.reason = "it has not been tried yet"
        self._around, self._changed = around, changed
        self._task: asyncio.Task[None] | None = None
        self._together: Together | None = None
        self.limiting: Limiting | None = None
        self._refreshing = Refreshing()
        self.kept: KeptAnswers | None = None
        self._in_flight = self._streams = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._open_until_ready(), name=f"open {self.name}")

    async def settled(self) -> None:
        """Returns when it is ready (or was closed)."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _open_until_ready(self) -> None:
        pause_s, refusals = RETRY_FIRST_S, self._refusals()
        while True:
            refused_s = 0.0
            try:
                await self.open()
            except BridgeError as error:
                self.reason = error.detail
                if isinstance(error, MissingDocuments) and error.refused and self._opening.tries:
                    refused_s = refusals.refused(self._around.clock.monotonic())
            except Exception as error:  # noqa: BLE001  a contract may hold what we never thought of: told, not given up
                self.reason = f"it could not be opened: {type(error).__name__}: {str(error)[:300]}"
            else:
                self._changed()
                return
            if self._closing:  # what was being opened took the cancellation for a failure of its own
                return
            self._refused = refused_s > 0
            wait_s = max(pause_s, refused_s)
            self._around.emit(UpstreamUnavailable(self.name, self.reason, wait_s))
            await self._around.clock.sleep(wait_s * random.uniform(0.75, 1.25))  # noqa: S311  jitter, no secret
            pause_s = min(pause_s * 2, RETRY_MAX_S)

    def _refusals(self) -> Refusals:
        return Refusals(self._opening.tries, self._opening.pause_s)

    @property
    def refused(self) -> bool:
        """Whether our password is refused: a person mends that and reloads, perhaps without a change of the file."""
        return self._refused or (self._opened_as is not None and self._opened_as.refused)

    async def open(self) -> None:
        """Raises a BridgeError that says why not."""
        async with self._turn():
            upstream, ready = await self._opening.open(self.name, self._around)
        try:
            self.routes = build_routes(upstream, self.settings.routes(), self.mount.prefix, self.settings.answers())
            RouteTable(self.routes)  # raises when two of its own want one address
        except BaseException:  # a cancelled start as well leaves nothing open
            await upstream.close()
            raise
        self.services = self._stacked(upstream)
        self.upstream = self._opened_as = upstream
        self._refused, self.reason = False, ""
        self._around.emit(ready)

    def _turn(self) -> AbstractAsyncContextManager[object]:
        """Of several workers one derives the contract; the others wait, and find it in the state folder."""
        bus = self._around.bus
        if bus is None or bus.alone:
            return nullcontext()
        return bus.lock(f"open.{self.name}", TURN_TTL_S, TURN_WAIT_S)

    def _stacked(self, upstream: Upstream) -> dict[str, Service]:
        around = self._around
        purges = Purges(lambda: around.http_store.forget_all(self.name))
        second = self._second_level(purges)
        self._together = together = self._with_others(purges, second)
        self.limiting = Limiting(self.name, self.settings.limits, around, shared=together is not None)
        slots = self.limiting.slots
        shared = Shared(
            *(around.clock, around.emit, around.store, slots),
            purges=purges,
            budget=self.budget,
            breakers=self.breakers,
            journal=around.recording(),
            together=together,
            ledger=around.ledger(),
            services=self._service,
            refreshing=self._refreshing,
            second=second,
        )
        self.kept = KeptAnswers(self.name, around.store, purges, around.clock, together)
        services: dict[str, Service] = {}
        explained: dict[str, Service] = {}
        for operation in upstream.operations.values():
            settings = self.settings.layers(operation.name)
            stack = build(operation, upstream.service(operation.name), settings, shared)
            services[operation.id] = self._counted(stack)
            timed = build_explained(operation, upstream.service(operation.name), settings, shared)
            explained[operation.id] = self._counted(timed)
            if isinstance(stack, Cached):
                self.peeks[operation.id] = stack
            if shared.ledger is not None and not operation.safe:
                self.keyed[operation.id] = _keyed(settings.idempotency)
        self.explained = explained
        self.passing = self._passed_on(upstream, shared)
        return services

    def _service(self, operation: str) -> Service | None:
        return self.services.get(operation)

    def _passed_on(self, upstream: Upstream, shared: Shared) -> PassedOn | None:
        passing = passing_service(self.name, upstream, self.settings, self._around, shared)
        if passing is None:
            return None
        self._front = passing
        return PassedOn(self.name, self._counted(passing), passing.target_of, passing.leads_back)

    def _second_level(self, purges: Purges) -> SecondLevel | None:
        answers = self._around.shared_answers
        if answers is None:
            return None
        generation = f"{version('legacy-bridge')} {self._generation()}"
        return SecondLevel(answers, self.name, generation, purges, self._around.clock)

    def _generation(self) -> str:
        return hashlib.sha256(self.settings.model_dump_json().encode()).hexdigest()

    def _with_others(self, purges: Purges, second: SecondLevel | None) -> Together | None:
        bus = self._around.bus
        if bus is None or bus.alone:
            return None
        return Together(bus, self.name, self._generation(), purges, second)

    def _counted(self, inner: Service) -> Service:
        async def count(call: Call) -> Reply:
            self._in_flight += 1
            self._idle.clear()
            try:
                reply = await inner(call)
            except BaseException:  # a cancelled call as well is no longer under way
                self._left()
                raise
            if reply.stream is None:
                self._left()
                return reply
            self._streams += 1
            return held(reply, self._stream_left)

        return count

    def _stream_left(self) -> None:
        self._streams -= 1
        self._left()

    def _left(self) -> None:
        self._in_flight -= 1
        if not self._in_flight:
            self._idle.set()

    async def close(self) -> None:
        """Waits for calls under way, as long as one of them may take, and for streams; then lets go of the
        connections."""
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self.upstream is None:
            return
        await self._refreshing.close()
        try:
            async with asyncio.timeout(self.settings.limits.deadline + _LEAVE_S):
                await self._idle.wait()
        except TimeoutError:
            # Whatever still runs is past its deadline and gets cut; but streams end in their own time, which the edge
            # bounds, and when the server stops they have ended before this.
            if self._streams:
                await self._idle.wait()
        if self._front is not None:
            await self._front.close()
        await self.upstream.close()
        if self._together is not None:
            self._together.close()
        if self.limiting is not None:
            self.limiting.close()


def _keyed(settings: IdempotencySettings | None) -> Keyed:
    settings = settings or IdempotencySettings()
    return Keyed(settings.required, settings.key is not None, settings.unquoted)
