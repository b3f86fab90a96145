"""The door to one upstream: a place and a token for each call, and a fair queue before it with a bounded wait.

The place is taken first and the token last, right before the call leaves, so that no token is used later than it was
given. Both may be those of all workers; then a few of us ask for them, and whoever is next gets what comes.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.call import Call, Priority
from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import CallError, Overloaded, Quota, UpstreamThrottled, UpstreamTimeout
from bridge.events_limits import CallRefused, ConcurrencyChanged, UpstreamPaused
from bridge.layers.adaptive import Adaptive
from bridge.layers.fair import FairQueue
from bridge.layers.limit_places import OwnPlaces
from bridge.layers.rate import Rate
from bridge.store.bus import Places

SMOOTHING = 0.2  # weight of the latest call in the mean that Retry-After is reckoned from
ASKING_MAX, ASKING_FOR_TOKENS_MAX = 8, 2
PATIENT_S = 60.0
SPREAD_MAX = 1.2
RETRY_AFTER_MAX_S = 86_400.0


@dataclass(slots=True, eq=False)
class _Waiter:
    """One call in the queue. `turn`: True when it may leave, False when it had to give way."""

    who: str
    priority: Priority
    turn: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def decided(self) -> bool:
        return self.turn.done() and not self.turn.cancelled()


def _nobody(_: object) -> None:
    """Where nobody listens."""


class Slots:
    """The places and the tokens of one upstream. `places`: those of all workers; without them our own. `paused`: told
    for how many seconds nobody may ask, when we hear of that ourselves."""

    def __init__(
        self,
        concurrency: int,
        queue: int,
        clock: Clock,
        *,
        places: Places | None = None,
        rate: Rate | None = None,
        adaptive: Adaptive | None = None,
        wait_s: float = math.inf,
        background_every: int = 10,
        heed: bool = True,
        upstream: str = "",
        emit: Emit = _nobody,
        paused: Callable[[float], None] = _nobody,
        rng: random.Random | None = None,
    ) -> None:
        self.limit = adaptive.limit if adaptive else concurrency
        self._places: Places = places if places is not None else OwnPlaces(self.limit)
        self._places.resize(self.limit)
        self._rate, self._adaptive = rate or Rate(clock), adaptive
        # Our own places are had at once, and who waits for a token keeps a place from others.
        self._asking_max = 1 if places is None else ASKING_FOR_TOKENS_MAX if self._rate.limited else ASKING_MAX
        self._queue: FairQueue[_Waiter] = FairQueue(queue, background_every)
        self._room, self._wait_s, self._clock = queue, wait_s, clock
        self._heed, self._upstream, self._emit, self._paused = heed, upstream, emit, paused
        self._rng = rng or random.SystemRandom()
        self._mean_s = 0.0
        self.in_use = self._trying = 0
        self._asking: set[asyncio.Task[None]] = set()
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    @property
    def has_rate(self) -> bool:
        return self._rate.limited

    @property
    def tokens(self) -> float:
        return self._rate.tokens

    # ── the way in ───────────────────────────────────────────────────────────────────────────────────────────────

    async def take(self, call: Call) -> None:
        """Returns when the call may leave, with a place held. Raises Overloaded when that is not in time."""
        again_s = 0.0
        if not self._queue and (self._trying < self._asking_max or not self._room):
            again_s = await self._at_once()
            if not again_s:
                return
        who = call.principal.name if call.principal else ""
        # Whoever would get his turn and no time for the call itself takes a place from one who has it.
        limit_s = min(self._wait_s, call.deadline - self._clock.monotonic() - self._mean_s)
        expected_s = self._expected_s(self._queue.ahead(who, call.priority))
        if max(expected_s, again_s if again_s != math.inf else 0.0) > limit_s:
            raise self._refused(call, "wait", max(expected_s, again_s if again_s != math.inf else 0.0))
        waiter = _Waiter(who, call.priority)
        gives_way = self._queue.push(waiter, who, call.priority) if self._room else "full"
        if gives_way == "full":
            raise self._refused(call, "queue", expected_s)
        if gives_way is not None and not gives_way.turn.done():
            gives_way.turn.set_result(False)
        await self._turn_of(waiter, call, limit_s)

    async def _at_once(self) -> float:
        """0: the call may leave. Else how long until there may be a token; inf: there is no place."""
        self._trying += 1
        try:
            if not await self._places.take(0.0):
                return math.inf
            return await self._with_token()
        finally:
            self._trying -= 1

    async def _with_token(self) -> float:
        try:
            again_s = await self._rate.take()
        except BaseException:  # a cancelled call leaves no place behind
            self._places.give_back()
            raise
        if again_s:
            self._places.give_back()
        else:
            self.in_use += 1
        return again_s

    async def _turn_of(self, waiter: _Waiter, call: Call, limit_s: float) -> None:
        self._ask()
        try:
            async with asyncio.timeout(limit_s):
                may_leave = await waiter.turn
        except TimeoutError:
            if not waiter.decided:
                self._no_more(waiter)
                late_s = self._expected_s(self._queue.ahead(waiter.who, waiter.priority))
                raise self._refused(call, "wait", late_s) from None
            may_leave = waiter.turn.result()  # it came in the very last moment
        except BaseException:  # a cancelled call as well gives back the turn that it may have got
            if waiter.decided and waiter.turn.result():
                self._left()
            self._no_more(waiter)
            raise
        if not may_leave:
            ahead = self._queue.ahead(waiter.who, waiter.priority)
            raise self._refused(call, "queue", self._expected_s(ahead))

    def _no_more(self, waiter: _Waiter) -> None:
        self._queue.remove(waiter, waiter.who, waiter.priority)
        if not self._queue:
            self._quiet()

    # ── those who ask for what the waiting need ──────────────────────────────────────────────────────────────────

    def _ask(self) -> None:
        while len(self._asking) < min(self._asking_max, len(self._queue)):
            task = asyncio.create_task(self._serve(), name=f"limit {self._upstream}")
            self._asking.add(task)
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    def _quiet(self) -> None:
        """Nobody waits: what was asked for is not needed."""
        self._rate.idle()
        for task in self._asking:
            task.cancel()
        self._asking.clear()

    async def _serve(self) -> None:
        me = asyncio.current_task()
        try:
            while self._queue and me in self._asking:
                if await self._places.take(PATIENT_S):
                    await self._next()
        finally:
            if me is not None:
                self._asking.discard(me)

    async def _next(self) -> None:
        """We have a place: with a token it is that of whoever is next."""
        waited = given = False
        try:
            while self._queue and (again_s := await self._rate.take()):
                waited = True
                await self._clock.sleep(again_s * self._spread())
            if waited:
                self._rate.waited_for()
            given = self._give_turn()
        finally:
            if not given:
                self._places.give_back()
        if not self._queue:
            self._quiet_beside_me()

    def _spread(self) -> float:
        """Workers that ask for the next token at the very same moment would leave it to one of them for long."""
        return 1.0 if self._asking_max == 1 else self._rng.uniform(1.0, SPREAD_MAX)

    def _give_turn(self) -> bool:
        while self._queue:
            turn = self._queue.pop().turn
            if not turn.done():  # who was cancelled in this very moment has not left the queue yet
                turn.set_result(True)
                self.in_use += 1
                return True
        return False

    def _quiet_beside_me(self) -> None:
        me = asyncio.current_task()
        self._rate.idle()
        for task in self._asking - {me}:
            task.cancel()
            self._asking.discard(task)

    # ── the way out ──────────────────────────────────────────────────────────────────────────────────────────────

    def give_back(self, held_s: float) -> None:
        self._mean_s += (held_s - self._mean_s) * SMOOTHING
        self._left()

    def _left(self) -> None:
        self.in_use -= 1
        self._places.give_back()

    def ended(self, call: Call, began: float, error: BaseException | None, quota: Quota | None) -> None:
        """What there is to learn from an attempt."""
        now = self._clock.monotonic()
        if isinstance(error, CallError):
            quota = error.quota
        if quota is not None and self._heed:
            self._heard(quota, now)
        if self._adaptive is None:
            return
        late = isinstance(error, asyncio.CancelledError) and now >= call.deadline
        failing = late or isinstance(error, UpstreamTimeout | UpstreamThrottled)
        if error is not None and not failing:
            return  # an error that comes quickly says nothing about how much there is to do
        self._adaptive.done(call.operation, began, now, failing=failing, full=len(self._queue) > 0)
        self._resize(self._adaptive.limit)

    def _heard(self, quota: Quota, now: float) -> None:
        pause_s = self._rate.pace.hear(quota, now)
        if pause_s:
            self._emit(UpstreamPaused(self._upstream, pause_s))
            self._paused(pause_s)

    def pause(self, pause_s: float) -> None:
        """Another worker heard that nobody may ask for so long."""
        now = self._clock.monotonic()
        self._rate.pace.pause(pause_s, now)

    def _resize(self, limit: int) -> None:
        if limit != self.limit:
            self.limit = limit
            self._places.resize(limit)
            self._emit(ConcurrencyChanged(self._upstream, limit))

    # ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────

    def _expected_s(self, ahead: int) -> float:
        """When the turn of a call would come that has so many before it."""
        return max(self._rate.expected_s(ahead + 1), self._mean_s * (ahead + 1) / self.limit)

    def _refused(self, call: Call, reason: str, expected_s: float) -> Overloaded:
        after_s = float(min(max(1, math.ceil(expected_s - 1e-6)), RETRY_AFTER_MAX_S))
        self._emit(CallRefused(self._upstream, call.operation.partition(".")[2], reason, after_s))
        return Overloaded(retry_after_s=after_s)
