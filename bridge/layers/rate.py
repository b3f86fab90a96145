"""How often an upstream may be asked: tokens that all workers share, and what the upstream itself says about its quota.

A token is taken right before a call leaves and used at once. Where an upstream tells that little is left of its quota,
the rest is spread over the time until there is more; where it refuses a call as one too many, nobody asks it before
the time it named. Knows no queue.
"""

from __future__ import annotations

from bridge.clock import Clock
from bridge.errors import Quota
from bridge.store.bus import Tokens

PAUSE_S_MAX = 60.0
"""On its own word an upstream is left alone for so long at the most; then it is asked again."""
SCARCE, SCARCE_MIN = 0.1, 5
"""Below this part of a quota, or this count where nobody says how large it is, the rest is spread out."""
SMOOTHING = 0.2


class Pace:
    """What an upstream says. Pure."""

    def __init__(self) -> None:
        self.paused_until = self._told_until = 0.0
        self._every_s = 0.0
        self._until = self._next = 0.0

    def hear(self, quota: Quota, now: float) -> float:
        """For how long nobody asks, where that is new; else 0."""
        if quota.refused or quota.remaining == 0:
            return self.pause(quota.reset_s or 0.0, now)
        if quota.remaining is None or not quota.reset_s:
            return 0.0
        few = SCARCE_MIN if quota.limit is None else quota.limit * SCARCE
        if quota.remaining >= few:
            self._every_s = 0.0
            return 0.0
        self._every_s = min(quota.reset_s / quota.remaining, PAUSE_S_MAX)
        self._until = now + quota.reset_s
        return 0.0

    def pause(self, told_s: float, now: float) -> float:
        """Nobody asks for so long; the same again where it is new."""
        if now + told_s <= max(now, self._told_until):
            return 0.0
        self._told_until = now + told_s
        self.paused_until = now + min(told_s, PAUSE_S_MAX)
        return told_s

    def wait_s(self, now: float) -> float:
        """How long until the next call may leave."""
        spread = self._next if self._every_s and now < self._until else 0.0
        return max(0.0, self.paused_until - now, spread - now)

    def expected_s(self, now: float) -> float:
        """The same, where it is paused by what the upstream said."""
        return self._told_until - now if now < self.paused_until else self.wait_s(now)

    def leaves(self, now: float) -> None:
        self._next = now + self._every_s


class Rate:
    """Both together. `tokens` None: nothing is configured."""

    def __init__(self, clock: Clock, tokens: Tokens | None = None, rate_per_s: float = 0.0, burst: int = 1) -> None:
        self._clock, self._tokens, self._rate_per_s, self._burst = clock, tokens, rate_per_s, burst
        self.pace = Pace()
        self._level, self._at = float(burst), clock.monotonic()
        self._every_s = 1 / rate_per_s if rate_per_s else 0.0
        self._last: float | None = None

    async def take(self) -> float:
        """0: the call may leave now. Else it may not, and in so many seconds it is worth asking again."""
        now = self._clock.monotonic()
        if wait_s := self.pace.wait_s(now):
            return wait_s
        if self._tokens is not None:
            again_s = await self._tokens.take()
            self._level, self._at = self._tokens.level, self._clock.monotonic()
            if again_s:
                return again_s
        self.pace.leaves(now)
        return 0.0

    def waited_for(self) -> None:
        """A call that had to wait for its token has it: the time since the one before is what a turn takes us."""
        now, last = self._clock.monotonic(), self._last
        self._last = now
        if last is not None and self._tokens is not None:
            self._every_s += (now - last - self._every_s) * SMOOTHING

    def idle(self) -> None:
        """Nobody waits any more."""
        self._last = None

    @property
    def limited(self) -> bool:
        return self._tokens is not None

    @property
    def tokens(self) -> float:
        """How many there may be now, of ours and of all others."""
        filled = (self._clock.monotonic() - self._at) * self._rate_per_s
        return min(float(self._burst), self._level + filled)

    def expected_s(self, calls: int) -> float:
        """How long until so many calls may have left, one after the other."""
        paused_s = self.pace.expected_s(self._clock.monotonic())
        if self._tokens is None:
            return paused_s
        # Beside other workers a turn comes less often than the rate says.
        every_s = max(1 / self._rate_per_s, self._every_s)
        return max(paused_s, (calls - self.tokens) * every_s)
