"""The time of a verification: fair parts, and what nobody used is for the others."""

from __future__ import annotations

from adapters.soap.verify_pace import GRACE_S, Pace
from bridge.clock import SystemClock


class Hand(SystemClock):
    """A clock that only moves when it is told to."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


def test_each_step_has_its_part_of_what_is_left() -> None:
    clock = Hand()
    pace = Pace(clock, 10)
    pace.plan(4)
    pace.next()
    clock.now += 2.4
    assert not pace.is_up()
    clock.now += 1.6
    assert pace.is_up()
    pace.next()  # three steps for six seconds
    clock.now += 1.9
    assert not pace.is_up()
    clock.now += 0.2
    assert pace.is_up()


def test_what_a_step_leaves_is_for_the_others() -> None:
    clock = Hand()
    pace = Pace(clock, 10)
    pace.plan(2)
    pace.next()
    pace.next()
    clock.now += 9.9
    assert not pace.is_up()
    assert round(pace.left_s(), 3) == 0.1


def test_after_the_end_there_is_a_little_for_what_had_nothing() -> None:
    clock = Hand()
    pace = Pace(clock, 10)
    pace.plan(1)
    clock.now += 10.5
    pace.next()
    assert pace.is_up()
    assert not pace.is_over()
    clock.now += GRACE_S
    assert pace.is_over()
