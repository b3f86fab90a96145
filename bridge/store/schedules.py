"""Schedules as the configuration has them, written into the store: what is new, what changed, what is gone; pausing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, null, update
from sqlalchemy.dialects import postgresql, sqlite

from bridge.store.failpoints import reached
from bridge.store.schedule_rows import ScheduleState, lock_state, read_states
from bridge.store.schema.schedules import schedules
from bridge.store.sealing import Seal
from bridge.store.statement import Statement, Value
from bridge.store.tx import Tx

CLOCK_BACK_MAX_S = 25 * 3600.0
"""A clock that is set back by less is waited for, so that nothing runs twice; by more, it was wrong before."""
BY_CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True)
class Registration:
    """A schedule of the configuration. `digest` tells its timing; `template` is what is called, in JSON."""

    name: str
    digest: str
    timing: str
    template: bytes
    queue: str = "default"
    priority: int = 0
    attempts_max: int | None = None
    keep: int = 100
    paused: bool = False


_NAMES = [column.name for column in schedules.columns]
_VALUES: dict[str, Any] = {name: bindparam(name) for name in _NAMES}
_PUT = Statement(
    {
        "sqlite": sqlite.insert(schedules).values(_VALUES).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(schedules).values(_VALUES).on_conflict_do_nothing(),
    }
)
_CHANGED: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _NAMES if name not in {"name", "changed_at"}}
_NAMED = schedules.c.name == bindparam("n")
_UPDATE = Statement(update(schedules).where(_NAMED).values({**_CHANGED, "changed_at": bindparam("at")}))
_RETIRE = Statement(update(schedules).where(_NAMED).values(active=0, next_due=null(), changed_at=bindparam("at")))
_PAUSE = Statement(update(schedules).where(_NAMED).values(paused=bindparam("who"), changed_at=bindparam("at")))
_MOVE = Statement(
    update(schedules)
    .where(_NAMED)
    .values(paused=bindparam("who"), last_slot=bindparam("last"), next_due=null(), changed_at=bindparam("at"))
)
_EXPECT = Statement(
    update(schedules)
    .where(_NAMED, schedules.c.last_slot == bindparam("last"), schedules.c.digest == bindparam("d"))
    .values(next_due=bindparam("due"), upcoming=bindparam("later"))
)


def register(tx: Tx, found: Sequence[Registration], seal: Seal) -> list[ScheduleState]:
    """Brings the store up to the configuration; all states. What is new or has another timing counts from now on. A
    schedule that is not among them stays for its history and is not fired any more."""
    for one in sorted(found, key=lambda one: one.name):
        _register(tx, one, seal)
    names = {one.name for one in found}
    for state in read_states(tx):
        if state.active and state.name not in names:
            tx.run(_RETIRE, n=state.name, at=tx.now)
    reached("schedules.registered")
    return read_states(tx)


def _register(tx: Tx, one: Registration, seal: Seal) -> None:
    template = seal.shut(one.template, place=f"schedules.template:{one.name}")
    same: dict[str, Value] = {
        "digest": one.digest,
        "active": 1,
        "timing": one.timing,
        "queue": one.queue,
        "priority": one.priority,
        "attempts_max": one.attempts_max,
        "keep": one.keep,
        "template": template,
    }
    paused = BY_CONFIGURATION if one.paused else ""
    if tx.run(
        _PUT, name=one.name, paused=paused, last_slot=tx.now, next_due=None, upcoming="", changed_at=tx.now, **same
    ):
        return
    old = lock_state(tx, one.name)
    assert old is not None, "it is there: the insert said so"
    by_config = old.paused == BY_CONFIGURATION
    paused = old.paused if old.paused and not by_config else paused
    anew = old.digest != one.digest or not old.active or (by_config and not paused)
    same |= {"paused": paused, "last_slot": from_now(old.last_slot, tx.now) if anew else old.last_slot}
    same |= {"next_due": None, "upcoming": ""} if anew else {"next_due": old.next_due, "upcoming": old.upcoming}
    tx.run(_UPDATE, n=one.name, at=tx.now, **_new(same))


def _new(values: dict[str, Value]) -> dict[str, Value]:
    return {f"new_{name}": value for name, value in values.items()}


def from_now(last_slot: float, now: float) -> float:
    """Up to where slots are decided when counting begins anew; a slot that was fired does not come again."""
    return now if last_slot > now + CLOCK_BACK_MAX_S else max(last_slot, now)


def pause(tx: Tx, name: str, who: str) -> bool:
    """False: there is no such schedule in the configuration."""
    state = lock_state(tx, name)
    if state is None or not state.active:
        return False
    if not state.paused:
        reached("schedules.pause")
        tx.run(_PAUSE, n=name, who=f"operator {who}", at=tx.now)
    return True


def resume(tx: Tx, name: str) -> bool:
    """What would have run meanwhile is not made up for. False: no such schedule, or the configuration pauses it."""
    state = lock_state(tx, name)
    if state is None or not state.active or state.paused == BY_CONFIGURATION:
        return False
    if state.paused:
        reached("schedules.resume")
        tx.run(_MOVE, n=name, who="", last=from_now(state.last_slot, tx.now), at=tx.now)
    return True


def rewind(tx: Tx, name: str, last_slot: float) -> bool:
    """The clock had been far ahead: counts from now on again. False when somebody else did it."""
    state = lock_state(tx, name)
    if state is None or state.last_slot != last_slot or last_slot <= tx.now + CLOCK_BACK_MAX_S:
        return False
    reached("schedules.rewind")
    tx.run(_MOVE, n=name, who=state.paused, last=tx.now, at=tx.now)
    return True


def expect(tx: Tx, found: Iterable[tuple[ScheduleState, float | None, str]]) -> None:
    """Notes when each is due next, and the slots after, for whoever looks; nothing where a schedule has moved on."""
    reached("schedules.expect")
    for state, next_due, upcoming in found:
        tx.run(_EXPECT, n=state.name, last=state.last_slot, d=state.digest, due=next_due, later=upcoming)
