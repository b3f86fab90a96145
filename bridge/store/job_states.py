"""The states of a job and every way from one to another, as a table: pure, and the only place that names a way.

The statements of `bridge/store/schema/jobs.py`'s table are made from it, docs/jobs.md shows it. A job outside of it
does not exist: there is no statement that could move it.
"""

from __future__ import annotations

from typing import Literal, get_args

State = Literal["waiting", "blocked", "ready", "running", "done", "dead", "cancelled"]
Move = Literal[
    "due",
    "free",
    "free_later",
    "claim",
    "finish",
    "retry",
    "give_back",
    "expire",
    "bury",
    "cancel",
    "stop",
    "revive",
    "revive_in_line",
    "revive_later",
    "discard",
    "hold",
    "put_off",
]

STATES: tuple[State, ...] = get_args(State)
MOVES: tuple[Move, ...] = get_args(Move)
ENDED: frozenset[State] = frozenset({"done", "dead", "cancelled"})
BEGINNINGS: frozenset[State] = frozenset({"waiting", "blocked", "ready"})
"""What `enqueue` may begin with: due later, with a key, or neither."""

WAYS: dict[tuple[State, Move], State] = {
    ("waiting", "due"): "ready",
    ("waiting", "bury"): "dead",
    ("waiting", "cancel"): "cancelled",
    ("blocked", "free"): "ready",
    ("blocked", "free_later"): "waiting",
    ("blocked", "bury"): "dead",
    ("blocked", "cancel"): "cancelled",
    ("ready", "claim"): "running",
    ("ready", "bury"): "dead",
    ("ready", "cancel"): "cancelled",
    ("running", "finish"): "done",
    ("running", "retry"): "waiting",
    ("running", "give_back"): "ready",
    ("running", "expire"): "ready",
    ("running", "bury"): "dead",
    ("running", "stop"): "cancelled",
    ("dead", "revive"): "ready",
    ("dead", "revive_in_line"): "blocked",
    ("dead", "revive_later"): "waiting",
    ("dead", "discard"): "cancelled",
    ("ready", "hold"): "waiting",
    ("running", "put_off"): "waiting",
}

MEANINGS: dict[Move, str] = {
    "due": "its time has come",
    "free": "nobody of its key is before it any more",
    "free_later": "the same, but its time has not come",
    "claim": "a worker took it: a lease, a new fencing token, one more attempt",
    "finish": "its handler is through",
    "retry": "its attempt failed and may be repeated after a pause",
    "give_back": "its worker stops and did not begin or finish it; the attempt does not count",
    "expire": "its worker was not heard of for the time of its lease; the attempt counts if it is known to have begun",
    "bury": "it must not or need not be tried again, or a person skips it",
    "cancel": "a person takes it back before it runs",
    "stop": "a person took it back while it ran, and its handler was stopped",
    "revive": "a person has it tried again",
    "revive_in_line": "the same with a key: in its old place among those of its key",
    "revive_later": "a person has it tried again, from a time on",
    "discard": "a person says that it is not wanted any more",
    "hold": "a person keeps it from running until he lets it go",
    "put_off": "it is sealed with a key that this node does not have: left to others; the attempt does not count",
}


def sources(move: Move) -> tuple[State, ...]:
    """The states that this way begins in."""
    return tuple(state for state in STATES if (state, move) in WAYS)


def target(move: Move) -> State:
    """The one state that it ends in, wherever it began."""
    (state,) = {to for (_, by), to in WAYS.items() if by == move}
    return state


def picture() -> str:
    """The table as a Mermaid state diagram, for docs/jobs.md."""
    lines = ["stateDiagram-v2"]
    lines += [f"    [*] --> {state}: enqueue" for state in STATES if state in BEGINNINGS]
    lines += [f"    {origin} --> {to}: {move}" for (origin, move), to in WAYS.items()]
    lines += [f"    {state} --> [*]: keep is over" for state in ("done", "cancelled")]
    return "\n".join(lines)
