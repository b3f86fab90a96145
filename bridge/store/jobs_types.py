"""A job as it is handed in, as a worker gets it, and how a claim is bounded. Plain values."""

from __future__ import annotations

from dataclasses import dataclass

DEDUPE_KEPT_S = 72 * 3600.0
"""How long, at least, a dedupe key is known after its job has ended."""
ATTEMPTS_MAX = 10


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work to be done.

    Jobs with the same `key` in one queue run one after another in the order in which they came. A `dedupe` that is
    known already gives the job of that time. A higher `priority` goes first; not before `not_before` (seconds since the
    epoch). `attempts_max` None: as the queue says. `operation`: what is called, for lists.
    """

    queue: str
    kind: str
    payload: bytes
    key: str = ""
    dedupe: str = ""
    priority: int = 0
    not_before: float | None = None
    correlation: str = ""
    attempts_max: int | None = None
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Claimed work. `fence` is the number of this claim: whoever has not the latest one changes nothing any more.
    `lost`: how often its worker was lost before it was known to have begun.
    """

    id: str
    queue: str
    kind: str
    payload: bytes
    key: str
    attempt: int
    fence: int
    correlation: str
    created_at: float
    attempts_max: int | None = None
    priority: int = 0
    seq: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """What is shown with everything that is said of a claimed job."""

    id: str
    fence: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a queue allows, over all workers and nodes: attempts, jobs that run at a time, claims per second."""

    attempts_max: int = ATTEMPTS_MAX
    concurrency: int | None = None
    rate_per_s: float | None = None
    burst: float | None = None
    """How many may be claimed at once after a rest; None: as many as in a second, at least one."""
