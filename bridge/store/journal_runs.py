"""What the journal has of jobs and schedules: how a run came to its end, beside that end, in the same transaction.

A job that makes a call has an entry of its own beside that of the call, with the same correlation. What it was given is
not kept twice: the job has it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from bridge.call import JsonValue
from bridge.shapes.json import Number, dumps
from bridge.store.failpoints import reached
from bridge.store.ids import new_id, trace_id_of
from bridge.store.journal import Entry, Kind, Settled, State, note, settle
from bridge.store.schema.jobs import attempts, jobs
from bridge.store.schema.journal import journal
from bridge.store.sealing import Seal
from bridge.store.statement import Statement
from bridge.store.tx import Tx

ATTEMPTS_MAX = 100
LOST = "lost"
"""The outcome of what was given up though its job is done: a delivery that is no dead letter."""
_NOTHING_SEALED = Seal(None)
"""For what has no payload."""
_STATES: dict[str, State] = {"done": "done", "dead": "dead", "cancelled": "failed"}
_J, _A = jobs.c, attempts.c
_JOB = Statement(
    select(_J.queue, _J.kind, _J.state, _J.key, _J.correlation, _J.code, _J.attempt, _J.worker, _J.claimed_at).where(
        _J.id == bindparam("of_id")
    )
)
_TRIES = Statement(
    select(_A.attempt, _A.at, _A.duration_s, _A.code)
    .where(_A.job_id == bindparam("of_id"))
    .order_by(_A.fence.desc())
    .limit(ATTEMPTS_MAX)
)
_RUN = Statement(
    select(journal.c.id).where(
        journal.c.idempotency_key == bindparam("run"), journal.c.kind == "schedule", journal.c.state == "received"
    )
)


@dataclass(frozen=True, slots=True)
class Ran:
    """How a job came to its end: the kind of its entry, what it called, if that is known, and what it came to. `tried`:
    a try that failed and will be repeated has an entry too."""

    kind: Kind = "job"
    operation: str = ""
    outcome: str = ""
    tried: bool = False


def job_ended(tx: Tx, job_id: str, ran: Ran, seal: Seal) -> None:
    """Of a job that has just ended; of one that goes on, or is gone, nothing."""
    row = tx.one(_JOB, of_id=job_id)
    if row is None or (row[2] not in _STATES and not ran.tried):
        return
    queue, kind, state, key, correlation, code, attempt, worker, claimed_at = row
    tries = [] if attempt < 2 and state == "done" else list(reversed(tx.rows(_TRIES, of_id=job_id)))
    facts: JsonValue = {"job": job_id, "queue": queue, "kind": kind, "worker": worker}
    reached("journal.job")
    note(
        tx,
        Entry(
            id=new_id(tx.now),
            kind=ran.kind,
            upstream=ran.operation.partition(".")[0],
            operation=ran.operation,
            state="dead" if ran.outcome == LOST else _STATES.get(state, "failed"),
            correlation=trace_id_of(correlation or job_id),
            idempotency_key=job_id,
            key=key,
            code=code,
            outcome=ran.outcome,
            attempts=attempt,
            duration_s=max(0.0, tx.now - claimed_at) if claimed_at else 0.0,
            request=dumps(facts).encode(),
            trail=_trail(tries) if tries else b"",
        ),
        seal,
    )


def run_noted(tx: Tx, name: str, slot: str, job_id: str, seal: Seal, *, outcome: str, missed: int = 0) -> None:
    """A slot of a schedule: `fired`, with the job that it is now; `skipped`, or `missed`."""
    key = f"schedule:{name}:{slot}"
    facts: JsonValue = {"schedule": name, "slot": slot, "job": job_id, "missed": Number(missed)}
    fired = outcome == "fired"
    reached("journal.run")
    note(
        tx,
        Entry(
            id=new_id(tx.now),
            kind="schedule",
            state="received" if fired else "failed",
            correlation=trace_id_of(key),
            idempotency_key=key,
            key=f"schedule:{name}",
            code="" if fired else outcome,
            outcome=outcome,
            request=dumps(facts).encode(),
        ),
        seal,
    )


def run_ended(tx: Tx, name: str, slot: str, state: str, code: str, took_s: float) -> None:
    """How the job of a slot ended; nothing where its beginning was not noted."""
    row = tx.one(_RUN, run=f"schedule:{name}:{slot}")
    if row is not None:
        settle(tx, row[0], Settled(_STATES.get(state, "unknown"), state, code=code, duration_s=took_s), _NOTHING_SEALED)


def _trail(tries: list[tuple[int, float, float, str]]) -> bytes:
    told: list[JsonValue] = [
        {
            "number": Number(number),
            "at": Number(repr(round(at, 3))),
            "durationS": Number(repr(round(took_s, 6))),
            "code": code,
        }
        for number, at, took_s, code in tries
    ]
    return dumps({"attempts": told}).encode()
