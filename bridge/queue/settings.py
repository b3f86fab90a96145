"""`queues:` of the configuration: how fast, how often and for how long jobs of a queue are worked on."""

from __future__ import annotations

from pydantic import Field

from bridge.queue.policy import JobRetrySettings
from bridge.settings import DurationS, RatePerS, Settings
from bridge.store.jobs import Terms

DEFAULT_QUEUE = "calls"
"""Where calls go that nobody put elsewhere. It is there without being configured."""


class QueueSettings(Settings):
    """One queue of jobs."""

    concurrency: int | None = Field(default=None, ge=1, le=10_000, examples=[4])
    """How many of its jobs run at a time, over all workers and nodes together. Without it only `per_worker` bounds
    them."""
    per_worker: int = Field(default=16, ge=1, le=1000, examples=[16])
    """How many of its jobs one worker process runs at a time."""
    prefetch: int = Field(default=16, ge=0, le=1000, examples=[16])
    """How many further jobs a worker may hold ready, so that it need not ask the store for each. With `concurrency` or
    `rate` it holds none."""
    rate: RatePerS | None = Field(default=None, gt=0, examples=["5/s"])
    """How many of its jobs begin in a time, over all workers and nodes together."""
    burst: int | None = Field(default=None, ge=1, le=100_000, examples=[10])
    """How many may begin at once after a rest, where there is a `rate`; without it as many as in a second, at least
    one."""
    lease: DurationS = Field(default=60.0, ge=3.0, le=86400.0, examples=["60s"])
    """How long a job belongs to a worker that is not heard of. Workers renew it three times as often; after a crash it
    is the time until another one takes over."""
    keep: DurationS = Field(default=7 * 86400.0, ge=0, examples=["7d"])
    """How long jobs are kept after they were done or cancelled. Dead ones stay until a person decides."""
    retry: JobRetrySettings = Field(default=JobRetrySettings(), examples=[{"attempts": 5}])
    """Trying again what failed."""

    def terms(self) -> Terms:
        """What the store keeps to with each claim."""
        return Terms(self.retry.attempts, self.concurrency, self.rate, self.burst)

    @property
    def held_max(self) -> int:
        """How many jobs one worker has at a time."""
        limited = self.concurrency is not None or self.rate is not None
        return self.per_worker + (0 if limited else self.prefetch)
