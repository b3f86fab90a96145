"""Never more than rate · t + burst in any time, never less than nothing; and what an upstream says counts."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import Quota
from bridge.layers.rate import PAUSE_S_MAX, Pace, Rate
from bridge.store.bus import MemoryBus
from bridge.store.bus.bucket import Bucket
from tests.bridge.layers.world import LoopClock, passes

STEPS = st.lists(st.tuples(st.floats(0, 5), st.integers(1, 4), st.integers(0, 9)), min_size=1, max_size=200)


@settings(max_examples=300, deadline=None)
@given(STEPS, st.floats(0.05, 200), st.integers(4, 60))
def test_a_bucket_keeps_the_rate_in_every_time_and_is_never_negative(
    steps: list[tuple[float, int, int]], rate_per_s: float, burst: int
) -> None:
    bucket, now = Bucket.lending(rate_per_s, burst, 0.0, full=True), 0.0
    taken: list[tuple[float, int]] = []
    for pause_s, count, more in steps:
        now += pause_s
        if got := bucket.take(count, count + more, now):
            taken.append((now, got))
        else:
            again_s = bucket.again_s(min(count, int(bucket.size)), now)
            if count <= bucket.size:
                assert bucket.take(count, count, now + again_s + 1e-6), "what was told was not so"
                now += again_s + 1e-6
                taken.append((now, count))
        assert bucket.tokens >= 0
    for first, (began, _) in enumerate(taken):
        sum_ = 0
        for at, count in taken[first:]:
            sum_ += count
            assert sum_ <= rate_per_s * (at - began) + burst + 1e-6


async def test_a_token_for_each_and_when_there_is_none_how_long_until_one() -> None:
    clock = LoopClock()
    rate = Rate(clock, MemoryBus(clock).tokens("rate.shop", 2.0, 3), 2.0, 3)
    waits = [await rate.take() for _ in range(4)]
    taken = waits.count(0.0)
    assert taken >= 2
    assert waits[-1] == pytest.approx(rate.expected_s(1), abs=0.3)
    await passes(waits[-1])
    assert await rate.take() == 0.0


async def test_all_calls_of_a_day_keep_the_rate_exactly() -> None:
    clock, left = LoopClock(), list[float]()
    rate = Rate(clock, MemoryBus(clock).tokens("rate.shop", 1.0, 1), 1.0, 1)

    async def caller() -> None:
        for _ in range(100):
            while again_s := await rate.take():
                await passes(again_s)
            left.append(clock.monotonic())

    await asyncio.gather(*(caller() for _ in range(3)))
    gaps = [later - earlier for earlier, later in itertools.pairwise(left)]
    assert min(gaps) >= 1.0 - 1e-6
    assert left[-1] - left[0] == pytest.approx(299, abs=1)


def test_a_refusal_with_a_time_pauses_all() -> None:
    pace = Pace()
    assert pace.hear(Quota(reset_s=7.0, refused=True), 100.0) == 7.0
    assert pace.wait_s(103.0) == 4.0
    assert pace.hear(Quota(reset_s=2.0, refused=True), 103.0) == 0.0, "a shorter one is nothing new"
    assert pace.wait_s(107.0) == 0.0


def test_on_its_word_nobody_is_kept_out_for_a_day_but_all_are_told_the_truth() -> None:
    pace = Pace()
    pace.hear(Quota(reset_s=86_400.0, refused=True), 0.0)
    assert pace.wait_s(10.0) == PAUSE_S_MAX - 10
    assert pace.expected_s(10.0) == 86_390.0
    assert pace.wait_s(PAUSE_S_MAX) == pace.expected_s(PAUSE_S_MAX) == 0.0


def test_a_refusal_without_a_time_pauses_nobody() -> None:
    pace = Pace()
    assert pace.hear(Quota(refused=True), 0.0) == 0.0
    assert pace.wait_s(0.0) == 0.0


def test_what_is_left_of_a_quota_is_spread_when_it_is_little() -> None:
    pace = Pace()
    pace.hear(Quota(remaining=900, reset_s=60.0, limit=1000), 0.0)
    pace.leaves(0.0)
    assert pace.wait_s(0.0) == 0.0
    pace.hear(Quota(remaining=10, reset_s=60.0, limit=1000), 0.0)
    pace.leaves(0.0)
    assert pace.wait_s(0.0) == 6.0
    assert pace.wait_s(61.0) == 0.0, "then there is a new one"
    pace.hear(Quota(remaining=999, reset_s=60.0, limit=1000), 61.0)
    pace.leaves(61.0)
    assert pace.wait_s(61.0) == 0.0


def test_nothing_left_is_a_pause_until_there_is_more() -> None:
    pace = Pace()
    assert pace.hear(Quota(remaining=0, reset_s=30.0), 0.0) == 30.0
    assert pace.wait_s(0.0) == 30.0
