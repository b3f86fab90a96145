"""Which writes were begun under a key, and what they were answered: durable before the system behind is asked, and
after it.

A request that began has a lease that outlives its deadline: whoever finds it started beyond that finds one that died,
and nobody knows what became of it. Its fence tells the late truth of one that was only slow from the truth of another.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy import text as literal
from sqlalchemy.dialects import postgresql, sqlite

from bridge.store.failpoints import reached
from bridge.store.jobs_ways import bound, given
from bridge.store.schema.answers import answers
from bridge.store.sealing import Seal
from bridge.store.statement import Statement
from bridge.store.tx import Row, Tx

State = Literal["started", "done", "refused", "unknown"]
"""`started`: it is under way, or whoever had it under way died · `done`: a good answer · `refused`: the system behind
said no · `unknown`: nobody knows."""
KEPT_S_MIN = 72 * 3600.0
_DOUBLINGS_MAX = 7
_A = answers.c
_NAMES = ("id", "operation", "fingerprint", "state", "fence", "since", "lease_until", "kept_until", "request_id")
_NEW = {name: given(name) for name in (*_NAMES, "trace_id", "tries", "question", "due_at")}
_INSERT = Statement(
    {
        "sqlite": sqlite.insert(answers).values(_NEW).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(answers).values(_NEW).on_conflict_do_nothing(),
    }
)
_COLUMNS = (_A.id, _A.fingerprint, _A.state, _A.fence, _A.since, _A.lease_until, _A.kept_until, _A.request_id)
_ONE = select(*_COLUMNS, _A.trace_id, _A.question, _A.answer).where(_A.id == given("of_id"))
_LOOK = Statement(_ONE)
_HOLD = Statement(_ONE.with_for_update())
_NULL = literal("NULL")
_REPLACE = Statement(
    update(answers)
    .where(_A.id == given("of_id"), _A.fence == given("before"))
    .values({name: one for name, one in _NEW.items() if name != "id"} | {"answer": _NULL})
)
_OPEN = or_(_A.state == literal("'started'"), _A.state == literal("'unknown'"))
_MINE = and_(_A.id == given("of_id"), _A.fence == given("mine"), _OPEN)
_END = Statement(
    update(answers)
    .where(_MINE)
    .values(
        state=given("now_in"), answer=given("body"), since=given("at"), due_at=given("due"), lease_until=given("at")
    )
)
_FREE = Statement(delete(answers).where(_MINE))
_STARTED = _A.state == literal("'started'")
_DIED = Statement(
    update(answers)
    .where(_A.id == given("of_id"), _A.fence == given("mine"), _STARTED)
    .values(state=literal("'unknown'"), since=_A.lease_until)
)
_DUE = Statement(
    select(_A.id, _A.operation, _A.tries)
    .where(_A.due_at.is_not(None), _A.due_at <= given("now"))
    .order_by(_A.due_at)
    .limit(bound())
    .with_for_update(skip_locked=True)
)
_PUT_OFF = Statement(update(answers).where(_A.id == given("of_id")).values(due_at=given("until"), tries=_A.tries + 1))
_OLD = select(_A.id).where(_A.kept_until <= given("now")).order_by(_A.kept_until).limit(bound())
_OLDEST = Statement(_OLD.with_for_update(skip_locked=True))
_REMOVE = Statement(delete(answers).where(_A.id == given("of_id"), _A.kept_until <= given("now")))


@dataclass(frozen=True, slots=True)
class Beginning:
    """A request that begins. `question`: what to ask the system behind where its outcome stays unknown, and `due_s`
    when somebody is to ask who finds it dead."""

    id: str
    operation: str
    fingerprint: str
    fence: str
    lease_s: float
    keep_s: float
    request_id: str
    trace_id: str
    question: bytes = b""
    due_s: float | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is there under a key. `since`: when it came into its state; `lease_s`: for how long it may still be under
    way; `answer`, opened only where there is one. `begun`: it is the caller's own, from now on."""

    id: str
    fingerprint: str
    state: State
    fence: str
    since: float
    lease_s: float
    request_id: str
    trace_id: str
    question: bytes = b""
    answer: bytes = b""
    begun: bool = False


