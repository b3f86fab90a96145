"""Further events of the store, which continue the list of `bridge/events.py`."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.events import Event


@dataclass(frozen=True, slots=True)
class KeyMissing(Event):
    """Jobs are sealed with a key of the store that this process does not have: they are left to those that have it."""

    queue: str
    key_id: str
    jobs: int


@dataclass(frozen=True, slots=True)
class SharedCacheChanged(Event):
    """Where nodes share kept answers cannot be asked: each goes on alone (`state` gone); or it can be again (back)."""

    state: str


@dataclass(frozen=True, slots=True)
class QueueWithoutWorker(Event):
    """So many jobs lie in a queue that the configuration does not name any more, so nobody here works on them; 0: none
    are left."""

    queue: str
    jobs: int
