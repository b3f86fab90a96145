"""What may become of a write under a key: each says what is known of it."""

from __future__ import annotations

import pytest

from bridge.errors import CallError
from bridge.errors_writes import (
    AnswerLost,
    IdempotencyInProgress,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    NotDone,
)


@pytest.mark.parametrize(
    ("kind", "status", "outcome", "retryable"),
    [
        (IdempotencyKeyMissing, 400, "not_sent", False),
        (IdempotencyInProgress, 409, "not_sent", True),
        (IdempotencyKeyReused, 422, "not_sent", False),
        (AnswerLost, 502, "applied", False),
        (NotDone, 502, "not_sent", True),
    ],
)
def test_what_is_known_of_it(kind: type[CallError], status: int, outcome: str, retryable: bool) -> None:
    error = kind()
    assert (error.status, error.outcome, error.retryable) == (status, outcome, retryable)
