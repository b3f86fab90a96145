"""What becomes of a failed job."""

from __future__ import annotations

import random
from statistics import mean

import pytest
from pydantic import ValidationError

from bridge.errors import (
    CallError,
    DoesNotFit,
    NotFound,
    OutcomeUnknown,
    UpstreamCut,
    UpstreamFault,
    UpstreamThrottled,
    UpstreamUnreachable,
)
from bridge.queue.policy import RETRY_AFTER_S_MAX, JobRetrySettings, decide, pause_s

DEFAULT = JobRetrySettings()


def verdict(error: CallError, attempt: int = 1, *, repeatable: bool = True, **on: str) -> bool:
    """Whether it is tried again."""
    settings = JobRetrySettings.model_validate({"on": on})
    return decide(error, attempt, 3, settings, random.Random(1), repeatable=repeatable).again_in_s is not None


@pytest.mark.parametrize(
    ("error", "repeatable", "again"),
    [
        (UpstreamUnreachable(), True, True),
        (UpstreamUnreachable(), False, True),  # nothing was sent
        (UpstreamCut(), True, True),
        (UpstreamCut(), False, False),  # it may have been done
        (UpstreamFault(), True, True),
        (UpstreamThrottled(), False, True),
        (OutcomeUnknown(), True, False),
        (DoesNotFit(), True, False),
        (NotFound(), True, False),
    ],
)
def test_the_error_says_whether_it_may_pass_by_itself(error: CallError, repeatable: bool, again: bool) -> None:
    assert verdict(error, repeatable=repeatable) is again


def test_after_its_last_attempt_it_is_dead() -> None:
    assert [verdict(UpstreamUnreachable(), attempt) for attempt in (1, 2, 3, 4)] == [True, True, False, False]


def test_the_table_decides_otherwise_by_code() -> None:
    assert not verdict(UpstreamUnreachable(), upstream_unreachable="dead")
    assert verdict(NotFound(), not_found="retry")


def test_the_table_never_has_a_write_of_unknown_outcome_repeated() -> None:
    assert not verdict(UpstreamCut(), repeatable=False, upstream_cut="retry")
    with pytest.raises(ValidationError, match="done already"):
        JobRetrySettings.model_validate({"on": {"outcome_unknown": "retry"}})


def test_pauses_are_spread_over_all_of_a_doubling_time_up_to_the_cap() -> None:
    settings, rng = JobRetrySettings.model_validate({"base": "1s", "cap": "8s"}), random.Random(7)
    for attempt, longest in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 8.0), (5000, 8.0)):
        drawn = [pause_s(attempt, settings, rng) for _ in range(2000)]
        assert 0.0 <= min(drawn) < 0.05 * longest
        assert 0.95 * longest < max(drawn) <= longest
        assert mean(drawn) == pytest.approx(longest / 2, rel=0.1)


def test_what_the_upstream_asked_for_is_kept_and_spread_a_little() -> None:
    rng = random.Random(7)
    drawn = [pause_s(1, DEFAULT, rng, 30.0) for _ in range(200)]
    assert min(drawn) >= 30.0
    assert max(drawn) <= 31.0
    assert len(set(drawn)) > 1
    assert pause_s(1, DEFAULT, rng, 1e12) <= RETRY_AFTER_S_MAX + 1.0
