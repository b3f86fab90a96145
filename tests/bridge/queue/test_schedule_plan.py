"""What is done about slots that are due: on time, late, and not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.queue.intervals import parse_every
from bridge.queue.schedule_plan import Plan, Policy, next_due, plan
from bridge.queue.slots import due_at

HOURLY = parse_every(3600)
SIX = datetime(2026, 11, 21, 6, tzinfo=UTC)


def _plan(policy: Policy, hours: float, late_s: float = 0.0) -> Plan | None:
    return plan("nightly", HOURLY, SIX, SIX + timedelta(hours=hours, seconds=late_s), policy)


def _hours(found: Plan | None) -> list[int]:
    assert found is not None
    return [int((one.slot - SIX).total_seconds() / 3600) for one in found.fire]


@pytest.mark.parametrize("misfire", ["skip", "once", "all"])
def test_nothing_is_due_before_its_time_and_a_slot_on_time_is_fired(misfire: str) -> None:
    policy = Policy(misfire=misfire)  # type: ignore[arg-type]  # one of the three
    assert _plan(policy, 0.99) is None
    found = _plan(policy, 1, 59.0)
    assert found == Plan(found.fire, 0, False, SIX + timedelta(hours=1), SIX + timedelta(hours=2)) if found else False
    assert _hours(found) == [1]
    assert found is not None
    assert not found.fire[0].late


TABLE = [
    ("skip", 4.5, 100, [], 4),
    ("skip", 4.01, 100, [4], 3),
    ("once", 4.5, 100, [4], 3),
    ("once", 4.01, 100, [4], 3),
    ("all", 4.5, 100, [1, 2, 3, 4], 0),
    ("all", 4.01, 100, [1, 2, 3, 4], 0),
    ("all", 8.5, 3, [6, 7, 8], 1),
    ("once", 8.5, 3, [8], 3),
]


@pytest.mark.parametrize(("misfire", "hours", "most", "fired", "missed"), TABLE)
def test_what_becomes_of_slots_that_nobody_was_there_for(
    misfire: str, hours: float, most: int, fired: list[int], missed: int
) -> None:
    policy = Policy(misfire=misfire, count_max=most)  # type: ignore[arg-type]  # one of the three
    found = _plan(policy, hours)
    assert found is not None
    assert (_hours(found), found.missed) == (fired, missed)
    assert found.upto == SIX + timedelta(hours=int(hours))
    assert found.more == (most < int(hours))


def test_a_year_is_decided_at_once() -> None:
    found = plan("x", parse_every(1), SIX, SIX + timedelta(days=365), Policy(misfire="all"))
    assert found is not None
    assert (len(found.fire), found.more, found.upto) == (100, True, SIX + timedelta(days=365))


def test_jitter_moves_when_it_is_done_and_not_what() -> None:
    policy = Policy(jitter_s=1800)
    slot = SIX + timedelta(hours=1)
    due = due_at("nightly", slot, 1800)
    assert slot < due
    assert next_due("nightly", HOURLY, SIX, 1800) == due
    assert plan("nightly", HOURLY, SIX, due - timedelta(milliseconds=1), policy) is None
    found = plan("nightly", HOURLY, SIX, due, policy)
    assert found is not None
    assert (found.fire[0].slot, found.fire[0].late) == (slot, False)
    late = plan("nightly", HOURLY, SIX, due + timedelta(seconds=61), replace(policy, misfire="skip"))
    assert late is not None
    assert late.fire == ()
