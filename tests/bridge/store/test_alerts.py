"""Open alerts: whoever comes second changes nothing that would be told twice."""

from __future__ import annotations

from pathlib import Path

from bridge.clock import SystemClock
from bridge.store.alerts import Told, begin_alert, end_alert, schedules_of, tell_again, told_alerts
from bridge.store.jobs import NewJob, enqueue
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx

ROW = Told("dead-letters", "warning", "It is so.", 100.0, 100.0, 2, None)


async def test_an_alert_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    def story(tx: Tx) -> None:
        assert begin_alert(tx, ROW)
        assert told_alerts(tx) == [ROW]
        assert not begin_alert(tx, ROW), "another process was quicker"
        assert tell_again(tx, "dead-letters", 1, now=999.9, repeat_s=900.0) is None
        assert tell_again(tx, "dead-letters", 1, now=1000.0, repeat_s=900.0) == 6
        assert tell_again(tx, "dead-letters", 0, now=1000.0, repeat_s=900.0) is None
        assert [(one.told_at, one.since) for one in told_alerts(tx)] == [(1000.0, 100.0)]
        assert end_alert(tx, "dead-letters", 1) == (7, 100.0)
        assert end_alert(tx, "dead-letters", 1) is None
        assert tell_again(tx, "dead-letters", 1, now=9000.0, repeat_s=900.0) is None
        assert told_alerts(tx) == []

    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    await store.write(story)
    await store.close()


async def test_which_jobs_are_runs_of_schedules(tmp_path: Path) -> None:
    def put(tx: Tx) -> list[str]:
        keys = ("schedule:nightly", "order:7", "", "schedules:x")
        return [enqueue(tx, NewJob("calls", "call", b"{}", key=key), Seal(None)) for key in keys]

    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    ids = await store.write(put)
    assert await store.read(lambda tx: schedules_of(tx, [*ids, "unknown"])) == {ids[0]: "nightly"}
    await store.close()
