"""What is kept of jobs and for how long, and what can be seen of a queue from outside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.sql.selectable import TableValuedAlias

from bridge.store.failpoints import reached
from bridge.store.job_states import STATES, State
from bridge.store.jobs_ways import bound, each, given
from bridge.store.schema.jobs import attempts, dedupes, in_state, jobs
from bridge.store.sealing import Seal
from bridge.store.statement import Statement
from bridge.store.tx import Tx
from bridge.store.url import Kind

COUNTED_MAX = 1_000_000
_J, _A = jobs.c, attempts.c
_OLD = Statement(
    select(_J.id)
    .where(_J.ended_at.is_not(None), _J.queue == given("q"), _J.state == given("in_state"))
    .where(_J.ended_at < given("before"))
    .order_by(_J.ended_at)
    .limit(bound())
    .with_for_update(skip_locked=True)
)


def _drop(column: Any) -> Any:
    def build(_: Kind, items: TableValuedAlias) -> Any:
        return delete(column.table).where(column.in_(select(items.c.value)))

    return build


_DROP_ATTEMPTS = each(_drop(_A.job_id))
_DROP = each(_drop(_J.id))
_D = dedupes.c
_PASSED = Statement(
    select(_D.queue, _D.dedupe)
    .where(_D.kept_until.is_not(None), _D.kept_until <= given("now"))
    .order_by(_D.kept_until)
    .limit(bound())
    .with_for_update(skip_locked=True)
)
_FORGET = Statement(
    delete(dedupes).where(_D.queue == given("q"), _D.dedupe == given("d"), _D.kept_until <= given("now"))
)
_STORY = Statement(
    select(_A.attempt, _A.worker, _A.at, _A.duration_s, _A.code, _A.cause)
    .where(_A.job_id == given("of_id"))
    .order_by(_A.fence)
)
_RESULT = Statement(select(_J.result).where(_J.id == given("of_id")))
_STATE = Statement(select(_J.state, _J.attempt, _J.code, _J.cause).where(_J.id == given("of_id")))


def _counted(state: State) -> Statement:
    some = select(_J.seq).where(in_state(state), _J.queue == given("q"))
    if state in {"done", "dead", "cancelled"}:
        some = some.where(_J.ended_at.is_not(None))
    return Statement(select(func.count()).select_from(some.limit(bound()).subquery()))


_COUNTS = {state: _counted(state) for state in STATES}
_OLDEST = Statement(select(func.min(_J.due_at)).where(in_state("ready"), _J.queue == given("q")))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try that did not end well."""

    attempt: int
    worker: str
    at: float
    duration_s: float
    code: str
    cause: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stands."""

    state: State
    attempt: int
    code: str
    cause: str


def remove_ended(tx: Tx, queue: str, keep_s: float, limit: int = 500) -> int:
    """Removes jobs that were done or cancelled longer than `keep_s` ago, a batch of them; how many. Dead ones stay
    until a person decides."""
    removed = 0
    for state in ("done", "cancelled"):
        rows = tx.rows(_OLD, q=queue, in_state=state, before=tx.now - keep_s, limit=limit)
        if not rows:
            continue
        ids = json.dumps([job_id for (job_id,) in rows])
        reached("jobs.remove")
        tx.run(_DROP_ATTEMPTS, list=ids)
        removed += tx.run(_DROP, list=ids)
        reached("jobs.removed")
    return removed


def forget_dedupes(tx: Tx, limit: int = 500) -> int:
    """Removes dedupe keys that have been kept long enough, a batch of them; how many."""
    reached("jobs.forget")
    rows = tx.rows(_PASSED, now=tx.now, limit=limit)
    tx.many(_FORGET, ({"q": queue, "d": dedupe, "now": tx.now} for queue, dedupe in rows))
    return len(rows)


def story(tx: Tx, job_id: str) -> list[Attempt]:
    """Every try that did not end well, the first one first."""
    return [Attempt(*row) for row in tx.rows(_STORY, of_id=job_id)]


def standing(tx: Tx, job_id: str) -> Standing | None:
    row = tx.one(_STATE, of_id=job_id)
    return None if row is None else Standing(*row)


def result(tx: Tx, job_id: str, seal: Seal) -> bytes | None:
    """What a done job answered."""
    row = tx.one(_RESULT, of_id=job_id)
    return None if row is None or row[0] is None else seal.open(row[0], place=f"jobs.result:{job_id}")


def depths(tx: Tx, queue: str, states: Sequence[State] = STATES) -> dict[State, int]:
    """How many jobs are in each of these states; at a million it stops counting."""
    counted = {state: tx.one(_COUNTS[state], q=queue, limit=COUNTED_MAX) for state in states}
    return {state: row[0] if row else 0 for state, row in counted.items()}


def oldest_ready_s(tx: Tx, queue: str) -> float:
    """How long the job that has been ready for longest has waited; 0 without one."""
    row = tx.one(_OLDEST, q=queue)
    return max(0.0, tx.now - row[0]) if row and row[0] is not None else 0.0
