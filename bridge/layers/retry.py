"""A further try where it does no harm: the operation was declared idempotent or safe, or nothing had been sent.

Exponential pauses with full jitter, so that many callers do not come back together; `Retry-After` is kept to the
letter; never beyond the deadline. A write whose outcome is unknown is never repeated, and said to be so.
"""

from __future__ import annotations

import random
from typing import NoReturn

from pydantic import Field
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from bridge.call import Attempt, Call, Reply, Service
from bridge.clock import Clock
from bridge.contracts import Emit, Operation
from bridge.errors import (
    AnswerFailed,
    CallError,
    Fault,
    OutcomeUnknown,
    UpstreamCut,
    UpstreamError,
    UpstreamFault,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from bridge.events import CallNotRetried, CallRetried
from bridge.layers.deadline import repeatable
from bridge.settings import DurationS, Settings

_BEHIND = UpstreamError | UpstreamThrottled | Fault
"""Failures of the system behind."""
_UNDECIDED = UpstreamCut | UpstreamTimeout | UpstreamFault | UpstreamThrottled
"""Where the outcome of one of these is unknown, nothing more can be said of a write."""


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


class Retried:
    """A service that tries again."""

    def __init__(
        self,
        inner: Service,
        operation: Operation,
        settings: RetrySettings,
        clock: Clock,
        emit: Emit,
        rng: random.Random,
    ) -> None:
        self._inner, self._operation, self._settings = inner, operation, settings
        self._clock, self._emit, self._rng = clock, emit, rng

    async def __call__(self, call: Call) -> Reply:
        try:
            return await self._once(call)  # a call that goes well does not pay for the machinery below
        except CallError as error:
            if self._may_repeat(error):
                return await self._again(call, error)
            self._raise(error, 1)

    async def _again(self, call: Call, first: CallError) -> Reply:
        attempts = 0

        async def attempt() -> Reply:
            nonlocal attempts
            attempts += 1
            if attempts == 1:
                raise first
            return await self._once(call.with_(attempt=attempts))

        retrying = AsyncRetrying(
            sleep=self._clock.sleep,
            retry=retry_if_exception(self._may_repeat),
            wait=self._pause_s,
            stop=lambda state: self._is_enough(call, state),
            before_sleep=self._tell,
            reraise=True,
        )
        try:
            reply: Reply = await retrying(attempt)
        except CallError as error:
            self._raise(error, attempts)
        return reply.with_meta(attempts=attempts)

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
        if isinstance(error, UpstreamUnreachable) and error.outcome == "not_sent":
            return error.retryable  # a wrong certificate does not get better by asking again
        if not isinstance(error, _BEHIND):
            return False  # above all our own Overloaded: trying again would make it worse
        return error.retryable and repeatable(self._operation)

    def _pause_s(self, state: RetryCallState) -> float:
        error = _error(state)
        if error.retry_after_s is not None:
            return error.retry_after_s
        longest = self._settings.base * 2.0 ** (state.attempt_number - 1)
        return self._rng.uniform(0.0, min(longest, self._settings.cap))

    def _is_enough(self, call: Call, state: RetryCallState) -> bool:
        # tenacity draws the pause before it asks whether to stop
        resumes = self._clock.monotonic() + state.upcoming_sleep
        return state.attempt_number >= self._settings.attempts or resumes >= call.deadline

    def _tell(self, state: RetryCallState) -> None:
        error, operation = _error(state), self._operation
        self._emit(
            CallRetried(
                operation.upstream,
                operation.name,
                attempt=state.attempt_number + 1,
                delay_s=state.upcoming_sleep,
                code=error.code,
                cause=error.cause,
            )
        )

    def _raise(self, error: CallError, attempts: int) -> NoReturn:
        """What the caller is told. A write that was cut off, or met a gateway's page, becomes OutcomeUnknown."""
        operation = self._operation
        failed_behind = isinstance(error, _BEHIND)
        error.attempts = attempts if attempts > 1 or isinstance(error, _BEHIND | AnswerFailed) else 0
        if failed_behind and (error.retryable or error.outcome == "unknown") and not repeatable(operation):
            if not self._may_repeat(error):
                self._emit(CallNotRetried(operation.upstream, operation.name, error.code, error.outcome or "unknown"))
            if isinstance(error, _UNDECIDED) and error.outcome == "unknown":
                unknown = OutcomeUnknown(cause=error.cause or error.code)
                unknown.attempts = attempts
                raise unknown from error
        raise error


def _error(state: RetryCallState) -> CallError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, CallError):
        raise TypeError("only a failed call is tried again") from error
    return error
