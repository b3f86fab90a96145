"""What is older than the window counts no more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.layers.breaker_window import BUCKETS, Counts, Window


def test_what_is_too_old_falls_out() -> None:
    window = Window(10.0)
    window.add(0.0, bad=True, slow=False)
    window.add(5.0, bad=False, slow=True)
    assert window.counts(9.9) == Counts(2, 1, 1)
    assert window.counts(10.0) == Counts(1, 0, 1)
    assert window.counts(1000.0) == Counts()


def test_forgotten() -> None:
    window = Window(10.0)
    window.add(1.0, bad=True, slow=True)
    window.clear()
    window.add(1.5, bad=False, slow=False)
    assert window.counts(2.0) == Counts(1, 0, 0)


@given(st.lists(st.tuples(st.floats(0, 20), st.booleans(), st.booleans()), max_size=60))
def test_it_is_the_sum_of_what_happened_in_the_window(steps: list[tuple[float, bool, bool]]) -> None:
    window, now, all_of_them = Window(30.0), 0.0, list[tuple[float, bool, bool]]()
    for passes, bad, slow in steps:
        now += passes
        window.add(now, bad=bad, slow=slow)
        all_of_them.append((now, bad, slow))
    oldest = int(now / 3.0) - BUCKETS + 1
    there = [one for one in all_of_them if int(one[0] / 3.0) >= oldest]
    assert window.counts(now) == Counts(len(there), sum(one[1] for one in there), sum(one[2] for one in there))
