"""A store whose wall clock the test moves, and the functions on jobs as one says them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from bridge.clock import SystemClock
from bridge.store import jobs
from bridge.store.jobs import Job, Lease, NewJob, Standing, Terms
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx

SEAL = Seal(b"k" * 32)
LEASE_S = 30.0
T = TypeVar("T")


class MovedClock(SystemClock):
    """The wall clock stands still and is moved by the test; everything else is real."""

    def __init__(self) -> None:
        self.now = 1_900_000_000.0

    def wall(self) -> float:
        return self.now


@dataclass
class Jobs:
    """One queue in one store."""

    store: Store
    clock: MovedClock
    queue: str = "q"
    terms: Terms = field(default_factory=Terms)

    async def put(self, payload: bytes = b"{}", **more: object) -> str:
        job = NewJob(self.queue, "kind", payload, **more)  # type: ignore[arg-type]  # whatever a test gives
        return await self.store.write(lambda tx: jobs.enqueue(tx, job, SEAL))

    async def claim(self, limit: int = 10, worker: str = "one", terms: Terms | None = None) -> list[Job]:
        return await self.store.write(
            lambda tx: jobs.claim(tx, self.queue, worker, limit, LEASE_S, SEAL, terms or self.terms)
        )

    async def one(self) -> Job:
        (job,) = await self.claim()
        return job

    async def done(self, job: Job, result: bytes = b"") -> bool:
        return await self.store.write(lambda tx: jobs.done(tx, job.id, job.fence, SEAL, result))

    async def failed(self, job: Job, again_in_s: float = 0.0, code: str = "upstream_cut") -> bool:
        return await self.store.write(
            lambda tx: jobs.failed(tx, job.id, job.fence, again_in_s=again_in_s, code=code, cause="it broke off")
        )

    async def dead(self, job: Job, code: str = "does_not_fit") -> bool:
        return await self.store.write(lambda tx: jobs.dead(tx, job.id, job.fence, code=code, cause="never"))

    async def give_back(self, job: Job) -> bool:
        return await self.store.write(lambda tx: jobs.give_back(tx, job.id, job.fence))

    async def begin(self, job: Job) -> bool:
        return await self.store.write(lambda tx: jobs.begin(tx, job.id, job.fence))

    async def begin_again(self, job: Job) -> bool:
        """What may be repeated."""
        return await self.store.write(lambda tx: jobs.begin(tx, job.id, job.fence, repeatable=True))

    async def renew(self, *some: Job) -> set[str]:
        return await self.store.write(lambda tx: jobs.renew(tx, [Lease(one.id, one.fence) for one in some], LEASE_S))

    async def asked(self, *some: Job) -> set[str]:
        return await self.store.write(lambda tx: jobs.asked_to_stop(tx, [Lease(one.id, one.fence) for one in some]))

    async def stopped(self, job: Job) -> bool:
        return await self.store.write(lambda tx: jobs.stopped(tx, job.id, job.fence, cause="a person"))

    async def cancel(self, job_id: str) -> str:
        return await self.store.write(lambda tx: jobs.cancel(tx, job_id, cause="a person"))

    async def skip(self, job_id: str) -> bool:
        return await self.store.write(lambda tx: jobs.skip(tx, job_id, cause="a person"))

    async def revive(self, job_id: str) -> bool:
        return await self.store.write(lambda tx: jobs.revive(tx, job_id))

    async def standing(self, job_id: str) -> Standing:
        found = await self.store.read(lambda tx: jobs.standing(tx, job_id))
        assert found is not None
        return found

    async def state(self, job_id: str) -> str:
        return (await self.standing(job_id)).state


class Held(Store):
    """A store that, from when it is told to, keeps its answers to itself, though what was asked for is done."""

    def __init__(self, inner: Store) -> None:
        self._inner, self.holding, self.done, self.release = inner, False, asyncio.Event(), asyncio.Event()

    async def write(self, unit: Callable[[Tx], T]) -> T:
        value = await self._inner.write(unit)
        if self.holding:
            self.done.set()
            await self.release.wait()
        return value


async def opened(url: str, clock: MovedClock | None = None, queue: str = "q") -> Jobs:
    clock = clock or MovedClock()
    return Jobs(await Store.open(StoreSettings(url=url), clock, own_time=True), clock, queue)
