"""The bucket keeps its bound in every window, lent tokens included."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.store.bus.bucket import LEASE_S_MAX, Bucket, lease_s


def test_a_burst_of_one_is_used_at_once_and_a_large_one_is_lent_for_a_while() -> None:
    assert lease_s(5.0, 1) == 0.0
    assert lease_s(5.0, 2) == 0.1
    assert lease_s(1.0, 100) == LEASE_S_MAX


def test_it_fills_up_to_its_size_and_no_further() -> None:
    bucket = Bucket.lending(10.0, 1, 0.0, full=True)
    assert [bucket.take(1, 1, 0.0), bucket.take(1, 1, 0.0)] == [1, 0]
    assert bucket.again_s(1, 0.0) == 0.1
    assert bucket.take(1, 1, 0.11) == 1
    assert bucket.take(1, 5, 100.0) == 1
    assert not bucket.is_full(100.05)
    assert bucket.is_full(100.2)


def test_fewer_than_wanted_are_given_and_fewer_than_needed_are_not() -> None:
    bucket = Bucket(1.0, 10.0, 3.0, 0.0)
    assert bucket.take(4, 8, 0.0) == 0
    assert bucket.take(1, 8, 0.0) == 3


def test_after_a_loss_there_is_a_debt_first() -> None:
    bucket = Bucket.lending(10.0, 5, 0.0, full=False, debt_s=1.0)
    assert bucket.take(1, 1, 1.0) == 0
    assert bucket.take(1, 1, 1.15) == 1


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = Bucket(10.0, 10.0, 0.0, 5.0)
    assert bucket.take(1, 1, 4.0) == 0
    assert bucket.take(1, 1, 5.05) == 0


@given(
    rate=st.floats(0.5, 500),
    burst=st.integers(1, 50),
    asks=st.lists(st.tuples(st.floats(0, 0.5), st.integers(1, 10), st.floats(0, 1)), max_size=60),
)
def test_no_window_ever_has_more_than_the_bound(rate: float, burst: int, asks: list[tuple[float, int, float]]) -> None:
    """Each token is used at the latest moment that its lease allows, or at once: whatever is worse."""
    kept_s = lease_s(rate, burst)
    bucket, now, used = Bucket.lending(rate, burst, 0.0, full=True), 0.0, list[float]()
    for pause_s, wanted, late in asks:
        now += pause_s
        used += [now + late * kept_s] * bucket.take(1, wanted, now)
    used.sort()
    for first in range(len(used)):
        for last in range(first, len(used)):
            assert last - first + 1 <= rate * (used[last] - used[first]) + burst + 1e-6
