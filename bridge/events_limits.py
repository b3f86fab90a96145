"""The events of limits, which continue the list of `bridge/events.py`."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.events import Event


@dataclass(frozen=True, slots=True)
class CallRefused(Event):
    """A call was not let through to its upstream: it would have waited too long. `reason`: queue (it is full, or the
    call gave way in it), wait (its turn would come too late, or did not come in time)."""

    upstream: str
    operation: str
    reason: str
    retry_after_s: float


@dataclass(frozen=True, slots=True)
class UpstreamPaused(Event):
    """An upstream said that its quota is used up: nobody asks it for so long."""

    upstream: str
    pause_s: float


@dataclass(frozen=True, slots=True)
class ConcurrencyChanged(Event):
    """How many calls at once an upstream is thought to bear now."""

    upstream: str
    limit: int


@dataclass(frozen=True, slots=True)
class CallerLimited(Event):
    """A caller is over its limit. `by`: key, caller or address."""

    caller: str
    by: str
    retry_after_s: float


@dataclass(frozen=True, slots=True)
class LoadShed(Event):
    """Requests are turned away because there are too many (`in_flight`) or the process is behind (`lag`); told when it
    begins and, with what was turned away, when it is over."""

    reason: str
    on: bool
    refused: int
