"""The table of a job's ways, and that the page for a stranger shows just it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.store.job_states import (
    BEGINNINGS,
    ENDED,
    MEANINGS,
    MOVES,
    STATES,
    WAYS,
    Move,
    State,
    picture,
    sources,
    target,
)

DOCS = Path(__file__).parents[3] / "docs" / "jobs.md"


@pytest.mark.parametrize("move", MOVES)
def test_each_move_has_a_beginning_one_end_and_a_meaning(move: Move) -> None:
    assert sources(move)
    assert target(move) in STATES
    assert MEANINGS[move]


def test_only_the_states_a_job_can_begin_in_or_be_moved_to_exist() -> None:
    assert set(STATES) == BEGINNINGS | set(WAYS.values())


@pytest.mark.parametrize("state", STATES)
def test_from_each_state_there_is_a_way_to_an_end(state: State) -> None:
    seen, open_ = {state}, [state]
    while open_:
        now = open_.pop()
        onward = {to for (origin, _), to in WAYS.items() if origin == now} - seen
        seen |= onward
        open_ += onward
    assert seen & ENDED


def test_what_was_done_stays_done() -> None:
    assert not [move for (state, move) in WAYS if state == "done"]


def test_only_a_claim_makes_a_job_run() -> None:
    assert {move for move in MOVES if target(move) == "running"} == {"claim"}


def test_the_page_shows_this_picture_and_these_meanings() -> None:
    page = DOCS.read_text("utf-8")
    assert f"```mermaid\n{picture()}\n```" in page
    for move, meaning in MEANINGS.items():
        ways = " · ".join(f"{origin} → {to}" for (origin, by), to in WAYS.items() if by == move)
        assert f"| `{move}` | {ways} | {meaning} |" in page
