"""One desk for all that operators look at."""

from __future__ import annotations

from pathlib import Path

from bridge.app.desk import WholeDesk
from bridge.clock import SystemClock
from bridge.queue.shown import Shown
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.streams.desk import TopicsDesk
from bridge.streams.log import Log
from tests.contract.operators import SEAL


async def test_topics_stand_beside_the_others(tmp_path: Path) -> None:
    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    topics = TopicsDesk(Log({}, store, SystemClock(), lambda _: None), Shown().mask)
    desk = WholeDesk(store, SEAL, topics, queues=["calls"])
    assert await desk.topics.search() == ()
    assert [row.name for row in await desk.jobs.depths()] == ["calls"]
    await store.close()
