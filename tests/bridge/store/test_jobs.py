"""The pure parts of jobs; what they do in a database is in tests/contract/test_jobs*.py, on every store."""

from __future__ import annotations

import pytest

from bridge.store.job_states import MOVES, Move, sources, target
from bridge.store.jobs_claim import filled
from bridge.store.jobs_ways import moving
from bridge.store.statement import Statement


@pytest.mark.parametrize("move", MOVES)
def test_a_statement_moves_from_the_states_of_the_table_and_to_no_other(move: Move) -> None:
    sql = Statement(moving(move)).compiled("sqlite").sql
    change, _, where = sql.partition("WHERE")
    assert f"state='{target(move)}'" in change
    assert {part.split("'")[1] for part in where.split("OR")} == set(sources(move))


@pytest.mark.parametrize(
    ("tokens", "at", "now", "expected"),
    [
        (0.0, 100.0, 101.0, (5.0, 101.0)),
        (9.0, 100.0, 101.0, (10.0, 101.0)),  # no more than the bucket holds
        (3.0, 100.0, 99.0, (3.0, 100.0)),  # another node's clock is a little ahead: nothing for its second
        (3.0, 5000.0, 99.0, (3.0, 99.0)),  # the clock went back for good
        (-0.001, 100.0, 100.0, (-0.001, 100.0)),  # what is owed stays owed
    ],
)
def test_a_bucket_fills_with_time_and_never_twice(
    tokens: float, at: float, now: float, expected: tuple[float, float]
) -> None:
    assert filled(tokens, at, now, 5.0, 10.0) == expected
