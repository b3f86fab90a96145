"""A wrong password is tried a few times an hour, however many want it tried."""

from __future__ import annotations

import pytest

from bridge.transport.refusals import FIRST_PAUSE_S, Refusals


def test_the_pauses_grow_to_the_longest() -> None:
    refusals = Refusals(attempts=4, pause_s=900)
    assert [refusals.refused(0) for _ in range(6)] == [FIRST_PAUSE_S, 10, 20, 900, 900, 900]
    assert (refusals.count, refusals.enough) == (6, True)


def test_none_is_longer_than_the_longest() -> None:
    refusals = Refusals(attempts=20, pause_s=7)
    assert [refusals.refused(0) for _ in range(3)] == [5, 7, 7]


def test_nobody_asks_meanwhile() -> None:
    refusals = Refusals(attempts=3, pause_s=900)
    assert refusals.left_s(100) == 0
    refusals.refused(100)
    assert [refusals.left_s(at) for at in (100, 103, 105, 200)] == [5, 2, 0, 0]


def test_one_asks_and_the_others_wait() -> None:
    refusals = Refusals(attempts=1, pause_s=900)
    refusals.refused(0)
    assert refusals.left_s(900) == 0
    refusals.hold(900)
    assert refusals.left_s(901) == FIRST_PAUSE_S - 1


@pytest.mark.parametrize("times", [1, 5])
def test_taken_again(times: int) -> None:
    refusals = Refusals(attempts=3, pause_s=900)
    for _ in range(times):
        refusals.refused(0)
    refusals.accepted()
    assert (refusals.count, refusals.enough, refusals.left_s(0)) == (0, False, 0)
    assert refusals.refused(0) == FIRST_PAUSE_S
