"""An alert to a topic: by its name as the key, once; what the topic refuses for good is never a dead letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import NotFound, StoreUnavailable
from bridge.events import Event
from bridge.events_alerts import AlertLost, AlertNotSent, AlertSent
from bridge.store.jobs import Job
from bridge.store.journal_runs import LOST
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.topics import Message
from bridge.streams.alert_topic import AlertTopic
from bridge.streams.log import Log
from bridge.streams.settings import TopicSettings
from tests.contract.operators import accepted, claimed

PAYLOAD = b'{"id": "msg_1", "alert": "dead-letters", "type": "alert.raised"}'


async def job(folder: Path) -> tuple[Store, Job]:
    store = await Store.open(StoreSettings(url=f"sqlite:///{folder / 'bridge.db'}"), SystemClock())
    await accepted(store, PAYLOAD)
    [one] = await claimed(store)
    return store, one


async def test_it_is_there_once_however_often_it_is_tried(tmp_path: Path) -> None:
    store, one = await job(tmp_path)
    told: list[Event] = []
    log = Log({"ops": TopicSettings(message=1000)}, store, SystemClock(), told.append)
    for _ in range(2):
        assert await AlertTopic("ops", log.append, told.append).deliver(one) == ""
    [logged] = (await log.read("ops", 0)).messages
    assert (logged.key, logged.data) == ("dead-letters", PAYLOAD)
    assert told == [AlertSent("dead-letters", "topic")] * 2
    large = replace(one, payload=PAYLOAD.replace(b"msg_1", b"m" * 1000))
    assert await AlertTopic("ops", log.append, told.append).deliver(large) == LOST
    assert await AlertTopic("none", log.append, told.append).deliver(one) == LOST
    assert [type(event) for event in told[2:]] == [AlertLost, AlertLost]
    await log.close()
    await store.close()


async def test_what_may_get_better_is_tried_again(tmp_path: Path) -> None:
    store, one = await job(tmp_path)
    told: list[Event] = []

    async def full(_topic: str, _messages: Sequence[Message]) -> None:
        raise StoreUnavailable(cause="disk full")

    with pytest.raises(StoreUnavailable):
        await AlertTopic("ops", full, told.append).deliver(one)
    assert told == [AlertNotSent("dead-letters", "topic", StoreUnavailable.code)]
    assert NotFound.code != StoreUnavailable.code
    await store.close()
