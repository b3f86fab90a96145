"""What a worker runs: one handler for each kind of job, and what its failure means.

A handler raises a member of `errors.CallError` for whatever can go wrong outside; anything else is a bug.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from bridge.errors import CallError
from bridge.store.jobs import Job
from bridge.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Result:
    """What a job came to. `body` is kept with the job, sealed and bounded; `outcome` is a word for the journal;
    `status`: of the answer; `ticket`: somebody comes back for it."""

    body: bytes = b""
    outcome: str = ""
    status: int = 200
    ticket: bool = False


Handler = Callable[[Job], Awaitable[Result]]
"""Runs one job. It may run again with the same job, so its effect carries the job's id as a key where it can."""


Entered = Literal["job", "delivery"]


Settle = Callable[[Tx, Job, Result | CallError], None]
"""Told of the last end of a job, in the transaction that writes it down: what it came to, or why it is dead."""


def _nothing(_: Job) -> str:
    return ""


def _always(_: Job) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Kind:
    """A handler, and which of its jobs may be repeated when nobody knows how far the first try came. `entry`: what the
    journal calls a run of it; `operation`: what one calls, for the journal; `settle`: who writes more at its end."""

    handler: Handler
    repeatable: Callable[[Job], bool] = _always
    entry: Entered = "job"
    operation: Callable[[Job], str] = _nothing
    settle: Settle | None = None


@dataclass(slots=True)
class Handlers:
    """By `Job.kind`."""

    kinds: dict[str, Kind] = field(default_factory=dict)

    def add(
        self,
        kind: str,
        handler: Handler,
        repeatable: Callable[[Job], bool] = _always,
        *,
        entry: Entered = "job",
        operation: Callable[[Job], str] = _nothing,
        settle: Settle | None = None,
    ) -> None:
        """Raises ValueError when there is one already."""
        if kind in self.kinds:
            raise ValueError(f"there is a handler for jobs of the kind {kind!r} already")
        self.kinds[kind] = Kind(handler, repeatable, entry, operation, settle)

    def find(self, kind: str) -> Kind | None:
        return self.kinds.get(kind)
