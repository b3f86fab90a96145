"""The end of patience, for the whole call: all attempts, all queues, all pauses.

Each layer below ends its own waiting at `Call.deadline` and knows whether the request had left. This one sets that
deadline, and is the backstop: whatever still runs a moment later is cancelled.
"""

from __future__ import annotations

import asyncio

from bridge.call import Call, Reply, Service
from bridge.clock import Clock
from bridge.contracts import Operation
from bridge.errors import CallError, OutcomeUnknown, UpstreamTimeout

GRACE_S = 0.1  # lets the layer that knows more speak first; a reply comes at most 250 ms after the deadline


class WithDeadline:
    """A service that answers by the earlier of the caller's deadline and ours."""

    def __init__(self, inner: Service, operation: Operation, deadline_s: float, clock: Clock) -> None:
        self._inner, self._operation, self._deadline_s, self._clock = inner, operation, deadline_s, clock

    async def __call__(self, call: Call) -> Reply:
        now = self._clock.monotonic()
        ours = now + self._deadline_s
        if ours < call.deadline:
            call = call.with_(deadline=ours)
        elif call.deadline <= now:
            raise no_answer(self._operation, sent=False)
        try:
            async with asyncio.timeout(call.deadline - now + GRACE_S) as patience:
                return await self._inner(call)
        except TimeoutError:
            if not patience.expired():
                raise
            raise no_answer(self._operation, sent=True) from None


def repeatable(operation: Operation) -> bool:
    """Whether a person declared that doing it twice does no harm."""
    return operation.safe or operation.idempotent


def no_answer(operation: Operation, *, sent: bool) -> CallError:
    """The error for time that ran out. `sent`: the request may have left, so a write may have happened."""
    if sent and not repeatable(operation):
        return OutcomeUnknown()
    error = UpstreamTimeout()
    if not sent:
        error.outcome = "not_sent"
    return error
