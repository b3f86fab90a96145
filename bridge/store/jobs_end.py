"""How a job ends or goes on after a claim: done, again later, dead, given back, cancelled. Each shows its fencing
token; without the latest one nothing happens, and it says so.

Whatever ends a job frees the next of its key and begins the time for which its dedupe key is kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, and_, cast, func, null, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.selectable import TableValuedAlias

from bridge.store.failpoints import reached
from bridge.store.job_states import Move
from bridge.store.jobs_line import free_next
from bridge.store.jobs_types import DEDUPE_KEPT_S, Lease
from bridge.store.jobs_ways import each, given, moving
from bridge.store.schema.jobs import NEW, attempts, dedupes, in_state, jobs
from bridge.store.sealing import Seal
from bridge.store.statement import Statement, Value
from bridge.store.tx import Row, Tx
from bridge.store.url import Kind

CAUSE_CHARS_MAX = 2000
RESULT_BYTES_MAX = 1_000_000
TOO_LARGE = "result_too_large"
_J = jobs.c
_OUT = (_J.queue, _J.key, _J.dedupe, _J.id)
_OURS = and_(_J.id == given("of_id"), _J.fence == given("of_fence"))
_WANTED = and_(_OURS, _J.cancel_asked == text("0"))
"""Nobody has taken it back meanwhile: what a person has taken back is not tried again."""


def _ending(move: Move, **values: Any) -> Any:
    return moving(move, ended_at=given("now"), turn=text("0"), lease_until=null(), **values).returning(*_OUT)


def _told(move: Move) -> Any:
    return _ending(move, code=given("why_code"), cause=given("why"))


_FINISH = Statement(_ending("finish", result=given("answer"), code=given("why_code")).where(_OURS))
_BURY = Statement(_told("bury").where(in_state("running"), _OURS))
_STOP = Statement(_told("stop").where(_OURS))
_BURY_IDLE = Statement(_told("bury").where(~in_state("running"), _J.id == given("of_id")))
_CANCEL = Statement(_told("cancel").where(_J.id == given("of_id")))
_DISCARD = Statement(_told("discard").where(_J.id == given("of_id")))
_ASK_STOP = Statement(
    update(jobs).where(in_state("running"), _J.id == given("of_id")).values(cancel_asked=text("1"), cause=given("why"))
)
_RETRY = Statement(
    moving("retry", due_at=given("at"), code=given("why_code"), cause=given("why"), lease_until=null()).where(_WANTED)
)
_PUT_OFF = Statement(
    moving(
        "put_off",
        attempt=_J.attempt - text("1"),
        lease_until=null(),
        due_at=given("at"),
        code=given("why_code"),
        cause=given("why"),
    ).where(_OURS)
)
_GIVE_BACK = Statement(moving("give_back", attempt=_J.attempt - text("1"), lease_until=null()).where(_WANTED))
_AGAIN = {"due_at": given("due"), "ended_at": null(), "attempt": text("0"), "code": text("''"), "cause": text("''")}
_KEYLESS = and_(_J.id == given("of_id"), _J.key == text("''"))
_REVIVE = Statement(moving("revive", **_AGAIN).where(_KEYLESS).returning(*_OUT))
_REVIVE_LATER = Statement(moving("revive_later", **_AGAIN).where(_KEYLESS).returning(*_OUT))
_REVIVE_IN_LINE = Statement(
    moving("revive_in_line", turn=text(str(NEW)), **_AGAIN)
    .where(_J.id == given("of_id"), _J.key != text("''"))
    .returning(*_OUT)
)
_KEPT = and_(dedupes.c.queue == given("q"), dedupes.c.dedupe == given("d"), dedupes.c.job_id == given("of_id"))
_KEEP = Statement(update(dedupes).where(_KEPT).values(kept_until=given("until")))
_NOTE = Statement(attempts.insert())
_EXPIRE = Statement(moving("expire", lease_until=null()).where(_OURS))
_LOSE = Statement(
    moving("expire", lease_until=null(), attempt=_J.attempt - text("1"), lost=_J.lost + text("1")).where(_OURS)
)
_ATTEMPT = Statement(select(_J.attempt, _J.worker, _J.claimed_at).where(in_state("running"), _OURS))


def _finish_many(kind: Kind, items: TableValuedAlias) -> Any:
    pair: tuple[Any, Any]
    if kind == "sqlite":
        pair = (func.json_extract(items.c.value, text("'$[0]'")), func.json_extract(items.c.value, text("'$[1]'")))
    else:
        array = cast(items.c.value, postgresql.JSON())
        pair = (array[0].astext, cast(array[1].astext, BigInteger()))
    told = select(pair[0].label("id"), pair[1].label("fence")).select_from(items).subquery("told")
    return _ending("finish").where(_J.id == told.c.id, _J.fence == told.c.fence)


_FINISH_MANY = each(_finish_many)


def done(tx: Tx, job_id: str, fence: int, seal: Seal, result: bytes = b"") -> bool:
    """Ends it well. Its result is kept sealed as long as the job is, unless it is too large: then the job's code says
    so. False: somebody else has the job by now."""
    reached("jobs.done")
    kept = bool(result) and len(result) <= RESULT_BYTES_MAX
    answer = seal.shut(result, place=f"jobs.result:{job_id}") if kept else None
    code = TOO_LARGE if result and not kept else ""
    return _ended(tx, tx.one(_FINISH, of_id=job_id, of_fence=fence, now=tx.now, answer=answer, why_code=code))


def done_many(tx: Tx, leases: Sequence[Lease]) -> set[str]:
    """Many that end well without a result, in one statement. The ids of those that were still ours."""
    reached("jobs.done_many")
    pairs = json.dumps([[lease.id, lease.fence] for lease in leases])
    rows = tx.rows(_FINISH_MANY, list=pairs, now=tx.now)
    for row in rows:
        _ended(tx, row)
    return {row[3] for row in rows}


def failed(tx: Tx, job_id: str, fence: int, *, again_in_s: float, code: str, cause: str = "") -> bool:
    """An attempt that failed and may be repeated, not before `again_in_s`; cancelled, if a person has asked for it."""
    reached("jobs.failed")
    if not _note(tx, job_id, fence, code, cause):
        return False
    at = tx.now + max(0.0, again_in_s)
    again = tx.run(_RETRY, of_id=job_id, of_fence=fence, at=at, why_code=code, why=_kept(cause)) == 1
    return again or _stopped(tx, job_id, fence, cause)


def dead(tx: Tx, job_id: str, fence: int, *, code: str, cause: str = "") -> bool:
    """It must not or need not be tried again: kept with its whole story until a person decides."""
    reached("jobs.dead")
    if not _note(tx, job_id, fence, code, cause):
        return False
    told: dict[str, Value] = {"why_code": code, "why": _kept(cause), "now": tx.now}
    return _ended(tx, tx.one(_BURY, of_id=job_id, of_fence=fence, **told))


def give_back(tx: Tx, job_id: str, fence: int) -> bool:
    """Its worker stops: whoever claims next may have it at once, and the attempt does not count; cancelled, if a person
    has asked for it."""
    reached("jobs.give_back")
    again = tx.run(_GIVE_BACK, of_id=job_id, of_fence=fence) == 1
    return again or stopped(tx, job_id, fence, cause="it was cancelled, and its worker stopped")


def put_off(tx: Tx, job_id: str, fence: int, *, again_in_s: float, code: str, cause: str) -> bool:
    """Another node may work on it, and this one cannot: not before `again_in_s`, and the attempt does not count."""
    reached("jobs.put_off")
    at = tx.now + max(0.0, again_in_s)
    return tx.run(_PUT_OFF, of_id=job_id, of_fence=fence, at=at, why_code=code, why=_kept(cause)) == 1


def expired(tx: Tx, job_id: str, fence: int, *, code: str, cause: str, counts: bool) -> bool:
    """Its worker was not heard of: whoever claims next may have it at once. Where nobody knows whether it had begun the
    attempt does not count."""
    reached("jobs.expired")
    expire = _EXPIRE if counts else _LOSE
    return _note(tx, job_id, fence, code, cause) and tx.run(expire, of_id=job_id, of_fence=fence) == 1


def stopped(tx: Tx, job_id: str, fence: int, *, cause: str = "") -> bool:
    """A person took it back while it ran, and its handler has ended."""
    reached("jobs.stopped")
    return _note(tx, job_id, fence, "cancelled", cause) and _stopped(tx, job_id, fence, cause)


def cancel(tx: Tx, job_id: str, *, cause: str = "") -> str:
    """Takes a job back: `cancelled` at once, or `asked` when it runs (its worker stops it at its next renewal);
    `""` when it has ended or is not there."""
    reached("jobs.cancel")
    why = _kept(cause)
    if _ended(tx, tx.one(_CANCEL, of_id=job_id, now=tx.now, why_code="cancelled", why=why)):
        return "cancelled"
    return "asked" if tx.run(_ASK_STOP, of_id=job_id, why=why) else ""


def skip(tx: Tx, job_id: str, *, cause: str = "") -> bool:
    """Moves a job that does not run to the dead letters, so that the next of its key goes on."""
    reached("jobs.skip")
    told: dict[str, Value] = {"why_code": "skipped", "why": _kept(cause), "now": tx.now}
    return _ended(tx, tx.one(_BURY_IDLE, of_id=job_id, **told))


def discard(tx: Tx, job_id: str, *, cause: str = "") -> bool:
    """A dead job is not wanted any more: it is kept as long as other ended ones are."""
    reached("jobs.discard")
    told: dict[str, Value] = {"why_code": "discarded", "why": _kept(cause), "now": tx.now}
    return _ended(tx, tx.one(_DISCARD, of_id=job_id, **told))


def revive(tx: Tx, job_id: str, *, not_before: float = 0.0) -> bool:
    """A dead job is tried again with all its attempts; with a key, in its place among those that wait."""
    reached("jobs.revive")
    due = max(tx.now, not_before)
    keyless = _REVIVE_LATER if due > tx.now else _REVIVE
    row = tx.one(keyless, of_id=job_id, due=due) or tx.one(_REVIVE_IN_LINE, of_id=job_id, due=due)
    if row is not None and row[2]:
        tx.run(_KEEP, q=row[0], d=row[2], of_id=row[3], until=None)
    return row is not None


def _stopped(tx: Tx, job_id: str, fence: int, cause: str) -> bool:
    told: dict[str, Value] = {"why_code": "cancelled", "why": _kept(cause), "now": tx.now}
    return _ended(tx, tx.one(_STOP, of_id=job_id, of_fence=fence, **told))


def _kept(cause: str) -> str:
    """As both databases can keep it: what an upstream says must not keep a job from ending."""
    return cause[:CAUSE_CHARS_MAX].replace("\0", "").encode("utf-8", "replace").decode()


def _ended(tx: Tx, row: Row | None) -> bool:
    if row is None:
        return False
    queue, key, dedupe, job_id = row
    if dedupe:
        tx.run(_KEEP, q=queue, d=dedupe, of_id=job_id, until=tx.now + DEDUPE_KEPT_S)
    if key:
        free_next(tx, queue, key)
    reached("jobs.ended")
    return True


def _note(tx: Tx, job_id: str, fence: int, code: str, cause: str) -> bool:
    """One line more in the story of a job, if it is still ours."""
    row = tx.one(_ATTEMPT, of_id=job_id, of_fence=fence)
    if row is None:
        return False
    attempt, worker, at = row
    tx.run(
        _NOTE,
        job_id=job_id,
        fence=fence,
        attempt=attempt,
        worker=worker,
        at=at,
        duration_s=max(0.0, tx.now - at),
        code=code,
        cause=_kept(cause),
    )
    return True
