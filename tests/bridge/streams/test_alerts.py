"""The sink: it never blocks and never raises, tells the log once, and keeps what the store cannot take yet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.events import (
    CredentialsRefused,
    DeadLetters,
    Event,
    JobDead,
    JobDone,
    QueuePaused,
    RequestRefused,
    UpstreamUnavailable,
)
from bridge.events_alerts import AlertLost, AlertRaised, AlertResolved
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.streams.alert_settings import AlertSettings
from bridge.streams.alerts import HEARD_MAX, LOOK_EVERY, UNSENT_MAX, Alerts, Means
from tests.contract.operators import accepted, claimed

WEBHOOK = {"webhook": {"url": "https://hooks.example/ops"}, "settle": "0s"}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    yield opened
    await opened.close()


def sink(store: Store, told: list[Event], woken: list[str], queues: Collection[str] = (), **more: object) -> Alerts:
    means = Means(
        *(store, Seal(None), SystemClock(), told.append, lambda text: text.replace("hunter2", "***"), woken.append),
        queues=queues,
    )
    return Alerts(AlertSettings.model_validate({"settle": "0s", **more}), means, tick_s=3600.0)


async def test_without_a_webhook_it_is_told_in_the_log_alone(store: Store) -> None:
    told: list[Event] = []
    woken: list[str] = []
    alerts = sink(store, told, woken)
    alerts(RequestRefused("127.0.0.1", "head"))
    alerts(QueuePaused("calls", "password hunter2", 5.0))
    alerts(DeadLetters(1, 0.0))
    alerts(DeadLetters(0, 0.0))
    await alerts.tick()
    text = "Jobs are not worked on, because the store cannot be used: password ***"
    assert told[0] == AlertRaised("queue-paused", "error", text, 1)
    assert [type(one) for one in told[1:]] == [AlertRaised, AlertResolved]
    assert woken == []


async def test_with_a_webhook_the_queue_is_woken_once(store: Store) -> None:
    told: list[Event] = []
    woken: list[str] = []
    alerts = sink(store, told, woken, **WEBHOOK)
    await alerts.start()
    alerts(DeadLetters(1, 0.0))
    await alerts.tick()
    await alerts.tick()
    assert woken == ["alerts"]
    await alerts.stop()


async def test_it_is_bounded_however_much_is_told_and_whatever_the_store_does(store: Store) -> None:
    told: list[Event] = []
    alerts = sink(store, told, [], **WEBHOOK)
    await store.close()
    for number in range(HEARD_MAX + 5):
        alerts(JobDead("calls", "call", str(number), 1, "upstream_cut", "cut"))
    alerts(QueuePaused("calls", "closed", 5.0))
    await alerts.tick()
    assert [one.alert for one in told if isinstance(one, AlertRaised)] == ["queue-paused"], "the others wait for it"
    assert len(alerts._heard) == HEARD_MAX - 1
    for _ in range(UNSENT_MAX):
        alerts._keep([alerts._unsent[0]])
    assert [type(one) for one in told[1:]] == [AlertLost]


async def test_done_jobs_are_heard_of_only_where_a_schedule_has_failed(store: Store) -> None:
    alerts = sink(store, [], [])
    alerts(JobDone("calls", "call", "j", 1, 0.1, 0.1))
    assert len(alerts._heard) == 0
    alerts(JobDead("calls", "call", "k", 1, "upstream_cut", "cut"))
    alerts(JobDone("calls", "call", "j", 1, 0.1, 0.1))
    assert len(alerts._heard) == 2
    await alerts.tick()
    alerts(JobDone("calls", "call", "j", 1, 0.1, 0.1))
    assert len(alerts._heard) == 0, "it was of no schedule"


async def test_open_alerts_are_counted_by_rule_and_those_of_others_where_the_store_knows(store: Store) -> None:
    alone = sink(store, [], [])
    alone(UpstreamUnavailable("shop", "down", 5.0))
    alone(DeadLetters(1, 0.0))
    alone(CredentialsRefused("shop", "Get", "http_401", 3, 60.0))
    alone(CredentialsRefused("crm", "Get", "http_401", 3, 60.0))
    await alone.tick()
    assert alone.firing == {("dead-letters", "warning"): 1.0, ("credentials-refused", "error"): 2.0}
    one, other = sink(store, [], [], **WEBHOOK), sink(store, [], [], **WEBHOOK)
    one(DeadLetters(1, 0.0))
    await one.tick()
    await other.tick()
    assert one.firing == other.firing == {("dead-letters", "warning"): 1.0}
    one(DeadLetters(0, 0.0))
    await one.tick()
    assert one.firing == {}


async def test_a_job_that_waits_too_long_is_an_alert(store: Store) -> None:
    told: list[Event] = []
    await accepted(store)
    alerts = sink(store, told, [], late="1ms", queues=["calls"])
    while not told:
        await alerts.tick()
    assert isinstance(told[0], AlertRaised)
    assert (told[0].alert, told[0].severity) == ("queue-late:calls", "error")
    await claimed(store)
    for _ in range(LOOK_EVERY):
        await alerts.tick()
    assert isinstance(told[-1], AlertResolved)
