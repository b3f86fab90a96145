"""How the time of a verification is shared: each step has its part of what is left, and what one does not use is for
those after it. A step is the values or the documents of one message. Knows only the clock."""

from __future__ import annotations

from bridge.clock import Clock

GRACE_S = 3.0
"""So long after the end, what had no time yet is still shown once."""


class Pace:
    """`total_s` from now on, for as many steps as are planned."""

    def __init__(self, clock: Clock, total_s: float) -> None:
        self._clock, self._left = clock, 0
        self._end = self._until = clock.monotonic() + total_s

    def plan(self, steps: int) -> None:
        self._left += steps

    def next(self) -> None:
        """The next step begins."""
        now = self._clock.monotonic()
        self._until = now + max(self._end - now, 0) / max(self._left, 1)
        self._left -= 1

    def left_s(self) -> float:
        return self._end - self._clock.monotonic()

    def is_up(self) -> bool:
        """The part of this step is used up."""
        return self._clock.monotonic() >= self._until

    def is_over(self) -> bool:
        """Nothing more can be done, not even once."""
        return self.left_s() < -GRACE_S
