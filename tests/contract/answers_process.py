"""A process of its own that begins a write under a key, and ends it: `URL`."""

from __future__ import annotations

import asyncio
import sys

from bridge.clock import SystemClock
from bridge.store.answers import KEPT_S_MIN, Beginning, begin, end
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.contract.jobs_world import SEAL

NEW = Beginning("a1", "shop.CreateOrder", "f1", "fence-1", 30.0, KEPT_S_MIN, "r1", "t1")


async def main(url: str) -> None:
    store = await Store.open(StoreSettings(url=url), SystemClock())
    await store.write(lambda tx: begin(tx, NEW, SEAL))
    await store.write(lambda tx: end(tx, NEW.id, NEW.fence, "done", b"200\n{}", SEAL))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
