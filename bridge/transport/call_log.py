"""What the operator hears of one call over the wire: how it ended, how long it took, how much went and came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import CallError
from bridge.events import AnswerTolerated, UpstreamCalled
from bridge.transport.opened import Opened


@contextmanager
def ending(tell: Callable[[str], None]) -> Iterator[None]:
    """Tells how the part within ended: `ok`, the code of an error, `cancelled`, or `internal_error`."""
    outcome = "internal_error"
    try:
        yield
        outcome = "ok"
    except CallError as error:
        outcome = error.code
        raise
    except asyncio.CancelledError:
        outcome = "cancelled"
        raise
    finally:
        tell(outcome)


class CallLog:
    """One call whose answer is read as it comes: told of when it has come to an end."""

    def __init__(self, upstream: str, operation: str, attempt: int, bytes_out: int, clock: Clock, emit: Emit) -> None:
        self._upstream, self._operation, self._attempt = upstream, operation, attempt
        self._bytes_out, self._clock, self._emit = bytes_out, clock, emit
        self._began = clock.monotonic()

    @contextmanager
    def told(self, opened: Opened | None = None) -> Iterator[None]:
        """Tells of what is done within, when it ends. Without an answer yet only what failed is told."""

        def tell(outcome: str) -> None:
            if opened is not None or outcome != "ok":
                self.tell(outcome, opened)

        with ending(tell):
            yield

    def tell(self, outcome: str, opened: Opened | None, tolerances: Mapping[str, int] | None = None) -> None:
        """`opened` None: no head of an answer came."""
        took_s = self._clock.monotonic() - self._began
        status, received = (opened.status, opened.bytes_in) if opened else (0, 0)
        name, operation, attempt = self._upstream, self._operation, self._attempt
        self._emit(UpstreamCalled(name, operation, attempt, status, outcome, took_s, self._bytes_out, received))
        if tolerances:
            self._emit(AnswerTolerated(name, operation, dict(tolerances)))