def begin(tx: Tx, new: Beginning, seal: Seal, over: frozenset[State] = frozenset()) -> Known:
    """Begins it, or says what is there. What is in a state of `over`, was the same request, and is not under way, gives
    way to it."""
    reached("answers.begin")
    row = values_of(new, tx.now, seal)
    mine = Known(new.id, new.fingerprint, "started", new.fence, tx.now, new.lease_s, new.request_id, new.trace_id,
                 new.question, begun=True)  # fmt: skip
    while tx.run(_INSERT, **row) == 0:
        there = tx.one(_HOLD, of_id=new.id)
        if there is None:
            continue  # it was removed at this very moment
        known = _known(there, tx.now, seal)
        if known.state == "started" and known.lease_s <= 0:
            tx.run(_DIED, of_id=new.id, mine=known.fence)
            known = replace(known, state="unknown", since=there[5])
        forgotten = there[6] <= tx.now
        if not forgotten and (known.fingerprint != new.fingerprint or known.state not in over):
            reached("answers.found")
            return known
        tx.run(_REPLACE, before=known.fence, of_id=new.id, **{key: one for key, one in row.items() if key != "id"})
        break
    reached("answers.begun")
    return mine


def values_of(new: Beginning, now: float, seal: Seal) -> dict[str, str | int | float | bytes | None]:
    """The row of a beginning."""
    return {
        "id": new.id,
        "operation": new.operation,
        "fingerprint": new.fingerprint,
        "state": "started",
        "fence": new.fence,
        "since": now,
        "lease_until": now + new.lease_s,
        "kept_until": now + max(new.keep_s, KEPT_S_MIN),
        "request_id": new.request_id,
        "trace_id": new.trace_id,
        "tries": 0,
        "due_at": None if new.due_s is None else now + new.due_s,
        "question": seal.shut(new.question, place=f"answers.question:{new.id}") if new.question else None,
    }


def look(tx: Tx, answer_id: str, seal: Seal) -> Known | None:
    """What is there, without a change."""
    row = tx.one(_LOOK, of_id=answer_id)
    return None if row is None or row[6] <= tx.now else _known(row, tx.now, seal)


def end(
    tx: Tx, answer_id: str, fence: str, state: State, answer: bytes, seal: Seal, due_s: float | None = None
) -> bool:
    """Writes down what came of it, also where others take it for dead; False: somebody else has begun it since.
    `due_s`: after which time somebody is to find out what became of it."""
    reached("answers.end")
    body = seal.shut(answer, place=f"answers.answer:{answer_id}") if answer else None
    due = None if due_s is None else tx.now + due_s
    ended = tx.run(_END, of_id=answer_id, mine=fence, now_in=state, body=body, at=tx.now, due=due)
    reached("answers.ended")
    return ended == 1


def free(tx: Tx, answer_id: str, fence: str) -> bool:
    """It was not done, so its key may be used again."""
    reached("answers.free")
    freed = tx.run(_FREE, of_id=answer_id, mine=fence)
    reached("answers.freed")
    return freed == 1


def due(tx: Tx, operations: Collection[str], limit: int, lease_s: float, seal: Seal) -> list[tuple[str, Known]]:
    """What is to be found out about now, by operation; for `lease_s` nobody else is given it, and for twice as long
    with each further time. What nobody here knows how to ask for waits as long."""
    reached("answers.due")
    rows = tx.rows(_DUE, now=tx.now, limit=limit)
    found: list[tuple[str, Known]] = []
    for answer_id, operation, tries in rows:
        tx.run(_PUT_OFF, of_id=answer_id, until=tx.now + lease_s * 2 ** min(tries, _DOUBLINGS_MAX))
        row = tx.one(_LOOK, of_id=answer_id)
        if row is None or operation not in operations:
            continue
        known = _known(row, tx.now, seal)
        if known.state == "started" and known.lease_s <= 0:
            tx.run(_DIED, of_id=answer_id, mine=known.fence)
            known = replace(known, state="unknown", since=row[5])
        if known.state == "unknown":
            found.append((operation, known))
    reached("answers.found_due")
    return found


def forget_answers(tx: Tx, limit: int = 500) -> int:
    """Removes what has been kept long enough, a batch of it; how many."""
    reached("answers.forget")
    rows = tx.rows(_OLDEST, now=tx.now, limit=limit)
    tx.many(_REMOVE, ({"of_id": answer_id, "now": tx.now} for (answer_id,) in rows))
    return len(rows)


def _known(row: Row, now: float, seal: Seal) -> Known:
    answer_id, fingerprint, state, fence, since, lease_until, _, request_id, trace_id, question, answer = row
    return Known(
        answer_id,
        fingerprint,
        state,
        fence,
        since,
        max(0.0, lease_until - now) if state == "started" else 0.0,
        request_id,
        trace_id,
        seal.open(question, place=f"answers.question:{answer_id}") if question is not None else b"",
        seal.open(answer, place=f"answers.answer:{answer_id}") if answer is not None else b"",
    )
