"""Open alerts: each is begun, told again and ended by one process only, whichever comes first.

Functions on a `Tx`: what is to be sent is put in line in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bridge.store.failpoints import reached
from bridge.store.jobs import oldest_ready_s
from bridge.store.jobs_ways import given
from bridge.store.schema.alerts import alerts
from bridge.store.schema.jobs import jobs
from bridge.store.schema.jobs import queues as waiting
from bridge.store.statement import Statement
from bridge.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Told:
    """A row."""

    alert: str
    level: str
    text: str
    since: float
    told_at: float
    count: int
    quiet_s: float | None


_A, _J = alerts.c, jobs.c
_SCHEDULE = "schedule:"
_NAMES = [field.name for field in fields(Told)]
_VALUES = {name: given(name) for name in _NAMES}
_ALL = Statement(select(*(_A[name] for name in _NAMES)).order_by(_A.alert))
_BEGIN = Statement(
    {
        "sqlite": sqlite.insert(alerts).values(_VALUES).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(alerts).values(_VALUES).on_conflict_do_nothing(),
    }
)
_THIS = _A.alert == given("a")
_COUNT = Statement(update(alerts).where(_THIS).values(count=_A.count + given("more")))
_TELL = Statement(update(alerts).where(_THIS, _A.told_at <= given("before")).values(told_at=given("now")))
_COUNTED = Statement(select(_A.count, _A.since).where(_THIS))
_PAUSED = Statement(select(waiting.c.name).where(waiting.c.paused != ""))
_END = Statement(delete(alerts).where(_THIS))


def told_alerts(tx: Tx) -> list[Told]:
    """All that are open."""
    return [Told(*row) for row in tx.rows(_ALL)]


def begin_alert(tx: Tx, told: Told) -> bool:
    """False: it is open already, and was counted."""
    reached("alerts.begin")
    if tx.run(_BEGIN, **{name: getattr(told, name) for name in _NAMES}):
        return True
    tx.run(_COUNT, a=told.alert, more=told.count)
    return False


def tell_again(tx: Tx, alert: str, more: int, now: float, repeat_s: float) -> int | None:
    """Counts; how often it has come when it is time to tell of it again, None when somebody did not long ago."""
    reached("alerts.again")
    tx.run(_COUNT, a=alert, more=more)
    if not tx.run(_TELL, a=alert, before=now - repeat_s, now=now):
        return None
    row = tx.one(_COUNTED, a=alert)
    return int(row[0]) if row else None


def end_alert(tx: Tx, alert: str, more: int) -> tuple[int, float] | None:
    """How often it came and since when it was so; None when somebody has ended it already."""
    reached("alerts.end")
    row = tx.one(_COUNTED, a=alert)
    if row is None or not tx.run(_END, a=alert):
        return None
    return int(row[0]) + more, float(row[1])


def waits_of(tx: Tx, queues: Collection[str]) -> dict[str, float]:
    """For how long the oldest job of each of these queues could have run; 0 where somebody has paused it."""
    paused = {str(name) for (name,) in tx.rows(_PAUSED)}
    return {name: 0.0 if name in paused else oldest_ready_s(tx, name) for name in queues}


def schedules_of(tx: Tx, job_ids: Collection[str]) -> dict[str, str]:
    """Which of these jobs are runs of schedules: the name of the schedule by the job."""
    found = tx.select(select(_J.id, _J.key).where(_J.id.in_(job_ids), _J.key.startswith(_SCHEDULE, autoescape=True)))
    return {str(job): str(key).removeprefix(_SCHEDULE) for job, key in found}
