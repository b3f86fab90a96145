"""What a failed write is known to have done: each problem of a write says so, as far as that can be known.

`not_sent`: it had no effect, so it may be sent again. `unknown`: nobody can tell. `applied`: it was done. Nothing is
said where the system behind itself answered and refused: then its own words count, and they are in the document.
"""

from __future__ import annotations

from bridge.call import Call, Reply, Service
from bridge.contracts import Operation
from bridge.errors import CallError, Fault, Outcome, UpstreamError
from bridge.layers.deadline import repeatable


class WithOutcome:
    """A write whose every failure says what became of it."""

    def __init__(self, inner: Service, operation: Operation) -> None:
        self._inner, self._operation = inner, operation

    async def __call__(self, call: Call) -> Reply:
        try:
            return await self._inner(call)
        except CallError as error:
            error.outcome = outcome_of(error)
            if error.outcome == "unknown" and not repeatable(self._operation):
                error.retryable = False  # sent again it might be done twice
            raise


def outcome_of(error: CallError) -> Outcome | None:
    """What an error says, or has to say of a write."""
    if error.outcome is not None:
        return error.outcome
    if isinstance(error, Fault) and error.status >= 500:
        # A person said that it passes by itself: a fault that means "busy" refused the request, any other is a failure.
        return "not_sent" if error.status == 503 else "unknown"
    if isinstance(error, UpstreamError) or error.code == CallError.code:
        return "unknown"  # it failed on the way, and perhaps only after the effect
    return None
