"""The queue of alerts is never a source of dead letters, whatever is configured; a running bridge tells and forgets."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from bridge.app.alerting import ATTEMPTS, alert_queue
from bridge.events import ConfigRefused
from bridge.events_alerts import AlertRaised
from bridge.queue.settings import QueueSettings
from tests.bridge.app.world import config, running
from tests.contract.alerts_world import KEY, Receiver


def test_an_alert_is_tried_for_as_long_as_its_age_allows() -> None:
    given = QueueSettings.model_validate(
        {"per_worker": 3, "retry": {"attempts": 1, "base": "5s", "on": {"upstream_invalid": "dead"}}}
    )
    found = alert_queue({"alerts": given})
    assert (found.per_worker, found.retry.base) == (3, 5.0)
    assert (found.retry.attempts, found.retry.on) == (ATTEMPTS, {})
    assert alert_queue({}).retry.attempts == ATTEMPTS


async def test_a_running_bridge_sends_what_its_parts_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_TEST_SECRET", "whsec_" + base64.b64encode(KEY).decode())
    receiver = Receiver()
    await receiver.start()
    alerts = {"webhook": {"url": receiver.url, "secret": "env:ALERT_TEST_SECRET"}, "name": "here"}
    settings = config(tmp_path, {}, store=f"sqlite:///{tmp_path / 'bridge.db'}", alerts=alerts)
    try:
        async with running(settings) as world:
            world.app.tell(ConfigRefused("bridge.yaml", ("wrong",)))
            world.clock.wake()
            await world.until(lambda: bool(world.told(AlertRaised)))
            [post] = await receiver.got(1)
            assert (post["alert"], post["bridge"], receiver.posts[0].signed) == ("config-refused", "here", True)
    finally:
        await receiver.stop()
