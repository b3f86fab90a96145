"""One event to several sinks. A sink that fails loses its event, and nobody else's."""

from __future__ import annotations

from contextlib import suppress

from bridge.contracts import Emit
from bridge.events import Event


def fan_out(*sinks: Emit) -> Emit:
    """An `Emit` that tells all of them, in order."""

    def emit(event: Event) -> None:
        for sink in sinks:
            # Seeing must never disturb doing, and there is no one left to tell about a broken log.
            with suppress(Exception):
                sink(event)

    return emit
