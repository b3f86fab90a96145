"""What the workers and nodes of a bridge keep together about one upstream: its places, what is old, who asks just now.

Only made where there are others. Whoever cannot be reached is not waited for: he is told later that he may have missed
something, and then takes whatever he has with a tag for old.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import msgspec

from bridge.layers.cache_second import SecondLevel
from bridge.layers.keys import Key
from bridge.layers.tags import Purges, Tag, read, written
from bridge.store.bus import Bus, Held

FLIGHT_TTL_S = 3.0


class Together:
    """`generation` tells settings apart: what is asked under others is another question. `close` once."""

    def __init__(
        self, bus: Bus, upstream: str, generation: str, purges: Purges, second: SecondLevel | None = None
    ) -> None:
        self.bus, self.upstream, self._generation, self.purges = bus, upstream, generation, purges
        self._topic, self._second = f"purge.{upstream}", second
        self._end = bus.subscribe(self._topic, self._heard, purges.forget)

    async def tell(self, purged: Sequence[Tag]) -> bool:
        """Returns when all workers know, or those who do not listen will be told that they missed something."""
        told, _ = await asyncio.gather(self.bus.told(self._topic, written(purged)), self._written_down(purged))
        return told

    async def _written_down(self, purged: Sequence[Tag]) -> None:
        if self._second is not None:
            await self._second.purge(purged)

    def flight(self, key: Key, wait_s: float) -> AbstractAsyncContextManager[Held | bytes | None]:
        """The right to ask for this, or what somebody else has just been answered."""
        operation, who, digest, headers = key
        words = (self._generation, operation, who, digest.hex(), headers)
        name = hashlib.blake2b(msgspec.json.encode(words), digest_size=20).hexdigest()
        return self.bus.share(f"flight.{name}", FLIGHT_TTL_S, wait_s)

    def _heard(self, data: bytes) -> None:
        try:
            self.purges.add(read(data))
        except msgspec.MsgspecError:
            self.purges.forget()  # of another version, perhaps: something is old, and nobody knows what

    def close(self) -> None:
        self._end()
