"""The clock of a store: what the server says, and by how much the machine's own clock is surely off."""

from __future__ import annotations

import pytest

from bridge.clock import SystemClock
from bridge.store.time import StoreClock


class _Own(SystemClock):
    """Gives the times of a list, one after the other."""

    def __init__(self, *times: float) -> None:
        self._times = iter(times)

    def wall(self) -> float:
        return next(self._times)


class _Cursor:
    """A server that knows one time. What is sent is kept."""

    def __init__(self, now: float) -> None:
        self.sent: list[str] = []
        self._now, self._left = now, 0

    def execute(self, words: str) -> None:
        self.sent.append(words)
        self._left = words.count(";")

    def nextset(self) -> bool | None:
        self._left -= 1
        return self._left >= 0 or None

    def fetchone(self) -> tuple[float]:
        assert self._left < 0, "the time is what the last of the statements says"
        return (self._now,)


@pytest.mark.parametrize(
    ("before", "after", "ahead_s"),
    [
        (160.0, 160.2, 60.0),
        (40.0, 40.2, -59.8),
        (99.0, 101.0, 0.0),
        (100.0, 100.0, 0.0),
        # An answer after 30 s: it is ahead by 31 to 61 s, and the least of it is sure.
        (131.0, 161.0, 31.0),
    ],
)
def test_what_the_way_of_the_answer_can_explain_is_not_counted(before: float, after: float, ahead_s: float) -> None:
    clock, cursor = StoreClock(_Own(before, after, 500.0), "SELECT time"), _Cursor(100.0)
    assert clock.begin(cursor, "BEGIN; SET LOCAL x") == 100.0
    assert cursor.sent == ["BEGIN; SET LOCAL x; SELECT time"]
    assert clock.ahead_s == pytest.approx(ahead_s)
    assert clock.wall() == pytest.approx(500.0 - ahead_s)


def test_where_nobody_is_asked_the_own_clock_holds() -> None:
    clock, cursor = StoreClock(_Own(7.0, 8.0)), _Cursor(100.0)
    assert clock.begin(cursor, "BEGIN IMMEDIATE") == 7.0
    assert cursor.sent == ["BEGIN IMMEDIATE"]
    assert clock.wall() == 8.0
