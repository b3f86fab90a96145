"""Accepting a job within the caller's transaction: one statement, or three when it has a dedupe key.

It looks at no other job and locks none, so that accepting costs the same however much waits.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, insert, null, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bridge.store.failpoints import reached
from bridge.store.ids import new_id
from bridge.store.job_states import State
from bridge.store.jobs_types import NewJob
from bridge.store.jobs_ways import given
from bridge.store.schema.jobs import NEW, dedupes, jobs
from bridge.store.sealing import Seal
from bridge.store.statement import Statement, Value
from bridge.store.tx import Tx

_PLAIN = ("id", "queue", "kind", "operation", "state", "due_at", "payload", "correlation", "created_at")
_PUT_PLAIN = Statement(insert(jobs).values({name: bindparam(name) for name in _PLAIN}))
_ALL = (*_PLAIN, "priority", "key", "turn", "dedupe", "attempts_max")
_PUT = Statement(insert(jobs).values({name: bindparam(name) for name in _ALL}))
_KNOWN: dict[str, Any] = {name: bindparam(name) for name in ("queue", "dedupe", "job_id")}
_REMEMBER = Statement(
    {
        "sqlite": sqlite.insert(dedupes).values(_KNOWN).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(dedupes).values(_KNOWN).on_conflict_do_nothing(),
    }
)
_DEDUPE = and_(dedupes.c.queue == given("q"), dedupes.c.dedupe == given("d"))
_REMEMBERED = Statement(select(dedupes.c.job_id, dedupes.c.kept_until).where(_DEDUPE))
_REPLACE = Statement(
    update(dedupes)
    .where(_DEDUPE, dedupes.c.kept_until <= given("now"))
    .values(job_id=given("new_id"), kept_until=null())
)


def enqueue(tx: Tx, job: NewJob, seal: Seal) -> str:
    """Accepts the job; its id, or that of the earlier one when its `dedupe` is known."""
    job_id = new_id(tx.now)
    if job.dedupe:
        known = _known(tx, job, job_id)
        if known is not None:
            return known
    reached("jobs.enqueue")
    payload = seal.shut(job.payload, place=f"jobs.payload:{job_id}")
    later = job.not_before is not None and job.not_before > tx.now
    due_at = job.not_before if later else tx.now
    state: State = "blocked" if job.key else "waiting" if later else "ready"
    row: dict[str, Value] = {
        "id": job_id,
        "queue": job.queue,
        "kind": job.kind,
        "operation": job.operation,
        "state": state,
        "due_at": due_at,
        "payload": payload,
        "correlation": job.correlation,
        "created_at": tx.now,
    }
    if job.key or job.dedupe or job.priority or job.attempts_max is not None:
        row |= {"priority": job.priority, "key": job.key, "turn": NEW if job.key else 0}
        tx.later(_PUT, **row, dedupe=job.dedupe, attempts_max=job.attempts_max)
    else:
        tx.later(_PUT_PLAIN, **row)
    reached("jobs.enqueued")
    return job_id


def _known(tx: Tx, job: NewJob, job_id: str) -> str | None:
    """The id that stands for this key; None when it is the new one from now on."""
    if tx.run(_REMEMBER, queue=job.queue, dedupe=job.dedupe, job_id=job_id):
        return None
    found = tx.one(_REMEMBERED, q=job.queue, d=job.dedupe)
    if found is not None and (found[1] is None or found[1] > tx.now):
        return str(found[0])
    if found is not None and tx.run(_REPLACE, q=job.queue, d=job.dedupe, new_id=job_id, now=tx.now):
        return None
    return _known(tx, job, job_id)  # it was removed, or another has taken the key, between the two
