"""What a worker runs: one handler for each kind of job, and what its failure means.

A handler raises a member of `errors.CallError` for whatever can go wrong outside; anything else is a bug.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bridge.store.jobs import Job


@dataclass(frozen=True, slots=True)
class Result:
    """What a job came to. `body` is kept with the job, sealed and bounded."""

    body: bytes = b""


Handler = Callable[[Job], Awaitable[Result]]
"""Runs one job. It may run again with the same job, so its effect carries the job's id as a key where it can."""


def _always(_: Job) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Kind:
    """A handler, and which of its jobs may be repeated when nobody knows how far the first try came."""

    handler: Handler
    repeatable: Callable[[Job], bool] = _always


@dataclass(slots=True)
class Handlers:
    """By `Job.kind`."""

    kinds: dict[str, Kind] = field(default_factory=dict)

    def add(self, kind: str, handler: Handler, repeatable: Callable[[Job], bool] = _always) -> None:
        """Raises ValueError when there is one already."""
        if kind in self.kinds:
            raise ValueError(f"there is a handler for jobs of the kind {kind!r} already")
        self.kinds[kind] = Kind(handler, repeatable)

    def find(self, kind: str) -> Kind | None:
        return self.kinds.get(kind)
