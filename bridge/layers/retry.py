"""A further try where it does no harm: the operation was declared idempotent or safe, or nothing had been sent.

Exponential pauses with full jitter, so that many callers do not come back together; `Retry-After` is kept to the
letter; never beyond the deadline, and within a budget of the upstream. A write whose outcome is unknown is never
repeated, and said to be so. What may pass stands in transient.py.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from bridge.call import Attempt, Call, Reply, Service
from bridge.clock import Clock
from bridge.contracts import Emit, Operation
from bridge.errors import (
    AnswerFailed,
    CallError,
    OutcomeUnknown,
    Unavailable,
    UpstreamCut,
    UpstreamError,
    UpstreamFault,
    UpstreamThrottled,
    UpstreamTimeout,
)
from bridge.events import CallNotRetried, CallRetried
from bridge.events_calls import RetryDenied
from bridge.layers.deadline import repeatable
from bridge.layers.retry_budget import RetryBudget, RetryBudgetSettings
from bridge.layers.transient import BEHIND, again
from bridge.settings import DurationS, Settings

_UNDECIDED = UpstreamCut | UpstreamTimeout | UpstreamFault | UpstreamThrottled
"""Where the outcome of one of these is unknown, nothing more can be said of a write."""
_DOUBLINGS_MAX = 60


def _named(value: Any) -> Any:
    """YAML gives the key 429 as a number."""
    return {str(key): one for key, one in value.items()} if isinstance(value, Mapping) else value


def _usable(value: dict[str, bool]) -> dict[str, bool]:
    if value.get(OutcomeUnknown.code):
        raise ValueError(f"{OutcomeUnknown.code} is never tried again: it may have been done already")
    if wrong := [key for key in value if key.isdigit() and not 400 <= int(key) <= 599]:
        raise ValueError(f"{wrong[0]} is no status of a failure: those are 400 to 599")
    return value


class RetrySettings(Settings):
    """How often, and how soon, a failed call is tried again."""

    attempts: int = Field(default=5, ge=1, le=20, examples=[5])
    """Tries in all; the first counts, so 1 means never again. Only for operations declared `idempotent` or `safe`,
    and for any operation when the upstream could not even be reached."""
    base: DurationS = Field(default=0.25, gt=0, examples=["250ms"])
    """The longest pause before the second try; it doubles with each further one. The pause itself is drawn at
    random between zero and that."""
    cap: DurationS = Field(default=10.0, gt=0, examples=["10s"])
    """The longest pause of all, unless the upstream asks for a longer one with `Retry-After`."""
    budget: RetryBudgetSettings = Field(default=RetryBudgetSettings(), examples=[{"ratio": "20%", "min": 3}])
    """How many of the calls to this upstream may be at a further try at the same time. One more is not tried again."""
    on: Annotated[dict[str, bool], BeforeValidator(_named), AfterValidator(_usable)] = Field(
        default={}, examples=[{"OrderLocked": True, "upstream_invalid": True, "429": False}]
    )
    """Which failures may pass by themselves, where the usual judgement is wrong: by the name or code of a fault, by the
    `code` of our problem, or by the HTTP status that came. An operation that is neither `safe` nor `idempotent` is not
    repeated for it."""


@dataclass(slots=True)
class _Course:
    """How the tries of one call went so far. `error` is the last that says something of the system behind; `charged`:
    the budget counts a try; `turned_away`: the latest was not let through by ourselves."""

    error: CallError
    attempts: int = 0
    charged: bool = False
    turned_away: bool = False

    @property
    def is_stale(self) -> bool:
        """Nobody is to blame for a connection that was closed while nobody used it: once, and at once."""
        return self.attempts == 1 and isinstance(self.error, UpstreamError) and self.error.stale


class Retried:
    """A service that tries again. `budget` is that of the whole upstream."""

    def __init__(
        self,
        inner: Service,
        operation: Operation,
        settings: RetrySettings,
        clock: Clock,
        emit: Emit,
        rng: random.Random,
        budget: RetryBudget,
    ) -> None:
        self._inner, self._operation, self._settings = inner, operation, settings
        self._clock, self._emit, self._rng, self._budget = clock, emit, rng, budget

    async def __call__(self, call: Call) -> Reply:
        self._budget.begin()
        try:
            try:
                return await self._once(call)
            except CallError as error:
                failed = error
            return await self._again(call, failed)
        finally:
            self._budget.end()

    async def _again(self, call: Call, first: CallError) -> Reply:
        course = _Course(first)
        retrying = AsyncRetrying(
            sleep=self._clock.sleep,
            retry=retry_if_exception(lambda error: not course.turned_away and self._may_repeat(error)),
            wait=lambda _: self._pause_s(course),
            stop=lambda state: self._is_enough(call, course, state),
            before_sleep=lambda state: self._tell(course, state),
            reraise=True,
        )
        try:
            reply: Reply | None = await retrying(self._try, call, course)
        except CallError:
            reply = None  # what is told is what the course knows
        finally:
            self._settle(course)  # a caller who goes away while he waits for a further try
        if reply is None:
            raise self._told(course.error, course.attempts)
        return reply.with_meta(attempts=course.attempts)

    async def _try(self, call: Call, course: _Course) -> Reply:
        """One more. The first has been made already, so that a call that goes well does not pay for the machinery."""
        if course.attempts == 0:
            course.attempts = 1
            raise course.error
        try:
            reply = await self._once(call.with_(attempt=course.attempts + 1))
        except CallError as error:
            if isinstance(error, Unavailable) and not isinstance(error, BEHIND):
                course.turned_away = True  # we did not let it through ourselves: what is known is what came before
            else:
                course.error, course.attempts = error, course.attempts + 1
            raise
        finally:
            self._settle(course)
        course.attempts += 1
        return reply

    def _settle(self, course: _Course) -> None:
        if course.charged:
            course.charged = False
            self._budget.give_back()

    async def _once(self, call: Call) -> Reply:
        trail = call.trail
        if trail is None:
            return await self._inner(call)
        at, began, code = self._clock.wall(), self._clock.monotonic(), "cancelled"
        try:
            reply = await self._inner(call)
            code = ""
        except CallError as error:
            code = error.code
            raise
        finally:
            trail.attempts.append(Attempt(call.attempt, at, self._clock.monotonic() - began, code))
        return reply

    def _may_repeat(self, error: BaseException) -> bool:
        if not isinstance(error, CallError):
            return False
        allowed = again(error, self._settings.on)
        return allowed == "any" or (allowed == "repeatable" and repeatable(self._operation))

    def _pause_s(self, course: _Course) -> float:
        """How long to wait before the next try."""
        if course.is_stale:
            return 0.0
        if course.error.retry_after_s is not None:
            return course.error.retry_after_s
        longest = self._settings.base * 2.0 ** min(course.attempts - 1, _DOUBLINGS_MAX)
        return self._rng.uniform(0.0, min(longest, self._settings.cap))

    def _is_enough(self, call: Call, course: _Course, state: RetryCallState) -> bool:
        # tenacity draws the pause before it asks whether to stop
        resumes = self._clock.monotonic() + state.upcoming_sleep
        if course.attempts >= self._settings.attempts or resumes >= call.deadline:
            return True
        if course.is_stale:
            return False
        course.charged = self._budget.take()
        if not course.charged:
            self._emit(RetryDenied(self._operation.upstream, self._operation.name, course.error.code))
        return not course.charged

    def _tell(self, course: _Course, state: RetryCallState) -> None:
        name, upstream, error = self._operation.name, self._operation.upstream, course.error
        self._emit(CallRetried(upstream, name, course.attempts + 1, state.upcoming_sleep, error.code, error.cause))

    def _told(self, error: CallError, attempts: int) -> CallError:
        """What the caller is told. A write that was cut off, or met a gateway's page, becomes OutcomeUnknown."""
        operation = self._operation
        failed_behind = isinstance(error, BEHIND)
        error.attempts = attempts if attempts > 1 or isinstance(error, BEHIND | AnswerFailed) else 0
        if failed_behind and (error.retryable or error.outcome == "unknown") and not repeatable(operation):
            if not self._may_repeat(error):
                self._emit(CallNotRetried(operation.upstream, operation.name, error.code, error.outcome or "unknown"))
            if isinstance(error, _UNDECIDED) and error.outcome == "unknown":
                unknown = OutcomeUnknown(cause=error.cause or error.code)
                unknown.attempts = attempts
                unknown.__cause__ = error
                return unknown
        return error
