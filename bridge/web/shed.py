"""Turning requests away early: when there are too many at once, and when the process lags behind. Pure counting.

A request that is refused in a millisecond can go elsewhere; one that waits in a growing heap takes all others with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from bridge.contracts import Emit
from bridge.errors import Overloaded
from bridge.events_limits import LoadShed

LOOKS = 4
RETRY_S = 1.0


class Load:
    """What one process has to do. `looked` is told by how much each look at the clock came late."""

    def __init__(self, in_flight_max: int, lag_max_s: float, emit: Emit) -> None:
        self._in_flight_max, self._lag_max_s, self._emit = in_flight_max, lag_max_s, emit
        self._lags: deque[float] = deque(maxlen=LOOKS)
        self.in_flight = 0
        self.lag_s = 0.0
        self._refused = {"in_flight": 0, "lag": 0}
        self._told: set[str] = set()

    @contextmanager
    def place(self) -> Iterator[None]:
        """For the time of one request. Raises Overloaded."""
        if self._behind:
            raise self._overloaded("lag")
        if self.in_flight >= self._in_flight_max:
            raise self._overloaded("in_flight")
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    def looked(self, late_s: float) -> None:
        self.lag_s = max(0.0, late_s)
        self._lags.append(self.lag_s)
        if not self._behind:
            self._over("lag")
        if self.in_flight < self._in_flight_max:
            self._over("in_flight")

    @property
    def _behind(self) -> bool:
        """One long step is no overload; several late looks in a row are."""
        return len(self._lags) == LOOKS and min(self._lags) > self._lag_max_s

    def _overloaded(self, reason: str) -> Overloaded:
        self._refused[reason] += 1
        if reason not in self._told:
            self._told.add(reason)
            self._emit(LoadShed(reason, on=True, refused=0))
        return Overloaded(retry_after_s=RETRY_S, cause=reason)

    def _over(self, reason: str) -> None:
        if reason in self._told:
            self._told.discard(reason)
            self._emit(LoadShed(reason, on=False, refused=self._refused[reason]))
            self._refused[reason] = 0
