"""A bus on which several workers of one test meet: each stack of layers is a worker."""

from __future__ import annotations

import asyncio

from bridge.layers.tags import Purges
from bridge.layers.together import Together
from bridge.store.bus import MemoryBus
from tests.bridge.layers.world import LoopClock


class MeetingBus(MemoryBus):
    """In one process, and yet nobody is alone: what is told is told to all who subscribed."""

    alone = False

    def __init__(self) -> None:
        super().__init__(LoopClock())

    async def told(self, topic: str, data: bytes) -> bool:
        self.publish(topic, data)
        await asyncio.sleep(0)  # as a real bus, never at once
        return True

    def miss(self) -> None:
        self._topics.miss()

    def worker(self, generation: str = "1") -> Together:
        return Together(self, "shop", generation, Purges())
