"""A token bucket, pure: what there is at a time, and how long until there is enough.

Tokens are lent to workers for a short while (`lease_s`), so what is used in a time may have been lent a little before
it. The bucket is smaller by what comes in within that while, so the bound of the whole stays exact.
"""

from __future__ import annotations

from dataclasses import dataclass

LEASE_S_MAX = 0.2


def lease_s(rate_per_s: float, burst: int) -> float:
    """How long lent tokens may be kept. A burst of one leaves no room for that: each is used at once."""
    return min(LEASE_S_MAX, (burst - 1) / (2 * rate_per_s))


@dataclass(slots=True)
class Bucket:
    """`tokens` may be negative: then there is a debt to be filled first."""

    rate_per_s: float
    size: float
    tokens: float
    at: float

    @classmethod
    def lending(
        cls, rate_per_s: float, burst: int, now: float, *, full: bool, debt_s: float = 0.0, lends: bool = True
    ) -> Bucket:
        """The bucket that all share. Not `full` after its state was lost: `debt_s` is how long others may have gone on
        without it; without `lends` each token is used at once."""
        size = burst - (rate_per_s * lease_s(rate_per_s, burst) if lends else 0.0)
        return cls(rate_per_s, size, size if full else -rate_per_s * debt_s, now)

    def take(self, count: int, wanted: int, now: float) -> int:
        """As many as there are up to `wanted`; 0 when there are fewer than `count`."""
        self._fill(now)
        if self.tokens < count:
            return 0
        taken = min(wanted, int(self.tokens))
        self.tokens -= taken
        return taken

    def again_s(self, count: int, now: float) -> float:
        """How long until `count` may be there."""
        self._fill(now)
        return max(0.001, (min(count, self.size) - self.tokens) / self.rate_per_s)

    def is_full(self, now: float) -> bool:
        self._fill(now)
        return self.tokens >= self.size

    def _fill(self, now: float) -> None:
        self.tokens = min(self.size, self.tokens + max(0.0, now - self.at) * self.rate_per_s)
        self.at = max(self.at, now)
