"""Jobs for the tests of the operators' side: accepted, claimed, and buried, without a worker."""

from __future__ import annotations

from bridge.store.job_views import operation_of, value_of
from bridge.store.jobs import Job, NewJob, claim, dead, done, enqueue
from bridge.store.sealing import Seal
from bridge.store.store import Store

SEAL = Seal(b"k" * 32)
QUEUE = "calls"


async def accepted(store: Store, payload: bytes = b'{"n":1}', *, kind: str = "call", key: str = "", **more: str) -> str:
    operation = operation_of(value_of(payload)) if kind == "call" else ""
    job = NewJob(more.pop("queue", QUEUE), kind, payload, key=key, operation=operation, **more)  # type: ignore[arg-type]  # texts, all of them
    return await store.write(lambda tx: enqueue(tx, job, SEAL))


async def claimed(store: Store, limit: int = 10, queue: str = QUEUE) -> list[Job]:
    return await store.write(lambda tx: claim(tx, queue, "worker-1", limit, 30.0, SEAL))


async def buried(
    store: Store, *payloads: bytes, code: str = "upstream_cut", cause: str = "it broke off", **more: str
) -> list[str]:
    """Dead letters with these payloads, the first one the oldest. With a key one after another."""
    ids = []
    for payload in payloads:
        ids.append(await accepted(store, payload, **more))
        for job in await claimed(store, queue=more.get("queue", QUEUE)):
            await store.write(lambda tx, job=job: dead(tx, job.id, job.fence, code=code, cause=cause))
    return ids


async def finished(store: Store, job: Job) -> None:
    assert await store.write(lambda tx: done(tx, job.id, job.fence, SEAL))
