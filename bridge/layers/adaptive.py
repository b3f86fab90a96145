"""How many calls at once an upstream bears, found out by trying: one more while it keeps its pace, fewer when it does
not (additive increase, multiplicative decrease). Pure; times are handed in.

What counts as its pace is learned for each operation, and forgotten in time: a system that has become slower for good
is tried again. Calls that began before the limit last changed say nothing about it and are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass

SLOWER = 2.0  # so much longer than at its best means that calls wait within the system behind
LESS_WHEN_SLOW, LESS_WHEN_FAILING = 0.9, 0.5
FAILING_MIN = 2
SAMPLES_MIN = 5
SMOOTHING = 0.2
EPOCH_S, EPOCH_ROUNDS = 30.0, 10
"""How long what was best is remembered, and how many rounds at least: the best of this epoch and of the one before
counts. At its end the limit is halved for a moment, to see how fast the system is when it is not full."""


@dataclass(slots=True)
class _Pace:
    """How long calls of one operation take: now, and at best."""

    now_s: float
    samples: int = 1
    best_s: float = 0.0
    earlier_s: float = 0.0

    def add(self, took_s: float) -> None:
        self.now_s += (took_s - self.now_s) * SMOOTHING
        self.samples += 1
        if self.samples >= SAMPLES_MIN:
            self.best_s = min(self.best_s or self.now_s, self.now_s)

    @property
    def slower(self) -> float:
        """By how much it is slower now than at its best."""
        known = [best for best in (self.best_s, self.earlier_s) if best]
        return self.now_s / min(known) if known and min(known) > 0 else 1.0

    def next_epoch(self) -> None:
        self.earlier_s, self.best_s = self.best_s or self.earlier_s, 0.0


class Adaptive:
    """A limit between `least` and `most`. Tell of each call that ended with `done`."""

    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most
        self._limit = float(max(least, min(most, 10)))
        self._paces: dict[str, _Pace] = {}
        self._since = self._epoch = float("-inf")
        self._rounds = 0
        self._probing = self._full = False
        self._begin()

    @property
    def limit(self) -> int:
        return max(self._least, int(self._limit) // 2) if self._probing else int(self._limit)

    def done(self, operation: str, began: float, now: float, *, failing: bool, full: bool) -> None:
        """`failing`: it ran out of time, or was told to come back later; `full`: others wait for a place."""
        if began < self._since:
            return
        if self._epoch == float("-inf"):
            self._epoch = now
        self._samples += 1
        self._full = self._full or full
        self._failing += failing
        if not failing:
            self._note(operation, now - began)
        if self._probing:
            if self._samples >= self.limit:
                self._probing = False
                self._begin(now)
            return
        self._judge(now)

    def _note(self, operation: str, took_s: float) -> None:
        pace = self._paces.get(operation)
        if pace is None:
            pace = self._paces[operation] = _Pace(took_s)
        else:
            pace.add(took_s)
        self._slower += pace.slower
        self._timed += 1

    def _judge(self, now: float) -> None:
        needed = max(SAMPLES_MIN, int(self._limit))
        if self._failing >= FAILING_MIN and self._failing * 10 >= needed:  # a tenth of a round is enough to know
            self._set(self._limit * LESS_WHEN_FAILING, now)
            return
        if self._samples < needed:
            return
        self._rounds += 1
        if self._timed and self._slower / self._timed > SLOWER:
            self._set(self._limit * LESS_WHEN_SLOW, now)
        elif now - self._epoch >= EPOCH_S and self._rounds >= EPOCH_ROUNDS:
            self._epoch, self._rounds = now, 0
            for pace in self._paces.values():
                pace.next_epoch()
            self._probing = self._full
            self._begin(now)
        elif self._full:
            self._set(self._limit + 1, now)
        else:
            self._begin()

    def _set(self, limit: float, now: float) -> None:
        self._limit = min(max(limit, float(self._least)), float(self._most))
        self._begin(now)

    def _begin(self, now: float | None = None) -> None:
        """Another round. `now`: only calls from here on count for it."""
        if now is not None:
            self._since = now
        self._samples = self._failing = self._timed = 0
        self._slower = 0.0
        self._full = False
