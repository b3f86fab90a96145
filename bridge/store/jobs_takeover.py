"""Leases: held on to by those who work, taken over from those who were not heard of.

A job whose lease is over is ready again. Its attempt counts if it is known to have begun: a process that dies takes
with it what it only held ready, and that is not to be dead of it. To note each beginning would be one write more for
each job, so it is noted of those that were lost once. One that took its workers with it as often as it may be tried is
dead, and so is one that had begun what must not be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import and_, or_, select, text, update

from bridge.store.failpoints import reached
from bridge.store.jobs_end import dead, expired, stopped
from bridge.store.jobs_types import Lease, Terms
from bridge.store.jobs_ways import bound, given
from bridge.store.schema.jobs import AGAIN, ONCE, in_state, jobs
from bridge.store.statement import Statement
from bridge.store.tx import Tx

LEASE_LOST, OUTCOME_UNKNOWN = "lease_lost", "outcome_unknown"
_AHEAD_S = 600.0
"""A lease that ends later than its own length and this from now was given by a clock that has gone back since."""
_J = jobs.c
_OURS = and_(in_state("running"), _J.id == given("of_id"), _J.fence == given("of_fence"))
_EXPIRED = Statement(
    select(_J.id, _J.fence, _J.attempt, _J.attempts_max, _J.worker, _J.begun, _J.cancel_asked, _J.kind)
    .where(in_state("running"), _J.queue == given("q"))
    .where(or_(_J.lease_until <= given("now"), _J.lease_until > given("never")))
    .limit(bound())
    .with_for_update(skip_locked=True)
)
_RENEW = Statement(update(jobs).where(_OURS).values(lease_until=given("until")).returning(_J.cancel_asked))
_ASKED = Statement(select(_J.id).where(_OURS, _J.cancel_asked == text("1")))
_BEGIN = Statement(update(jobs).where(_OURS).values(begun=given("how")))


@dataclass(frozen=True, slots=True)
class Taken:
    """A job whose worker was not heard of. `code`: why it is dead now; `""` when it is ready again."""

    id: str
    worker: str
    attempt: int
    code: str
    kind: str = ""


def renew(tx: Tx, leases: Iterable[Lease], lease_s: float) -> set[str]:
    """Holds on to jobs for another `lease_s`; the ids of those that are still ours and that nobody wants to stop."""
    reached("jobs.renew")
    kept = set()
    for lease in leases:
        row = tx.one(_RENEW, of_id=lease.id, of_fence=lease.fence, until=tx.now + lease_s)
        if row is not None and not row[0]:
            kept.add(lease.id)
    reached("jobs.renewed")
    return kept


def asked_to_stop(tx: Tx, leases: Iterable[Lease]) -> set[str]:
    """Of jobs that `renew` did not give back: those that are ours, and that a person wants to stop."""
    return {lease.id for lease in leases if tx.one(_ASKED, of_id=lease.id, of_fence=lease.fence)}


def begin(tx: Tx, job_id: str, fence: int, *, repeatable: bool = False) -> bool:
    """Notes that it begins: if its worker is lost from here on the attempt counts, and what must not be repeated is
    dead. False: somebody else has the job by now."""
    reached("jobs.begin")
    begun = tx.run(_BEGIN, of_id=job_id, of_fence=fence, how=AGAIN if repeatable else ONCE) == 1
    reached("jobs.begun")
    return begun


def take_over(tx: Tx, queue: str, lease_s: float, terms: Terms, limit: int) -> tuple[Taken, ...]:
    """Every job of this queue whose lease is over, up to `limit`."""
    never = tx.now + lease_s + _AHEAD_S
    rows = tx.rows(_EXPIRED, q=queue, now=tx.now, never=never, limit=limit)
    taken = []
    for job_id, fence, attempt, most, worker, begun, asked, kind in rows:
        code = _verdict(attempt, terms.attempts_max if most is None else most, begun=begun, asked=asked)
        cause = f"worker {worker} was not heard of within its lease"
        if code == "cancelled":
            stopped(tx, job_id, fence, cause=cause)
        elif code:
            dead(tx, job_id, fence, code=code, cause=cause)
        else:
            expired(tx, job_id, fence, code=LEASE_LOST, cause=cause, counts=begun == AGAIN)
        taken.append(Taken(job_id, worker, attempt, code, kind))
    if taken:
        reached("jobs.taken_over")
    return tuple(taken)


def _verdict(attempt: int, attempts_max: int, *, begun: int, asked: int) -> str:
    if begun == ONCE:
        return OUTCOME_UNKNOWN
    if asked:
        return "cancelled"
    return LEASE_LOST if begun == AGAIN and attempt >= attempts_max else ""
