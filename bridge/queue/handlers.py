"""What a worker runs: one handler for each kind of job, and what its failure means.

A handler raises a member of `errors.CallError` for whatever can go wrong outside; anything else is a bug.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from bridge.store.jobs import Job


@dataclass(frozen=True, slots=True)
class Result:
    """What a job came to. `body` is kept with the job, sealed and bounded; `outcome` is a word for the journal."""

    body: bytes = b""
    outcome: str = ""


Handler = Callable[[Job], Awaitable[Result]]
"""Runs one job. It may run again with the same job, so its effect carries the job's id as a key where it can."""


Entered = Literal["job", "delivery"]


def _nothing(_: Job) -> str:
    return ""


def _always(_: Job) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Kind:
    """A handler, and which of its jobs may be repeated when nobody knows how far the first try came. `entry`: what the
    journal calls a run of it; `operation`: what one calls, for the journal."""

    handler: Handler
    repeatable: Callable[[Job], bool] = _always
    entry: Entered = "job"
    operation: Callable[[Job], str] = _nothing


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
    ) -> None:
        """Raises ValueError when there is one already."""
        if kind in self.kinds:
            raise ValueError(f"there is a handler for jobs of the kind {kind!r} already")
        self.kinds[kind] = Kind(handler, repeatable, entry, operation)

    def find(self, kind: str) -> Kind | None:
        return self.kinds.get(kind)
