"""Order per key: of the jobs with one key in one queue one at a time may run, in the order in which they came.

The first of a key is its head (`turn` HEAD; a unique index allows no second one), the others are blocked. A job comes
in as NEW, without a look at the others, so that accepting waits for nobody; whoever claims next puts the new ones in
line. Whoever ends a head frees the next.

On several nodes the two could miss each other: one sees a head that another is just ending, who does not see the new
job yet. So a job is put in line only behind a head that could be locked; else it stays new until the next claim.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import case, cast, exists, select, text, update
from sqlalchemy.sql.selectable import TableValuedAlias

from bridge.store.failpoints import reached
from bridge.store.job_states import target
from bridge.store.jobs_ways import bound, each, given, moving
from bridge.store.schema.jobs import HEAD, IN_LINE, NEW, has_turn, in_state, jobs
from bridge.store.statement import Statement
from bridge.store.tx import Tx
from bridge.store.url import Kind

_J = jobs.c
_BLOCKED, _FIRST = jobs.alias("blocked"), jobs.alias("head")
_TRIES = 10

_STATE = case((_J.due_at <= given("now"), text(f"'{target('free')}'")), else_=text(f"'{target('free_later')}'"))
_NEW = Statement(
    select(_J.seq, _J.key).where(has_turn(NEW), _J.queue == given("q")).order_by(_J.seq).limit(bound())
)  # fmt: skip


def _held(_: Kind, items: TableValuedAlias) -> Any:
    held = select(_J.key).where(has_turn(HEAD), _J.queue == given("q"), _J.key.in_(select(items.c.value)))
    return held.with_for_update(read=True, skip_locked=True)


_HELD = each(_held)


def _firsts(items: TableValuedAlias) -> Any:
    """Of each key without a head the first in line."""
    key = items.c.value
    blocked = _BLOCKED.c
    first = (
        select(blocked.seq)
        .where(blocked.state == text("'blocked'"), blocked.queue == given("q"), blocked.key == key)
        .order_by(blocked.seq)
        .limit(1)
        .scalar_subquery()
    )
    head = _FIRST.c
    headed = exists().where(head.turn == text(str(HEAD)), head.queue == given("q"), head.key == key)
    return select(first).select_from(items).where(~headed)


def _freed(seqs: Any) -> Any:
    return moving("free", turn=text(str(HEAD))).values(state=_STATE).where(_J.seq.in_(seqs)).returning(_J.key)


def _not_held(seqs: Any) -> Any:
    """Those which no other node holds. One that it does hold is put in line by it, or by the next claim; to wait for it
    would be to hold up all others."""
    held = select(_J.seq).where(_J.seq.in_(seqs)).with_for_update(skip_locked=True)
    return select(held.cte("free").prefix_with("MATERIALIZED").c.seq)


_FREE_EACH = each(lambda _, items: _freed(_firsts(items)))
_FREE_IDLE = each(lambda kind, items: _freed(_firsts(items) if kind == "sqlite" else _not_held(_firsts(items))))


def _park(kind: Kind, items: TableValuedAlias) -> Any:
    seqs = select(items.c.value if kind == "sqlite" else cast(items.c.value, _J.seq.type))
    some = seqs if kind == "sqlite" else _not_held(seqs)
    return update(jobs).where(has_turn(NEW), _J.seq.in_(some)).values(turn=text(str(IN_LINE)))


_PARK = each(_park)
_HEADED = exists().where(
    _FIRST.c.turn == text(str(HEAD)), _FIRST.c.queue == given("q"), _FIRST.c.key == given("k")
)  # fmt: skip
_HEADLESS = Statement(
    select(_J.seq).where(in_state("blocked"), _J.queue == given("q"), _J.key == given("k"), ~_HEADED).limit(1)
)


def line_up(tx: Tx, queue: str, limit: int) -> int:
    """Puts new jobs in line: each the head of its key, or behind it. How many were looked at."""
    new = tx.rows(_NEW, q=queue, limit=limit)
    if not new:
        return 0
    reached("jobs.line")
    keys = json.dumps(list({key for _, key in new}))
    settled = {key for (key,) in tx.rows(_HELD, q=queue, list=keys)}
    settled |= {key for (key,) in tx.rows(_FREE_IDLE, q=queue, list=keys, now=tx.now)}
    tx.run(_PARK, list=json.dumps([seq for seq, key in new if key in settled]))
    reached("jobs.lined")
    return len(new)


def free_next(tx: Tx, queue: str, key: str) -> None:
    """The head of this key has ended: the next one in line is it."""
    keys = json.dumps([key])
    for _ in range(_TRIES):
        # whoever was to be next may have been taken back at this very moment
        if tx.rows(_FREE_EACH, q=queue, list=keys, now=tx.now) or tx.one(_HEADLESS, q=queue, k=key) is None:
            return
