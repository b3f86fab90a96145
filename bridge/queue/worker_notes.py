"""The entries of the journal that a worker writes: one for each run that has ended, in the transaction of its end.

Of a delivery each try has one, since it goes out with each.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.queue.handlers import Handlers
from bridge.queue.worker_ends import End
from bridge.store.jobs import Claimed
from bridge.store.journal_runs import Ran, job_ended
from bridge.store.sealing import Seal
from bridge.store.tx import Tx


def note_ends(tx: Tx, ends: Sequence[End], handlers: Handlers, seal: Seal) -> None:
    """Of runs that were still ours when they ended."""
    for end in ends:
        if end.ending != "given_back":
            job_ended(tx, end.hold.job.id, _ran(end, handlers), seal)


def note_lost(tx: Tx, claimed: Claimed, handlers: Handlers, seal: Seal) -> None:
    """Of jobs that a claim has found dead: their worker was lost, or they cannot be opened."""
    for taken in claimed.taken:
        if taken.code:
            kind = handlers.find(taken.kind)
            job_ended(tx, taken.id, Ran(kind.entry if kind else "job"), seal)
    for job_id in claimed.unreadable:
        job_ended(tx, job_id, Ran(), seal)


def _ran(end: End, handlers: Handlers) -> Ran:
    job, kind = end.hold.job, handlers.find(end.hold.job.kind)
    if kind is None:
        return Ran()
    return Ran(kind.entry, kind.operation(job), end.result.outcome, tried=kind.entry == "delivery")
