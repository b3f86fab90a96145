"""A share of the calls under way, and a few in any case."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.layers.retry_budget import RetryBudget, RetryBudgetSettings


def budget(ratio: str = "20%", floor: int = 3) -> RetryBudget:
    return RetryBudget(RetryBudgetSettings.model_validate({"ratio": ratio, "min": floor}))


def taken(one: RetryBudget, wanted: int) -> int:
    return sum(one.take() for _ in range(wanted))


def test_a_few_in_any_case() -> None:
    one = budget()
    one.begin()
    assert taken(one, 10) == 3


def test_a_share_of_a_crowd() -> None:
    one = budget()
    for _ in range(100):
        one.begin()
    assert one.left == 20
    assert taken(one, 100) == 20
    one.give_back()
    assert taken(one, 100) == 1


def test_a_crowd_that_has_left_counts_no_more() -> None:
    one = budget()
    for _ in range(100):
        one.begin()
    assert taken(one, 10) == 10
    for _ in range(100):
        one.end()
    assert (one.left, one.take()) == (0, False)


def test_none_at_all() -> None:
    one = budget("0%", 0)
    one.begin()
    assert not one.take()


@given(st.floats(0, 1), st.integers(0, 10), st.lists(st.sampled_from(["begin", "end", "take", "give"]), max_size=200))
def test_never_more_than_was_promised(ratio: float, floor: int, steps: list[str]) -> None:
    one = RetryBudget(RetryBudgetSettings.model_construct(ratio=ratio, min=floor))
    calls = tries = 0
    for step in steps:
        if step == "begin":
            one.begin()
            calls += 1
        elif step == "end" and calls:
            one.end()
            calls -= 1
        elif step == "give" and tries:
            one.give_back()
            tries -= 1
        elif step == "take":
            allowed = tries < max(floor, int(ratio * calls))
            assert one.take() is allowed
            tries += allowed
    assert (one.calls, one.tries) == (calls, tries)
