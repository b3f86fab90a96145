"""Tickets: what callers hold for answers that they come back for. Functions on a `Tx`, beside those of jobs.

A ticket is accepted with its job and settled when that has ended. Where a job stands is said by the job alone; when it
is removed, or its time is over, the ticket still tells that there was one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, delete, func, insert, null, or_, select, update

from bridge.errors import TooManyRequests
from bridge.store.failpoints import reached
from bridge.store.job_states import ENDED
from bridge.store.jobs import DEDUPE_KEPT_S, NewJob, enqueue
from bridge.store.jobs_ways import bound, given
from bridge.store.schema.jobs import jobs
from bridge.store.schema.tickets import tickets
from bridge.store.sealing import Seal
from bridge.store.statement import Statement
from bridge.store.tx import Row, Tx

REMEMBERED_S = DEDUPE_KEPT_S + 86400.0
"""So long after its answer is gone a ticket tells that there was one: for longer than its dedupe key is known."""
_T, _J = tickets.c, jobs.c
_PUT = Statement(
    insert(tickets).values(
        {name: given(name) for name in ("job_id", "owner", "fingerprint", "callback", "created_at", "secret")}
    )
)
_COUNT = Statement(
    select(func.count()).select_from(
        select(_T.job_id).where(_T.owner == given("of"), _T.kept_until.is_(None)).limit(bound()).subquery()
    )
)
_LOOK = Statement(
    select(
        *(_T.job_id, _T.owner, _T.fingerprint, _T.callback, _T.created_at, _T.kept_until, _T.secret, _T.head),
        *(_J.state, _J.operation, _J.attempt, _J.code, _J.due_at, _J.ended_at, _J.correlation),
    )
    .select_from(tickets.outerjoin(jobs, jobs.c.id == tickets.c.job_id))
    .where(_T.job_id == given("of_id"))
)
_BODY = Statement(
    select(_T.answer, _J.result)
    .select_from(tickets.outerjoin(jobs, jobs.c.id == tickets.c.job_id))
    .where(_T.job_id == given("of_id"))
)
_SETTLE = Statement(
    update(tickets)
    .where(_T.job_id == given("of_id"))
    .values(kept_until=given("until"), head=given("made"), answer=given("body"))
    .returning(_T.callback)
)
_CLOSE = Statement(
    update(tickets)
    .where(_T.job_id == given("of_id"), _T.kept_until.is_(None))
    .values(kept_until=given("until"))
    .returning(_T.callback)
)
_LEFT = Statement(
    select(_T.job_id)
    .select_from(tickets.outerjoin(jobs, jobs.c.id == tickets.c.job_id))
    .where(_T.kept_until.is_(None), or_(_J.id.is_(None), _J.ended_at.is_not(None)))
    .limit(bound())
)
_PASSED = Statement(
    select(_T.job_id)
    .where(_T.kept_until.is_not(None), _T.kept_until < given("before"))
    .order_by(_T.kept_until)
    .limit(bound())
)
_EMPTY = Statement(
    update(tickets)
    .where(
        _T.kept_until.is_not(None),
        _T.kept_until <= given("now"),
        or_(_T.head.is_not(None), _T.answer.is_not(None)),
    )
    .values(head=null(), answer=null())
)
_DROP = Statement(delete(tickets).where(and_(_T.job_id == given("of_id"), _T.kept_until < given("before"))))


@dataclass(frozen=True, slots=True)
class NewTicket:
    """`owner`: the name of a key, "" where there are none."""

    owner: str
    fingerprint: str
    secret: str
    callback: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """`state`: that of its job; "" when that is not kept any more. `head`: how its answer looked, as whoever settled it
    wrote it. `expired`: its answer is not to be had any more. `new`: it was made right now."""

    job_id: str
    owner: str
    fingerprint: str
    secret: str
    callback: str
    created_at: float
    state: str
    operation: str
    attempt: int
    code: str
    due_at: float
    ended_at: float | None
    correlation: str
    head: bytes = b""
    expired: bool = False
    new: bool = False

    @property
    def ended(self) -> bool:
        return self.state in ENDED


def accept(tx: Tx, job: NewJob, new: NewTicket, seal: Seal, *, open_max: int) -> Ticket:
    """Accepts the job with its ticket; that of the earlier one when its `dedupe` is known. Raises TooManyRequests where
    the owner has so many open ones."""
    job_id = enqueue(tx, job, seal)
    known = look(tx, job_id, seal)
    if known is not None:
        return known
    counted = tx.one(_COUNT, of=new.owner, limit=open_max)
    if counted is not None and counted[0] >= open_max:
        raise TooManyRequests(f"{open_max} calls of yours are under way already.", retry_after_s=5.0)
    reached("tickets.accept")
    told = {"job_id": job_id, "owner": new.owner, "fingerprint": new.fingerprint, "callback": new.callback}
    tx.run(_PUT, **told, created_at=tx.now, secret=seal.shut(new.secret.encode(), place=f"tickets.secret:{job_id}"))
    reached("tickets.accepted")
    state = "ready" if job.not_before is None else "waiting"
    return Ticket(
        job_id, new.owner, new.fingerprint, new.secret, new.callback, tx.now, state, job.operation, 0, "", tx.now, None,
        job.correlation, new=True,
    )  # fmt: skip


def look(tx: Tx, job_id: str, seal: Seal) -> Ticket | None:
    row = tx.one(_LOOK, of_id=job_id)
    return None if row is None else _ticket(row, tx.now, seal)


def _ticket(row: Row, now: float, seal: Seal) -> Ticket:
    job_id, owner, fingerprint, callback, created_at, kept_until, secret, head, *rest = row
    state, operation, attempt, code, due_at, ended_at, correlation = rest
    expired = state is None or (kept_until is not None and kept_until <= now and state in ENDED)
    opened = seal.open(head, place=f"tickets.head:{job_id}") if head is not None and not expired else b""
    guess = seal.open(secret, place=f"tickets.secret:{job_id}").decode()
    return Ticket(
        job_id, owner, fingerprint, guess, callback, created_at, state or "", operation or "", attempt or 0, code or "",
        due_at or 0.0, ended_at, correlation or "", opened, expired,
    )  # fmt: skip


def body_of(tx: Tx, job_id: str, seal: Seal) -> bytes | None:
    """What was answered; None when nothing is kept of it."""
    row = tx.one(_BODY, of_id=job_id)
    if row is None:
        return None
    answer, result = row
    if answer is not None:
        return seal.open(answer, place=f"tickets.answer:{job_id}")
    return seal.open(result, place=f"jobs.result:{job_id}") if result is not None else None


def settle(tx: Tx, job_id: str, seal: Seal, *, head: bytes, answer: bytes | None, keep_s: float) -> str | None:
    """What became of it, in the transaction of its job's end; who is to be told ("" for nobody). None: there is no such
    ticket. `answer` only where the job itself does not keep it."""
    reached("tickets.settle")
    shut = seal.shut(answer, place=f"tickets.answer:{job_id}") if answer is not None else None
    made = seal.shut(head, place=f"tickets.head:{job_id}")
    row = tx.one(_SETTLE, of_id=job_id, until=tx.now + keep_s, made=made, body=shut)
    return None if row is None else str(row[0])


def left(tx: Tx, limit: int = 100) -> list[str]:
    """Jobs that have ended, or are not there any more, while their tickets say nothing of it."""
    return [job_id for (job_id,) in tx.rows(_LEFT, limit=limit)]


def close_left(tx: Tx, keep_s: float, limit: int = 100) -> list[tuple[str, str]]:
    """Of jobs that ended in another way: cancelled, laid aside, lost with their worker, removed. Their ids, and who is
    to be told."""
    closed: list[tuple[str, str]] = []
    for job_id in left(tx, limit):
        row = tx.one(_CLOSE, of_id=job_id, until=tx.now + keep_s)
        if row is not None:
            closed.append((job_id, str(row[0])))
    reached("tickets.closed")
    return closed


def forget_tickets(tx: Tx, limit: int = 500) -> int:
    """Empties those whose time is over, and removes those that nobody needs to be told of any more, a batch of them;
    how many were removed."""
    tx.run(_EMPTY, now=tx.now)
    before = tx.now - REMEMBERED_S
    rows = tx.rows(_PASSED, before=before, limit=limit)
    reached("tickets.forget")
    tx.many(_DROP, ({"of_id": job_id, "before": before} for (job_id,) in rows))
    return len(rows)
