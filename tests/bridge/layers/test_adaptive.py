"""Against a system of a known capacity, in simulated time: the limit comes near it, follows it, and comes back."""

from __future__ import annotations

import heapq
import random

import pytest

from bridge.layers.adaptive import Adaptive


class System:
    """Works on `capacity` calls at its pace; more at once only wait within it. Always asked for as much as allowed."""

    def __init__(self, limit: Adaptive, capacity: int, seed: int = 1) -> None:
        self.limit, self.capacity, self.takes_s = limit, capacity, 0.1
        self.timeout_s = 20.0
        self.now, self.done, self.failed = 0.0, 0, 0
        self._rng = random.Random(seed)
        self._under_way: list[tuple[float, float]] = []
        self._free_at: list[float] = []
        self.demand = 10_000

    def run(self, seconds: float) -> list[int]:
        """The limit at the end of each call."""
        until, limits = self.now + seconds, list[int]()
        while self.now < until:
            while len(self._under_way) < min(self.limit.limit, self.demand):
                self._begin()
            ends, began = heapq.heappop(self._under_way)
            self.now = ends
            failing = ends - began >= self.timeout_s
            self.failed, self.done = self.failed + failing, self.done + (not failing)
            full = self.demand > self.limit.limit
            self.limit.done("shop.GetOrder", began, ends, failing=failing, full=full)
            limits.append(self.limit.limit)
        return limits

    def starts_anew(self) -> None:
        """Quick again, and without what it had begun."""
        self.takes_s = 0.1
        self._free_at.clear()

    def _begin(self) -> None:
        self._free_at = [at for at in self._free_at if at > self.now]
        took_s = self.takes_s * self._rng.uniform(0.8, 1.2)
        starts = self.now
        if len(self._free_at) >= self.capacity:
            starts = heapq.nsmallest(len(self._free_at) - self.capacity + 1, self._free_at)[-1]
        heapq.heappush(self._free_at, starts + took_s)
        heapq.heappush(self._under_way, (min(starts + took_s, self.now + self.timeout_s), self.now))


@pytest.mark.parametrize("capacity", [4, 12, 40])
def test_it_comes_near_what_the_system_bears(capacity: int) -> None:
    system = System(Adaptive(1, 200), capacity)
    system.run(30)
    late = system.run(60)
    assert capacity <= sorted(late)[len(late) // 2] <= 2.6 * capacity
    assert max(late) <= 3.2 * capacity


def test_a_system_that_becomes_slower_gets_less_and_when_it_is_back_it_gets_as_much_again() -> None:
    system = System(Adaptive(1, 100), 20)
    before = system.run(60)[-1]
    system.capacity = 4
    system.run(60)
    worse = system.run(20)
    assert max(worse) <= 16
    system.capacity = 20
    system.run(60)
    assert system.run(20)[-1] >= 0.7 * before


def test_calls_that_run_out_of_time_bring_it_down_at_once_and_it_recovers() -> None:
    system = System(Adaptive(2, 64), 32)
    assert system.run(30)[-1] > 20
    system.takes_s = 100.0
    system.run(200)
    assert system.limit.limit == 2
    system.starts_anew()
    assert system.run(40)[-1] > 20


def test_one_bad_call_in_many_changes_nothing() -> None:
    limit = Adaptive(1, 64)
    for number in range(2000):
        limit.done("a", number, number + 0.1, failing=number % 40 == 0, full=True)
    assert limit.limit > 20


def test_without_a_crowd_it_neither_grows_nor_shrinks() -> None:
    limit = Adaptive(1, 64)
    for number in range(500):
        limit.done("a", number * 0.01, number * 0.01 + 0.1, failing=False, full=False)
    assert limit.limit == 10


def test_it_stays_within_its_bounds() -> None:
    limit = Adaptive(3, 5)
    assert limit.limit == 5
    for number in range(100):
        limit.done("a", number, number + 1.0, failing=True, full=True)
    assert limit.limit == 3
    for number in range(100, 600):
        limit.done("a", number, number + 1.0, failing=False, full=True)
    assert limit.limit in {3, 4, 5}


def test_operations_of_different_length_are_not_compared_with_each_other() -> None:
    limit = Adaptive(1, 64)
    for number in range(3000):
        slow = number % 3 == 0
        limit.done("slow" if slow else "quick", number, number + (2.0 if slow else 0.01), failing=False, full=True)
    assert limit.limit > 30
