"""What operators see and do of the answers that are kept of one upstream: a list, and purges that all workers hear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.clock import Clock
from bridge.layers.cache_store import CacheStore
from bridge.layers.tags import Purges, Tag
from bridge.layers.together import Together

TOLD_TIMES = 5


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One answer. `key`: the digest of what was asked; `who`: whose it is, "" for everybody's; `fault`: its name, where
    it is one; `left_s`: how long it is fresh, negative afterwards."""

    operation: str
    key: str
    who: str
    fault: str
    age_s: float
    left_s: float
    bytes: int
    asked: int
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptAnswers:
    """Of one upstream; `store` is of the whole process."""

    upstream: str
    store: CacheStore
    purges: Purges
    clock: Clock
    together: Together | None = None

    def rows(self) -> list[KeptRow]:
        """What this process keeps, in no order."""
        now = self.clock.monotonic()
        return [
            KeptRow(
                *(key[0].partition(".")[2], key[2].hex(), key[1] or "", entry.fault.name if entry.fault else ""),
                *(round(entry.age_s(now), 1), round(entry.left_s(now), 1), entry.size, entry.asked),
                tuple(f"{one.text}{'*' if one.open else ''}" for one in entry.about if not one.named),
            )
            for key, entry in self.store.entries(self.purges)
        ]

    async def purge(self, purged: Sequence[Tag]) -> tuple[int, bool]:
        """How many answers that made old here, and whether all others have heard it."""
        before = len(self.rows())
        self.purges.add(purged)
        dropped = before - len(self.rows())
        return dropped, await self._told(purged)

    async def _told(self, purged: Sequence[Tag]) -> bool:
        if self.together is None:
            return True
        for _ in range(TOLD_TIMES):  # who is busy for a moment has heard it then, and to hear it twice does no harm
            if await self.together.tell(purged):
                return True
        return False
