"""Firing: the row of the slot and its job in one transaction, so that a slot has both or neither, and once.

Several nodes may find the same slot due. The one that holds the row of the schedule goes on, if nothing moved since it
looked; and the key (name, slot) is unique besides.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bridge.store.failpoints import reached
from bridge.store.ids import new_id
from bridge.store.job_states import ENDED
from bridge.store.job_views import operation_of, value_of
from bridge.store.jobs import NewJob, enqueue
from bridge.store.journal_runs import run_ended, run_noted
from bridge.store.schedule_rows import ScheduleState, lock_state, take_state
from bridge.store.schema.jobs import jobs
from bridge.store.schema.schedules import schedule_runs, schedules
from bridge.store.sealing import Seal
from bridge.store.statement import Statement
from bridge.store.tx import Tx

SETTLED_MAX = 1000
MANUAL = "manual:"


@dataclass(frozen=True, slots=True)
class Slot:
    """One to be fired. `line_up`: behind runs that have not ended, instead of not at all."""

    slot: str
    at: float
    line_up: bool = False


@dataclass(frozen=True, slots=True)
class Firing:
    """What one node decided when `last_slot` was the last one decided before. `missed` are given up. `journaled`: the
    journal has an entry of each slot."""

    name: str
    digest: str
    last_slot: float
    slots: tuple[Slot, ...]
    upto: Slot
    next_due: float | None
    upcoming: str = ""
    missed: int = 0
    waiting_max: int = 100
    journaled: bool = False


@dataclass(frozen=True, slots=True)
class Fired:
    """A slot and its job; "" when it was skipped because the run before has not ended."""

    slot: str
    job_id: str


_NAMES = [column.name for column in schedule_runs.columns]
_VALUES: dict[str, Any] = {name: bindparam(name) for name in _NAMES}
_PUT = Statement(
    {
        "sqlite": sqlite.insert(schedule_runs).values(_VALUES).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(schedule_runs).values(_VALUES).on_conflict_do_nothing(),
    }
)
_NAMED = schedule_runs.c.name == bindparam("n")
_GIVE_JOB = Statement(
    update(schedule_runs)
    .where(_NAMED, schedule_runs.c.slot == bindparam("s"))
    .values(job_id=bindparam("new_job"), state="fired")
)
_OPEN = _NAMED & (schedule_runs.c.state == "fired")
_COUNT_OPEN = Statement(select(func.count()).select_from(schedule_runs).where(_OPEN))
_FINISHED = Statement(
    select(schedule_runs.c.name, schedule_runs.c.slot, jobs.c.state, jobs.c.claimed_at, jobs.c.ended_at, jobs.c.code)
    .select_from(schedule_runs.outerjoin(jobs, and_(jobs.c.id == schedule_runs.c.job_id)))
    .where(
        schedule_runs.c.state == "fired",
        or_(literal_column("''") == bindparam("n"), _NAMED),
        or_(jobs.c.id.is_(None), *(jobs.c.state == state for state in sorted(ENDED))),
    )
    .limit(SETTLED_MAX)
)
_SETTLE = Statement(
    update(schedule_runs)
    .where(_NAMED, schedule_runs.c.slot == bindparam("s"))
    .values(
        state=bindparam("new_state"),
        started_at=bindparam("started"),
        ended_at=bindparam("ended"),
        outcome=bindparam("code"),
    )
)
_MOVE = Statement(
    update(schedules)
    .where(schedules.c.name == bindparam("n"))
    .values(last_slot=bindparam("last"), next_due=bindparam("due"), upcoming=bindparam("later"))
)
_OLDEST_KEPT = (
    select(schedule_runs.c.slot_at)
    .where(_NAMED)
    .order_by(schedule_runs.c.slot_at.desc())
    .offset(bindparam("keep"))
    .limit(1)
    .scalar_subquery()
)
_PRUNE = Statement(
    delete(schedule_runs).where(_NAMED, schedule_runs.c.slot_at <= _OLDEST_KEPT, schedule_runs.c.state != "fired")
)


def fire(tx: Tx, firing: Firing, seal: Seal) -> list[Fired] | None:
    """None: it is not ours, for another node has done it, or the schedule was changed or paused. Nothing happened."""
    state = take_state(tx, firing.name)
    if state is None or (state.digest, state.last_slot) != (firing.digest, firing.last_slot):
        return None
    if not state.active or state.paused:
        return None
    settle(tx, firing.name)
    done = []
    missed = firing.missed
    for slot in firing.slots:
        fired = _fire_one(tx, state, slot, missed, firing.waiting_max, seal)
        done += [fired] if fired else []
        if fired and firing.journaled:
            _noted(tx, state.name, fired, missed, seal)
        missed = 0
    if not firing.slots:
        _put(tx, state.name, firing.upto.slot, firing.upto.at, "missed", missed=missed)
        if firing.journaled:
            run_noted(tx, state.name, firing.upto.slot, "", seal, outcome="missed", missed=missed)
    tx.run(_MOVE, n=firing.name, last=firing.upto.at, due=firing.next_due, later=firing.upcoming)
    tx.run(_PRUNE, n=firing.name, keep=state.keep)
    reached("schedules.fired")
    return done


def run_now(tx: Tx, name: str, who: str, seal: Seal, *, journaled: bool = True) -> Fired | None:
    """A run that a person asks for, paused or not; behind one that has not ended. None: no such schedule."""
    state = lock_state(tx, name)
    if state is None or not state.active:
        return None
    settle(tx, name)
    slot = f"{MANUAL}{new_id(tx.now)}"
    _put(tx, name, slot, tx.now, "fired", who=who)
    job_id = _enqueue(tx, state, slot, seal)
    if journaled:
        _noted(tx, name, Fired(slot, job_id), 0, seal)
    tx.run(_PRUNE, n=name, keep=state.keep)
    return Fired(slot, job_id)


def settle(tx: Tx, name: str) -> int:
    """Notes how runs ended whose jobs have ended, or are kept no longer; how many."""
    reached("schedules.settle")
    found = tx.rows(_FINISHED, n=name)
    for of, slot, state, started, ended, code in found:
        said = {"new_state": state or "gone", "started": started, "ended": ended, "code": code or ""}
        tx.run(_SETTLE, n=of, s=slot, **said)
        run_ended(tx, of, slot, state or "", code or "", max(0.0, ended - started) if started and ended else 0.0)
    return len(found)


def settle_all(tx: Tx) -> int:
    """The same for all schedules that nobody else has in hand at this moment."""
    names = sorted({str(row[0]) for row in tx.rows(_FINISHED, n="")})
    return sum(settle(tx, name) for name in names if take_state(tx, name) is not None)


def _noted(tx: Tx, name: str, fired: Fired, missed: int, seal: Seal) -> None:
    outcome = "fired" if fired.job_id else "skipped"
    run_noted(tx, name, fired.slot, fired.job_id, seal, outcome=outcome, missed=missed)


def _fire_one(tx: Tx, state: ScheduleState, slot: Slot, missed: int, waiting_max: int, seal: Seal) -> Fired | None:
    """None: it was fired before."""
    row = tx.one(_COUNT_OPEN, n=state.name)
    waiting = int(row[0]) if row else 0
    reached("schedules.slot")
    if not _put(tx, state.name, slot.slot, slot.at, "skipped", missed=missed):
        return None
    if waiting >= (waiting_max if slot.line_up else 1):
        return Fired(slot.slot, "")
    reached("schedules.inserted")
    return Fired(slot.slot, _enqueue(tx, state, slot.slot, seal))


def _enqueue(tx: Tx, state: ScheduleState, slot: str, seal: Seal) -> str:
    key = f"schedule:{state.name}:{slot}"
    template = seal.open(state.template, place=f"schedules.template:{state.name}")
    job = NewJob(
        state.queue,
        "call",
        # The template is an object with something in it; its numbers keep every digit this way.
        template.removesuffix(b"}") + b',"idempotencyKey":' + json.dumps(key).encode() + b"}",
        key=f"schedule:{state.name}",
        dedupe=key,
        priority=state.priority,
        correlation=key,
        attempts_max=state.attempts_max,
        operation=operation_of(value_of(template)),
    )
    job_id = enqueue(tx, job, seal)
    reached("schedules.enqueued")
    tx.run(_GIVE_JOB, n=state.name, s=slot, new_job=job_id)
    return job_id


def _put(tx: Tx, name: str, slot: str, at: float, state: str, *, missed: int = 0, who: str = "") -> int:
    ends = {"started_at": None, "ended_at": None, "outcome": ""}
    return tx.run(
        _PUT, name=name, slot=slot, slot_at=at, state=state, job_id="", who=who, missed=missed, fired_at=tx.now, **ends
    )
