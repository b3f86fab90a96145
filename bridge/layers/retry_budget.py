"""How many further tries one system behind may get at once: a share of the calls that are under way, and a few in any
case. So a crowd of failing calls does not become a larger crowd. Pure.

A try counts from the moment in which it is decided on to its end: whoever pauses has taken his part of it already.
"""

from __future__ import annotations

from pydantic import Field

from bridge.settings import Settings, Share


class RetryBudgetSettings(Settings):
    """Of all calls to one system at the same time, in one worker."""

    ratio: Share = Field(default=0.2, examples=["20%"])
    """The share of the calls under way that may be at a further try."""
    min: int = Field(default=3, ge=0, le=10_000, examples=[3])
    """So many may be in any case, where there are few calls."""


class RetryBudget:
    """Shared by all operations of one upstream."""

    def __init__(self, settings: RetryBudgetSettings | None = None) -> None:
        settings = settings or RetryBudgetSettings()
        self._ratio, self._min = settings.ratio, settings.min
        self.calls = self.tries = 0

    @property
    def left(self) -> int:
        """So many tries more may begin now."""
        return max(0, max(self._min, int(self._ratio * self.calls)) - self.tries)

    def begin(self) -> None:
        """A call is under way."""
        self.calls += 1

    def end(self) -> None:
        self.calls -= 1

    def take(self) -> bool:
        """Whether a call may try again; if so, `give_back` follows at the end of that try."""
        if not self.left:
            return False
        self.tries += 1
        return True

    def give_back(self) -> None:
        self.tries -= 1
