"""One configured schedule, ready for use: its slots, its policy, what is written of it into the store; and what `check`
finds about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from bridge.contracts import Upstream
from bridge.errors import CallError
from bridge.queue.calendars import Calendar
from bridge.queue.schedule_plan import Plan, Policy, next_due, plan, upcoming
from bridge.queue.schedule_settings import ScheduleSettings
from bridge.queue.slots import Spec, digest, slots_between, written
from bridge.store.schedule_fire import Firing, Slot
from bridge.store.schedule_rows import ScheduleState
from bridge.store.schedules import Registration

_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """`digest` tells its timing from another."""

    name: str
    settings: ScheduleSettings
    spec: Spec
    digest: str
    policy: Policy

    @classmethod
    def of(cls, name: str, settings: ScheduleSettings) -> Entry:
        """Reads the file of holidays. Raises ValueError."""
        spec = settings.spec()
        policy = Policy(settings.jitter, settings.misfire, settings.misfire_max, settings.grace)
        return cls(name, settings, spec, digest(spec), policy)

    def registration(self) -> Registration:
        own = self.settings
        template = b'{"operation":' + json.dumps(own.call).encode() + b',"args":' + own.arguments + b"}"
        return Registration(
            self.name,
            self.digest,
            self.spec.text,
            template,
            queue=own.queue,
            priority=own.priority,
            attempts_max=own.attempts,
            keep=own.keep,
            paused=own.paused,
        )

    def firing(self, state: ScheduleState, now: datetime) -> tuple[Plan, Firing] | None:
        """What is to be done about it now; None for nothing."""
        found = plan(self.name, self.spec, moment(state.last_slot), now, self.policy)
        if found is None:
            return None
        # What is made up for runs in order, one behind the other, and so does what has come in time behind it.
        made_up = self.policy.misfire == "all" and any(one.late for one in found.fire)
        queued = made_up or self.settings.overlap == "queue"
        slots = tuple(Slot(written(one.slot), one.slot.timestamp(), queued) for one in found.fire)
        upto = Slot(written(found.upto), found.upto.timestamp())
        due = found.next_due.timestamp() if found.next_due else None
        later = self.upcoming(found.upto)
        missed, most = found.missed, self.settings.misfire_max
        return found, Firing(self.name, self.digest, state.last_slot, slots, upto, due, later, missed, most)

    def next_due(self, state: ScheduleState) -> float | None:
        due = next_due(self.name, self.spec, moment(state.last_slot), self.policy.jitter_s)
        return due.timestamp() if due else None

    def upcoming(self, last: datetime) -> str:
        return " ".join(map(written, upcoming(self.spec, last)))


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


async def check_schedule(settings: ScheduleSettings, upstreams: Mapping[str, Upstream], now: datetime) -> list[str]:
    """What would not work, one line each. Sends nothing."""
    return [*_timing_told(settings, now), *await _call_told(settings, upstreams)]


def _timing_told(settings: ScheduleSettings, now: datetime) -> list[str]:
    try:
        spec = settings.spec()
    except ValueError as error:
        return [f"holidays: {error}"]
    told = []
    found = slots_between(spec, now, now + timedelta(days=366 * 60), _LOOKED_AT)
    if not found:
        told.append(f"{spec.text}: this never runs")
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(found)]
    if gaps and settings.jitter >= min(gaps):
        told.append(f"jitter: it must be shorter than the time between two runs, which is {min(gaps):g} s at times")
    last = spec.holidays.last if isinstance(spec, Calendar) and settings.holidays else None
    if last is not None and last < now.date():
        told.append(f"holidays: {settings.holidays} knows none after {last}")
    return told


async def _call_told(settings: ScheduleSettings, upstreams: Mapping[str, Upstream]) -> list[str]:
    name, _, operation = settings.call.partition(".")
    upstream = upstreams.get(name)
    if upstream is None:
        return [f"call: there is no upstream {name!r}"]
    if operation not in upstream.operations:
        return [f"call: {name} has no operation {operation!r}"]
    try:
        await upstream.dry_run(operation, settings.arguments)
    except CallError as error:
        lines = [f"with{one.pointer}: {one.detail}" for one in error.errors]
        return lines or [f"with: {error.detail}"]
    return []
