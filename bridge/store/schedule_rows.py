"""What is known of schedules and their runs, as plain values, and how it is read. Times: seconds since the epoch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from sqlalchemy import Select, and_, bindparam, func, select

from bridge.store.schema.jobs import jobs
from bridge.store.schema.schedules import schedule_runs, schedules
from bridge.store.statement import Statement
from bridge.store.tx import Tx

RunState = Literal["fired", "running", "done", "dead", "cancelled", "gone", "skipped", "missed"]
RUNS_SHOWN_MAX = 1000


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """A row of `schedules`. `upcoming`: the next slots, with blanks between; `template` is sealed: what is called, with
    which arguments."""

    name: str
    digest: str
    active: int
    paused: str
    timing: str
    last_slot: float
    next_due: float | None
    upcoming: str
    queue: str
    priority: int
    attempts_max: int | None
    keep: int
    template: bytes
    changed_at: float


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `slot` is the instant in words, or `manual:` and an id; `state` that of its job while there is one."""

    name: str
    slot: str
    slot_at: float
    state: RunState
    job_id: str
    who: str
    missed: int
    fired_at: float
    started_at: float | None
    ended_at: float | None
    outcome: str


_STATE = select(*(schedules.c[one.name] for one in fields(ScheduleState)))
_ALL = Statement(_STATE.order_by(schedules.c.name))
_ONE = Statement(_STATE.where(schedules.c.name == bindparam("n")))
_LOCKED = Statement(_STATE.where(schedules.c.name == bindparam("n")).with_for_update())
_TAKEN = Statement(_STATE.where(schedules.c.name == bindparam("n")).with_for_update(skip_locked=True))


def _runs() -> Select[tuple[object, ...]]:
    """A job that is still kept knows best: a dead one may have been revived."""
    mine, job = schedule_runs.c, jobs.c
    live = func.coalesce(job.state, mine.state)
    columns = [mine.name, mine.slot, mine.slot_at, live, mine.job_id, mine.who, mine.missed, mine.fired_at]
    ends = [func.coalesce(getattr(job, theirs), mine[own]) for own, theirs in _ENDS]
    joined = schedule_runs.outerjoin(jobs, and_(mine.job_id != "", job.id == mine.job_id))
    return select(*columns, *ends).select_from(joined)


_ENDS = (("started_at", "claimed_at"), ("ended_at", "ended_at"), ("outcome", "code"))
_ORDER = (schedule_runs.c.fired_at.desc(), schedule_runs.c.slot_at.desc())
_RUNS = Statement(
    _runs().where(schedule_runs.c.name == bindparam("n")).order_by(*_ORDER).limit(bindparam("most")),
)
_STATES_OF_JOBS = {"waiting": "fired", "blocked": "fired", "ready": "fired"}


def read_states(tx: Tx) -> list[ScheduleState]:
    """All of them, also those that the configuration has no more."""
    return [ScheduleState(*row) for row in tx.rows(_ALL)]


def read_state(tx: Tx, name: str) -> ScheduleState | None:
    row = tx.one(_ONE, n=name)
    return ScheduleState(*row) if row is not None else None


def lock_state(tx: Tx, name: str) -> ScheduleState | None:
    """For change: waits until nobody else has it."""
    row = tx.one(_LOCKED, n=name)
    return ScheduleState(*row) if row is not None else None


def take_state(tx: Tx, name: str) -> ScheduleState | None:
    """For change; None when somebody else has it at this moment."""
    row = tx.one(_TAKEN, n=name)
    return ScheduleState(*row) if row is not None else None


def read_runs(tx: Tx, name: str, most: int = 20) -> list[Run]:
    """The latest first."""
    return [Run(*_shown(*row)) for row in tx.rows(_RUNS, n=name, most=min(most, RUNS_SHOWN_MAX))]


def _shown(name: str, slot: str, slot_at: float, state: str, *rest: Any) -> tuple[Any, ...]:
    """A job that waits is a run that was fired, however it waits."""
    return name, slot, slot_at, _STATES_OF_JOBS.get(state, state), *rest
