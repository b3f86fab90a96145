"""What goes out of an alert: the document, bounded and masked, in a queue in which its changes keep their order."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.clock import SystemClock
from bridge.store.alerts import told_alerts
from bridge.store.jobs import Job, claim, done
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.streams.alert_book import Notice, Type
from bridge.streams.alert_outbox import ATTEMPTS_MAX, ITEMS_MAX, TEXT_MAX, Outbox, member, opened
from bridge.streams.alert_settings import AlertSettings

SEAL = Seal(None)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened_store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    yield opened_store
    await opened_store.close()


WEBHOOK = {"url": "https://hooks.example/ops"}


def outbox(**to: object) -> Outbox:
    return Outbox(
        AlertSettings.model_validate(to or {"webhook": WEBHOOK}), SEAL, lambda text: text.replace("hunter2", "***")
    )


def notice(kind: Type = "raised", text: str = "It is so.", at: float = 100.0, **details: Any) -> Notice:
    return Notice(kind, "a", "error", text, details, since=100.0, at=at, count=3, new=3)


async def jobs(store: Store) -> list[Job]:
    return await store.write(lambda tx: claim(tx, "alerts", "one", 10, 60.0, SEAL))


async def test_texts_are_masked_before_they_are_cut(store: Store) -> None:
    details = {"reason": "hunter2", "all": tuple(f"hunter2 {n}" for n in range(99)), "n": 0.5, "yes": True}
    long = "x" * (TEXT_MAX - 5) + "hunter2 and more"
    assert await store.write(lambda tx: outbox().put(tx, [notice(text=long, **details)])) == 1
    [job] = await jobs(store)
    found = json.loads(job.payload)
    assert (found["text"][-6:], len(found["text"]), b"hunt" in job.payload) == ("x*** …", TEXT_MAX, False)
    assert (found["details"]["n"], found["details"]["yes"], len(found["details"]["all"])) == (0.5, True, ITEMS_MAX)
    assert (job.kind, job.key, job.attempts_max) == ("alert", "a", ATTEMPTS_MAX)
    assert found["id"].startswith("msg_")


async def test_what_was_told_already_is_not_sent_and_changes_keep_their_order(store: Store) -> None:
    box = outbox()
    notices = [notice(), notice(), notice("repeated", at=1000.0), notice("resolved"), notice("resolved")]
    assert await store.write(lambda tx: box.put(tx, notices)) == 3
    seen = []
    for _ in range(3):
        [job] = await jobs(store)  # the next one waits for the one before
        seen.append((json.loads(job.payload)["type"], json.loads(job.payload)["count"]))
        await store.write(lambda tx, job=job: done(tx, job.id, job.fence, SEAL))  # type: ignore[misc]  # mypy knows no default here
    assert seen == [("alert.raised", 3), ("alert.repeated", 9), ("alert.resolved", 12)]


async def test_what_is_open_is_taken_up_again(store: Store) -> None:
    await store.write(lambda tx: outbox().put(tx, [notice()]))
    [told] = await store.read(told_alerts)
    one = opened(told)
    assert (one.about.alert, one.about.level, one.since, one.told_at, one.count) == ("a", "error", 100.0, 100.0, 3)


async def test_the_webhook_and_the_topic_are_told_side_by_side(store: Store) -> None:
    box = outbox(webhook=WEBHOOK, topic="ops")
    assert await store.write(lambda tx: box.put(tx, [notice(), notice("resolved")])) == 2
    some = await jobs(store)
    assert [(job.kind, job.key) for job in some] == [("alert", "a"), ("alert-topic", "alert-topic:a")]
    assert some[0].payload == some[1].payload
    await store.write(lambda tx: done(tx, some[1].id, some[1].fence, SEAL))
    assert [job.kind for job in await jobs(store)] == ["alert-topic"], "the webhook keeps nobody else waiting"
    assert member(some[0], "alert") == "a"
    assert (
        member(replace(some[0], payload=b"[1]"), "alert") == some[0].id == member(replace(some[0], payload=b"{"), "x")
    )
