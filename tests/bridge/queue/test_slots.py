"""Slots: the same for everybody, and found at a cost that does not grow with how long nobody looked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.queue.cron import parse_cron
from bridge.queue.intervals import parse_every
from bridge.queue.slots import Spec, digest, due_at, latest_slots, next_slot, slots_between, written

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SPECS: list[Spec] = [
    parse_every(1),
    parse_every(90),
    parse_cron("*/5 * * * *", LONDON),
    parse_cron("* * 9-10 * * MON", LONDON),
    parse_cron("0 6 1 * *", LONDON),
    parse_cron("0 0 29 2 *", LONDON),
]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SPECS), st.integers(1, 400_000), st.integers(1, 50), st.integers(0, 600_000))
def test_the_latest_are_the_end_of_all(spec: Spec, span: int, limit: int, before: int) -> None:
    until = NOW - timedelta(seconds=before)
    after = until - timedelta(seconds=span)
    assert latest_slots(spec, after, until, limit) == slots_between(spec, after, until, 10**6)[-limit:]


@pytest.mark.parametrize("spec", SPECS[:4])
def test_a_year_without_anybody_costs_little(spec: Spec) -> None:
    seen = 0

    class Counted:
        text, identity = spec.text, spec.identity

        def slots(self, after: datetime):  # type: ignore[no-untyped-def]  # an iterator, as in Spec
            nonlocal seen
            for slot in spec.slots(after):
                seen += 1
                yield slot

    assert len(latest_slots(Counted(), NOW - timedelta(days=366), NOW, 100)) == 100
    assert seen < 30_000


def test_the_next_of_a_slot_is_later_and_nothing_lies_between() -> None:
    for spec in SPECS:
        found = slots_between(spec, NOW, NOW + timedelta(days=5000), 20)
        assert found
        assert all(next_slot(spec, one) == other for one, other in pairwise(found))
        assert all(slot.tzinfo is UTC and slot.microsecond == 0 for slot in found)


def test_a_slot_of_this_second_is_over_a_moment_later() -> None:
    every = parse_every(60)
    assert next_slot(every, NOW - timedelta(microseconds=1)) == NOW
    assert next_slot(every, NOW) == next_slot(every, NOW + timedelta(milliseconds=1)) == NOW + timedelta(minutes=1)
    with pytest.raises(ValueError, match="has a time zone"):
        next_slot(every, NOW.replace(tzinfo=None))


def test_jitter_is_agreed_on_and_spread() -> None:
    slots = slots_between(parse_every(600), NOW, NOW + timedelta(days=2), 200)
    late = [(due_at("nightly", slot, 120) - slot).total_seconds() for slot in slots]
    assert late == [(due_at("nightly", slot, 120) - slot).total_seconds() for slot in slots]
    assert 0 <= min(late) < 20
    assert 100 < max(late) < 120
    assert due_at("other", slots[0], 120) != due_at("nightly", slots[0], 120)
    assert due_at("nightly", slots[0], 0) == slots[0]
    assert due_at("nightly", datetime(2026, 3, 29, 1, tzinfo=UTC), 120) == datetime(2026, 3, 29, 1, 0, 32, 176000, UTC)


def test_written_and_told_apart() -> None:
    assert written(datetime(2026, 3, 29, 2, tzinfo=LONDON)) == "2026-03-29T01:00:00Z"
    assert len({digest(spec) for spec in SPECS}) == len(SPECS)
    assert digest(parse_every(60)) == digest(parse_every(60))
