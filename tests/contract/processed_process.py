"""A process of its own that takes an event with its effect, a job: `URL EVENT`. It says whether the event was new."""

from __future__ import annotations

import asyncio
import sys

from bridge.clock import SystemClock
from bridge.store.jobs import NewJob, enqueue
from bridge.store.processed import first_time
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.contract.jobs_world import SEAL


async def main(url: str, event: str) -> None:
    store = await Store.open(StoreSettings(url=url), SystemClock())

    def unit(tx: Tx) -> bool:
        new = first_time(tx, "orders", event)
        if new:
            enqueue(tx, NewJob("q", "kind", event.encode()), SEAL)
        return new

    sys.stdout.write(f"{await store.write(unit)}\n")
    sys.stdout.flush()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
