"""Jobs that could run and wait are seen; not those of a queue that somebody has paused."""

from __future__ import annotations

from pathlib import Path

from bridge.store.dead import pause, resume
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.streams.alert_late import LateWatch, QueueLate, QueueOnTime
from tests.contract.jobs_world import MovedClock
from tests.contract.operators import accepted, claimed


async def test_a_queue_is_late_until_its_oldest_job_is_begun(tmp_path: Path) -> None:
    clock = MovedClock()
    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), clock)
    watch = LateWatch(store, ["calls", "other"], 900.0)
    await accepted(store)
    clock.now += 900
    assert await watch.look() == [QueueOnTime("calls"), QueueOnTime("other")]
    clock.now += 1
    assert await watch.look() == [QueueLate("calls", 901), QueueOnTime("other")]
    assert await LateWatch(store, ["calls"], None).look() == []
    await store.write(lambda tx: pause(tx, "calls", "ada"))
    assert QueueOnTime("calls") in await watch.look()
    await store.write(lambda tx: resume(tx, "calls"))
    assert QueueLate("calls", 901) in await watch.look()
    await claimed(store)
    assert QueueOnTime("calls") in await watch.look()
    await store.close()
    assert await watch.look() == [], "who works with the store says that it is gone"
