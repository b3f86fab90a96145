"""Intervals: the same instants whoever begins to count when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.queue.intervals import EPOCH, parse_every
from bridge.queue.slots import next_slot, slots_between

NOW = datetime(2026, 3, 29, 0, 59, 59, 500_000, tzinfo=UTC)


@given(st.integers(1, 5000), st.integers(-10_000, 10_000), st.integers(0, 10_000_000))
def test_next_is_the_next_second_that_is_a_multiple(every: int, origin: int, after: int) -> None:
    start = EPOCH + timedelta(seconds=origin)
    instant = EPOCH + timedelta(seconds=after, microseconds=after % 7)
    whole = range(max(after + 1, origin), max(after + 1, origin) + every)
    by_force = next(second for second in whole if (second - origin) % every == 0)
    assert next_slot(parse_every(every, start), instant) == EPOCH + timedelta(seconds=by_force)


def test_nothing_before_the_beginning_and_the_beginning_itself() -> None:
    start = datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    assert slots_between(parse_every(3600, start), NOW, NOW + timedelta(hours=3), 9) == [
        start,
        start + timedelta(hours=1),
    ]


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.5, -60.0, 367 * 86400.0])
def test_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="a whole number of seconds, from 1s to 366d"):
        parse_every(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "every second"), (600, "every 10 minutes"), (3600, "every hour"), (5400, "every 1 hour 30 minutes")],
)
def test_said(seconds: int, text: str) -> None:
    assert parse_every(seconds).text == text


def test_said_with_its_beginning_and_told_apart_by_it() -> None:
    other = parse_every(86400, datetime(2026, 1, 1, 8, tzinfo=UTC))
    assert other.text == "every day, from 2026-01-01 08:00:00 UTC on"
    assert other.identity != parse_every(86400).identity
