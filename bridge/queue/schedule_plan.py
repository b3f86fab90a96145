"""What is to be done about a schedule now: which slots are fired, and how many were missed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.queue.schedule_settings import Misfire
from bridge.queue.slots import Spec, due_at, latest_slots, next_slot


@dataclass(frozen=True, slots=True)
class Policy:
    """How a schedule takes slots that are late. `count_max`: how many are fired at once."""

    jitter_s: float = 0.0
    misfire: Misfire = "once"
    count_max: int = 100
    grace_s: float = 60.0


@dataclass(frozen=True, slots=True)
class DueSlot:
    """`late`: it was missed, and is made up for."""

    slot: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """`fire` in order. `missed` slots are given up; with `more` there were others before, not counted. Everything up to
    `upto` is decided by this. `next_due`: when there is something to do again."""

    fire: tuple[DueSlot, ...]
    missed: int
    more: bool
    upto: datetime
    next_due: datetime | None


def plan(name: str, spec: Spec, last: datetime, now: datetime, policy: Policy) -> Plan | None:
    """None: nothing is due. Slots up to `last` are decided already."""
    found = latest_slots(spec, last, now, policy.count_max + 1)
    more = len(found) > policy.count_max
    while found and due_at(name, found[-1], policy.jitter_s) > now:
        found.pop()
    if not found:
        return None
    ready = [
        DueSlot(slot, (now - due_at(name, slot, policy.jitter_s)).total_seconds() > policy.grace_s) for slot in found
    ]
    fire = _chosen(ready, policy)[-policy.count_max :]
    upto = found[-1]
    return Plan(tuple(fire), len(found) - len(fire), more, upto, next_due(name, spec, upto, policy.jitter_s))


def next_due(name: str, spec: Spec, last: datetime, jitter_s: float) -> datetime | None:
    slot = next_slot(spec, last)
    return due_at(name, slot, jitter_s) if slot is not None else None


def _chosen(ready: list[DueSlot], policy: Policy) -> list[DueSlot]:
    timely = [one for one in ready if not one.late]
    match policy.misfire:
        case "skip":
            return timely
        case "once":
            return timely or ready[-1:]
        case "all":
            return ready


def upcoming(spec: Spec, last: datetime, count: int = 5) -> list[datetime]:
    """The next slots, without jitter."""
    found: list[datetime] = []
    while len(found) < count and (slot := next_slot(spec, found[-1] if found else last)) is not None:
        found.append(slot)
    return found
