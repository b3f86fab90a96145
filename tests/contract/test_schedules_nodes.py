"""Two nodes on every store, clocks that jump and that change, ten zones: the seeded slice of the long proof."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.bridge.queue.wall_clocks import ZONES
from tests.proofs.schedules_world import World


async def test_no_slot_fires_twice_and_none_is_missed_beyond_its_policy(store_url: str) -> None:
    since, until = datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 4, 7, tzinfo=UTC)
    counts = await World(store_url, 2, ZONES[:10], since, until, seed=20260329).run(100)
    assert (counts.double, counts.missed, counts.beyond) == (0, 0, 0), counts.wrong
    assert counts.instants == 100
    assert min(counts.races, counts.jumps, counts.restarts) >= 5
    assert counts.fired > 1000
