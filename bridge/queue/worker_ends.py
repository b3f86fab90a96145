"""What came of a claimed job, and how that is written down: one unit for all that ended together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from bridge.contracts import Emit
from bridge.errors import CallError
from bridge.events import JobCancelled, JobDead, JobDone, JobRetried, LeaseLost
from bridge.queue.handlers import Handlers, Result
from bridge.store.jobs import Job, Lease, dead, done, done_many, failed, give_back, stopped
from bridge.store.sealing import Seal
from bridge.store.tx import Tx

Ending = Literal["done", "again", "dead", "stopped", "given_back"]
Why = Literal["", "lost", "asked", "stopping"]


@dataclass(slots=True, eq=False)
class Hold:
    """A job that this worker has. `until`: when its lease is over, on the monotonic clock. `why`: what stops it."""

    job: Job
    until: float
    task: asyncio.Task[None] | None = None
    why: Why = ""
    ended: bool = False

    @property
    def lease(self) -> Lease:
        return Lease(self.job.id, self.job.fence)

    def stop(self, why: Why) -> None:
        """The first reason holds, but a lost lease is worse than any."""
        self.why = why if why == "lost" or not self.why else self.why
        if self.task is not None:
            self.task.cancel()


@dataclass(frozen=True, slots=True)
class End:
    """What came of it. `code` and `cause`: of a failure, masked. `brief`: the same in words of ours alone, where the
    cause may quote what was sent or answered: a store that seals that keeps no more. `error`: why it is dead, where a
    handler said so."""

    hold: Hold
    ending: Ending
    result: Result = field(default_factory=Result)
    again_in_s: float = 0.0
    code: str = ""
    cause: str = ""
    duration_s: float = 0.0
    brief: str = ""
    error: CallError | None = None


def record(tx: Tx, ends: Sequence[End], seal: Seal) -> set[str]:
    """Writes all of them; the ids of those that were still ours."""
    plain = [end.hold.lease for end in ends if end.ending == "done" and not end.result.body]
    ours = done_many(tx, plain) if plain else set()
    for end in ends:
        if (end.ending != "done" or end.result.body) and _one(tx, end, seal):
            ours.add(end.hold.job.id)
    return ours


def _one(tx: Tx, end: End, seal: Seal) -> bool:
    job_id, fence = end.hold.job.id, end.hold.job.fence
    cause = end.brief if seal.key_id and end.brief else end.cause
    match end.ending:
        case "done":
            return done(tx, job_id, fence, seal, end.result.body)
        case "again":
            return failed(tx, job_id, fence, again_in_s=end.again_in_s, code=end.code, cause=cause)
        case "dead":
            return dead(tx, job_id, fence, code=end.code, cause=cause)
        case "stopped":
            return stopped(tx, job_id, fence, cause=cause)
        case "given_back":
            return give_back(tx, job_id, fence)


def settle(tx: Tx, ends: Sequence[End], handlers: Handlers) -> None:
    """Of ends that were still ours, and last ones: what somebody has to write beside them."""
    for end in ends:
        kind = handlers.find(end.hold.job.kind)
        if kind is None or kind.settle is None:
            continue
        if end.ending == "done":
            kind.settle(tx, end.hold.job, end.result)
        elif end.ending == "dead" and end.error is not None:
            kind.settle(tx, end.hold.job, end.error)


def tell(end: End, *, ours: bool, worker: str, now: float, emit: Emit) -> None:
    """To operators, after it is written. `now`: seconds since the epoch."""
    job = end.hold.job
    if not ours:
        emit(LeaseLost(job.queue, job.kind, job.id, worker))
        return
    match end.ending:
        case "done":
            waited_s = max(0.0, now - job.created_at)
            emit(JobDone(job.queue, job.kind, job.id, job.attempt, end.duration_s, waited_s))
        case "again":
            emit(JobRetried(job.queue, job.kind, job.id, job.attempt, end.again_in_s, end.code, end.cause))
        case "dead":
            emit(JobDead(job.queue, job.kind, job.id, job.attempt, end.code, end.cause))
        case "stopped":
            emit(JobCancelled(job.queue, job.kind, job.id))
