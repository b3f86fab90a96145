"""How calls went in the last while: counts in buckets of time, the oldest of which fall out. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

BUCKETS = 10


@dataclass(slots=True)
class Counts:
    """Of so many `calls` these were `bad`, and these `slow`."""

    calls: int = 0
    bad: int = 0
    slow: int = 0

    def add(self, other: Counts, sign: int = 1) -> None:
        self.calls += sign * other.calls
        self.bad += sign * other.bad
        self.slow += sign * other.slow


class Window:
    """The last `window_s`, to a tenth of it."""

    def __init__(self, window_s: float) -> None:
        self._width_s = window_s / BUCKETS
        self._buckets: deque[tuple[int, Counts]] = deque()
        self._sum = Counts()

    def add(self, now: float, *, bad: bool, slow: bool) -> None:
        number = int(now / self._width_s)
        if not self._buckets or self._buckets[-1][0] < number:
            self._buckets.append((number, Counts()))
        one = Counts(1, int(bad), int(slow))
        self._buckets[-1][1].add(one)
        self._sum.add(one)

    def counts(self, now: float) -> Counts:
        """As they are now; not to be kept."""
        oldest = int(now / self._width_s) - BUCKETS + 1
        while self._buckets and self._buckets[0][0] < oldest:
            self._sum.add(self._buckets.popleft()[1], -1)
        return self._sum

    def clear(self) -> None:
        self._buckets.clear()
        self._sum = Counts()
