"""What outlives a change of the configuration. The functions on a store: tests/contract/test_schedules.py."""

from __future__ import annotations

from bridge.store.schedules import CLOCK_BACK_MAX_S, from_now


def test_counting_anew_never_goes_back_unless_the_clock_was_wrong() -> None:
    assert from_now(100.0, 50.0) == 100.0
    assert from_now(50.0, 100.0) == 100.0
    assert from_now(100.0 + CLOCK_BACK_MAX_S, 100.0) == 100.0 + CLOCK_BACK_MAX_S
    assert from_now(101.0 + CLOCK_BACK_MAX_S, 100.0) == 100.0
