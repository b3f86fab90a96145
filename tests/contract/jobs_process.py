"""A process of its own that works on jobs or hands them in: `work URL QUEUE` or `enqueue URL QUEUE COUNT KEYS`.

`work` says `began ID ATTEMPT` of each job and then waits for ever. `enqueue` hands in COUNT jobs with KEYS different
dedupe keys and says their ids as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys

from bridge.clock import SystemClock
from bridge.queue.handlers import Handlers, Result
from bridge.queue.settings import QueueSettings
from bridge.queue.worker import Worker
from bridge.queue.worker_run import Workbench
from bridge.store.jobs import Job, NewJob, enqueue
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.contract.jobs_world import SEAL

LEASE = "3s"


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def work(store: Store, queue: str) -> None:
    handlers = Handlers()

    async def hang(job: Job) -> Result:
        say(f"began {job.id} {job.attempt}")
        await asyncio.Event().wait()
        return Result()

    handlers.add("kind", hang)
    bench = Workbench(store, SEAL, handlers, SystemClock(), lambda _: None, "process")
    worker = Worker(bench, {queue: QueueSettings.model_validate({"lease": LEASE})})
    worker.start()
    await asyncio.Event().wait()


async def hand_in(store: Store, queue: str, count: int, keys: int) -> None:
    async def one(number: int) -> tuple[str, str]:
        key = f"d{number % keys}"
        return key, await store.write(lambda tx: enqueue(tx, NewJob(queue, "kind", b"{}", dedupe=key), SEAL))

    say(json.dumps(await asyncio.gather(*(one(number) for number in range(count)))))


async def main(what: str, url: str, queue: str, *numbers: str) -> None:
    store = await Store.open(StoreSettings(url=url), SystemClock())
    if what == "work":
        await work(store, queue)
    else:
        await hand_in(store, queue, *map(int, numbers))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
