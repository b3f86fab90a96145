"""A further try where it does no harm: the operation was declared idempotent or safe, or nothing had been sent.

Exponential pauses with full jitter, so that many callers do not come back together; `Retry-After` is kept to the
letter; never beyond the deadline, and within a budget of the upstream. A write whose outcome is unknown is never
repeated, and said to be so. What may pass stands in transient.py.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

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

    async def _again(self, call: Call, error: CallError) -> Reply:
        attempts = 1
        while (pause_s := self._next_s(call, error, attempts)) is not None:
            # Nobody is to blame for a connection that was closed while nobody used it: once, and at once.
            stale = attempts == 1 and _is_stale(error)
            if not stale and not self._budget.take():
                self._emit(RetryDenied(self._operation.upstream, self._operation.name, error.code))
                break
            try:
                await self._pause(error, attempts + 1, 0.0 if stale else pause_s)
                reply = await self._once(call.with_(attempt=attempts + 1))
                return reply.with_meta(attempts=attempts + 1)
            except CallError as another:
                if isinstance(another, Unavailable) and not isinstance(another, BEHIND):
                    break  # we did not let it through ourselves: what is known is what came before
                error, attempts = another, attempts + 1
            finally:
                if not stale:
                    self._budget.give_back()
        raise self._told(error, attempts)

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

    def _may_repeat(self, error: CallError) -> bool:
        allowed = again(error, self._settings.on)
        return allowed == "any" or (allowed == "repeatable" and repeatable(self._operation))

    def _next_s(self, call: Call, error: CallError, attempts: int) -> float | None:
        """How long to wait before the next try; None when there is to be none."""
        if attempts >= self._settings.attempts or not self._may_repeat(error):
            return None
        pause_s = self._pause_s(error, attempts)
        return pause_s if self._clock.monotonic() + pause_s < call.deadline else None

    def _pause_s(self, error: CallError, attempts: int) -> float:
        if error.retry_after_s is not None:
            return error.retry_after_s
        longest = self._settings.base * 2.0 ** min(attempts - 1, _DOUBLINGS_MAX)
        return self._rng.uniform(0.0, min(longest, self._settings.cap))

    async def _pause(self, error: CallError, attempt: int, delay_s: float) -> None:
        name, upstream = self._operation.name, self._operation.upstream
        self._emit(CallRetried(upstream, name, attempt, delay_s, error.code, error.cause))
        await self._clock.sleep(delay_s)

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


def _is_stale(error: CallError) -> bool:
    return isinstance(error, UpstreamError) and error.stale
