"""What the admin API needs of the operators' desk, which stands in a room beside it. What comes out are frozen
dataclasses; the API shows whatever members they have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bridge.call import JsonValue
from bridge.store.audit import AuditFilter
from bridge.store.job_views import JobFilter
from bridge.store.journal_search import Filter


class Jobs(Protocol):
    """Jobs and queues."""

    async def search(self, wanted: JobFilter, *, after: str = ..., limit: int = ...) -> object: ...

    async def show(self, job_id: str) -> object: ...

    async def cancel(self, who: str, ids: Sequence[str], *, reason: str = ..., once: str = ...) -> object: ...

    async def retry(self, who: str, ids: Sequence[str], *, once: str = ...) -> object: ...

    async def hold(self, who: str, ids: Sequence[str], *, reason: str = ..., once: str = ...) -> object: ...

    async def skip(self, who: str, ids: Sequence[str], *, reason: str = ..., once: str = ...) -> object: ...

    async def depths(self) -> Sequence[object]: ...

    async def pause(self, who: str, queue: str, *, reason: str = ..., once: str = ...) -> object: ...

    async def resume(self, who: str, queue: str, *, once: str = ...) -> object: ...


class Dead(Protocol):
    """Dead letters. Those of `ids`, or without any all that fit `wanted`, from `after` on."""

    async def search(self, wanted: JobFilter, *, after: str = ..., limit: int = ...) -> object: ...

    async def edit(
        self, who: str, job_id: str, payload: JsonValue, *, reason: str = ..., once: str = ...
    ) -> object: ...

    async def plan_of(
        self, ids: Sequence[str], wanted: JobFilter | None, *, after: str = ..., rate_per_s: float | None = ...
    ) -> object: ...

    async def replay_of(
        self,
        who: str,
        ids: Sequence[str],
        wanted: JobFilter | None,
        *,
        after: str = ...,
        rate_per_s: float | None = ...,
        from_at: float = ...,
        reason: str = ...,
        once: str = ...,
    ) -> object: ...

    async def discard_of(
        self,
        who: str,
        ids: Sequence[str],
        wanted: JobFilter | None,
        *,
        after: str = ...,
        reason: str,
        once: str = ...,
    ) -> object: ...


class Journal(Protocol):
    """What came in and went out."""

    async def search(self, wanted: Filter, *, after: str = ..., limit: int = ...) -> object: ...

    async def show(self, entry_id: str) -> object: ...

    async def wire(self, entry_id: str) -> object: ...

    async def plan(
        self, ids: Sequence[str], wanted: Filter | None = ..., *, rate_per_s: float | None = ...
    ) -> object: ...

    async def replay(
        self,
        who: str,
        ids: Sequence[str],
        wanted: Filter | None = ...,
        *,
        rate_per_s: float | None = ...,
        queue: str = ...,
        reason: str = ...,
        once: str = ...,
    ) -> object: ...


class Schedules(Protocol):
    """When what runs."""

    async def search(self) -> Sequence[object]: ...

    async def show(self, name: str) -> object: ...

    async def run(self, who: str, name: str, *, once: str = ...) -> object: ...

    async def pause(self, who: str, name: str, *, reason: str = ..., once: str = ...) -> object: ...

    async def resume(self, who: str, name: str, *, once: str = ...) -> object: ...


class Topics(Protocol):
    """What was published."""

    async def search(self) -> Sequence[object]: ...

    async def read(self, topic: str, begin: int | None = ..., *, key: str = ..., limit: int = ...) -> object: ...

    async def values(self, topic: str, *, key: str = ..., after: int = ..., limit: int = ...) -> object: ...


class Cache(Protocol):
    """Kept answers."""

    async def show(self, *, upstream: str = ..., operation: str = ..., tag: str = ..., limit: int = ...) -> object: ...

    async def purge_of(self, who: str, asked: Mapping[str, JsonValue], *, once: str = ...) -> object: ...


class Breakers(Protocol):
    """Whether systems are given a rest."""

    async def search(self) -> Sequence[object]: ...

    async def open(self, who: str, name: str, *, reason: str = ..., once: str = ...) -> object: ...

    async def close(self, who: str, name: str, *, reason: str = ..., once: str = ...) -> object: ...

    async def auto(self, who: str, name: str, *, reason: str = ..., once: str = ...) -> object: ...


class AdminDesk(Protocol):
    """All that a person may look at and do."""

    @property
    def jobs(self) -> Jobs: ...

    @property
    def dead(self) -> Dead: ...

    @property
    def journal(self) -> Journal: ...

    @property
    def schedules(self) -> Schedules: ...

    @property
    def topics(self) -> Topics: ...

    @property
    def cache(self) -> Cache: ...

    @property
    def breakers(self) -> Breakers: ...

    async def wake(self) -> None: ...

    async def audit(self, wanted: AuditFilter, *, after: str = ..., limit: int = ...) -> object: ...

    async def audited(self, entry: str) -> JsonValue: ...

    async def health(self) -> object: ...
