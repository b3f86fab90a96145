"""The events of what stands in front of an upstream and holds calls back; see events.py."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.events import Event


@dataclass(frozen=True, slots=True)
class RetryDenied(Event):
    """A call that might have been tried again is not: too many others of its upstream are at a further try."""

    upstream: str
    operation: str
    code: str


@dataclass(frozen=True, slots=True)
class BreakerChanged(Event):
    """The breaker of an operation, or of a whole upstream (`operation` ""), went over to `state`: closed, open or
    half-open. `why`: failures, slow, trials-failed, trials-passed, time, by-hand, automatic. `for_s`: how long it stays
    open before it tries."""

    upstream: str
    operation: str
    state: str
    why: str
    for_s: float
