"""How long nobody asks after a password was refused, so that a wrong one does not lock the account. Pure.

What counts as a refusal, and of which password, is for those who ask.
"""

from __future__ import annotations

FIRST_PAUSE_S = 5.0


class Refusals:
    """Refusals of the same credentials in a row. After each of them a pause, twice as long as the one before; after
    `attempts` of them `pause_s`."""

    def __init__(self, attempts: int, pause_s: float) -> None:
        self._attempts, self._pause_s = attempts, pause_s
        self._asked_again = 0.0
        self.count = 0

    @property
    def enough(self) -> bool:
        """Whether it was refused so often that it is most likely wrong."""
        return self.count >= self._attempts

    def refused(self, now: float) -> float:
        """Counts one more; how long nobody asks from now on."""
        self.count += 1
        pause_s = self._pause_s if self.enough else min(FIRST_PAUSE_S * 2.0 ** (self.count - 1), self._pause_s)
        self._asked_again = now + pause_s
        return pause_s

    def left_s(self, now: float) -> float:
        """How much of a pause is left, 0 for none."""
        return max(self._asked_again - now, 0.0) if self.count else 0.0

    def hold(self, now: float) -> None:
        """One asks now; the others wait a moment for what comes of it."""
        self._asked_again = now + min(FIRST_PAUSE_S, self._pause_s)

    def accepted(self) -> None:
        """They were right after all."""
        self.count = 0
