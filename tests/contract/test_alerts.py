"""What every store promises about alerts: each change is delivered once, whoever restarts and whatever is down."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bridge.events import (
    DeadLetters,
    JobDead,
    JobDone,
    JobRetried,
    QueuePaused,
    UpstreamReady,
    UpstreamUnavailable,
)
from bridge.events_alerts import AlertLost, AlertNotSent, AlertRaised, AlertResolved, AlertsDisabled, AlertSent
from bridge.store.dead import depth
from bridge.store.jobs import NewJob, claim, enqueue
from bridge.store.journal_search import Filter, find
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.streams.alerts import LOOK_EVERY
from bridge.streams.log import Log
from bridge.streams.settings import TopicSettings
from tests.contract.alerts_world import KEY, Process, Receiver, process, settings
from tests.contract.jobs_world import SEAL, MovedClock

DOWN = UpstreamUnavailable("shop", "connection refused, password hunter2", 5.0)
UP = UpstreamReady("shop", 3, from_disk=False, duration_s=0.1)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_TEST_SECRET", "whsec_" + base64.b64encode(KEY).decode())


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def moved(store_url: str, clock: MovedClock) -> AsyncIterator[Store]:
    store = await Store.open(StoreSettings(url=store_url), clock, own_time=True)
    yield store
    await store.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    await one.start()
    yield one
    await one.stop()


async def test_an_alert_is_sent_once_counted_and_resolved(moved: Store, clock: MovedClock, receiver: Receiver) -> None:
    async with process(moved, settings(receiver.url), clock) as one:
        one.alerting(DeadLetters(2, 10.0))
        one.alerting(DeadLetters(3, 20.0))
        await one.tick()
        [raised] = await one.delivered(receiver, 1)
        assert raised | {"id": "", "details": 0} == {
            "type": "alert.raised",
            "id": "",
            "at": "2030-03-17T17:46:40.000Z",
            "since": "2030-03-17T17:46:40.000Z",
            "level": "warning",
            "alert": "dead-letters",
            "text": "Jobs were given up and wait for a person: 3. Look at them with `legacy-bridge dead list`.",
            "details": 0,
            "count": 2,
            "bridge": "bridge-eu-1",
        }
        assert raised["details"] == {"depth": 3, "oldest_s": 20.0}
        one.alerting(DeadLetters(4, 20.0))
        await one.tick(899.0)
        one.alerting(DeadLetters(5, 20.0))
        await one.tick(1.0)
        assert [(post["type"], post["count"]) for post in await one.delivered(receiver, 2)][1:] == [
            ("alert.repeated", 4)
        ]
        one.alerting(DeadLetters(0, 0.0))
        await one.tick()
        assert len(receiver.posts) == 2, "what comes back at once was never over"
        await one.tick(30.0)
        resolved = (await one.delivered(receiver, 3))[2]
        assert (resolved["type"], resolved["count"]) == ("alert.resolved", 4)
        assert resolved["text"] == "No dead letter is left."
        assert all(post.signed for post in receiver.posts)
        assert len({post.headers["webhook-id"] for post in receiver.posts}) == 3
        told = [event for event in one.events if isinstance(event, AlertRaised | AlertResolved)]
        assert [(type(event), event.count) for event in told] == [
            (AlertRaised, 2),
            (AlertRaised, 4),
            (AlertResolved, 4),
        ]


async def test_a_receiver_that_is_down_gets_it_once_when_it_is_back_after_a_restart(
    moved: Store, clock: MovedClock, receiver: Receiver
) -> None:
    await receiver.stop()
    async with process(moved, settings(receiver.url), clock, pause_s=600.0) as one:
        one.alerting(DOWN)
        await one.tick()
        await one.tick(119.0)
        assert not [event for event in one.events if isinstance(event, AlertRaised)], "it may pass by itself"
        await one.tick(1.0)
        await one.told(JobRetried)
    await receiver.start()
    clock.now += 600
    async with process(moved, settings(receiver.url), clock) as two:
        [raised] = await two.delivered(receiver, 1)
        assert (raised["type"], raised["alert"]) == ("alert.raised", "upstream-unavailable:shop")
        assert (raised["details"]["reason"], raised["text"].count("hunter2")) == ("connection refused, password ***", 0)
        two.alerting(DOWN)
        await two.tick(60.0)
        two.alerting(UP)
        await two.tick()
        await two.tick(30.0)
        assert [one["type"] for one in await receiver.got(2)] == ["alert.raised", "alert.resolved"]
        await two.told(JobDone, 2)
    assert all(post.signed for post in receiver.posts)


async def test_of_several_processes_one_tells(moved: Store, clock: MovedClock, receiver: Receiver) -> None:
    async with AsyncExitStack() as stack:
        some = [
            await stack.enter_async_context(process(moved, settings(receiver.url), clock, works=number == 0))
            for number in range(3)
        ]
        for one in some:
            one.alerting(QueuePaused("calls", "disk full", 5.0))
        await asyncio.gather(*(one.tick() for one in some))
        assert [post["type"] for post in await some[0].delivered(receiver, 1)] == ["alert.raised"]
        clock.now += 900
        await asyncio.gather(*(one.tick() for one in some))
        posts = await some[0].delivered(receiver, 2)
        assert [(post["type"], post["count"]) for post in posts] == [("alert.raised", 1), ("alert.resolved", 3)]
        assert [len(await one.told(AlertRaised)) for one in some] == [1, 1, 1], "the log of each process has it"
    assert len(receiver.posts) == 2


async def test_what_ended_while_nobody_was_there_is_told(moved: Store, clock: MovedClock, receiver: Receiver) -> None:
    async with process(moved, settings(receiver.url), clock) as one:
        one.alerting(DeadLetters(1, 10.0))
        await one.tick()
        await one.delivered(receiver, 1)
    clock.now += 7200
    async with process(moved, settings(receiver.url), clock) as two:
        await two.tick()
        await two.tick(30.0)
        last = (await receiver.got(2))[1]
        assert (last["type"], last["count"], last["since"]) == ("alert.resolved", 1, "2030-03-17T17:46:40.000Z")


async def test_a_receiver_that_is_gone_is_left_alone(moved: Store, clock: MovedClock, receiver: Receiver) -> None:
    receiver.answers = [(410, {})]
    async with process(moved, settings(receiver.url), clock) as one:
        one.alerting(DeadLetters(1, 10.0))
        await one.tick()
        await one.told(AlertsDisabled)
        await one.told(JobDone)
        one.alerting(QueuePaused("calls", "disk full", 5.0))
        await one.tick()
        await one.told(JobDone, 2)
    assert len(receiver.posts) == 1
    assert await noted(moved) == [("dead", "lost")] * 2


async def noted(store: Store) -> list[tuple[str, str]]:
    """State and outcome of each delivery in the journal."""
    found = await store.read(lambda tx: find(tx, Filter(kind="delivery")))
    return [(each.state, each.outcome) for each in found.items]


async def test_a_receiver_is_obeyed_and_tried_until_it_takes_it(
    moved: Store, clock: MovedClock, receiver: Receiver
) -> None:
    receiver.answers = [(503, {"Retry-After": "7"}), (302, {"Location": receiver.url}), (404, {}), (200, {})]
    async with process(moved, settings(receiver.url), clock) as one:
        one.alerting(DeadLetters(1, 10.0))
        await one.tick()
        [first] = await one.told(JobRetried)
        assert (first.code, first.cause, 7.0 <= first.delay_s <= 7.1) == (
            "upstream_throttled",
            "The system behind is busy: http_503",
            True,
        )
        clock.now += 8
        one.worker.wake()
        retried = await one.told(JobRetried, 3)
        assert [event.cause.rpartition(": ")[2] for event in retried] == ["http_503", "http_302", "http_404"]
        await one.told(JobDone)
    assert len({post.headers["webhook-id"] for post in receiver.posts}) == 1
    assert [post.signed for post in receiver.posts] == [True] * 4


async def test_what_cannot_be_delivered_is_given_up_and_makes_no_alert(moved: Store, clock: MovedClock) -> None:
    nobody = Receiver()
    async with process(moved, settings(nobody.url, give_up="1h"), clock) as one:
        one.alerting(DeadLetters(1, 10.0))
        await one.tick()
        await one.told(JobRetried, 3)
        clock.now += 3601
        one.worker.wake()
        [lost] = await one.told(AlertLost)
        assert lost.alert == "dead-letters"
        await one.told(JobDone)
        assert (await moved.read(depth)).count == 0
        assert not [event for event in one.events if isinstance(event, JobDead)]
    assert (await noted(moved))[0] == ("dead", "lost")


async def test_runs_of_schedules_that_die_are_alerts_and_other_jobs_are_not(
    moved: Store, clock: MovedClock, receiver: Receiver
) -> None:
    def put(key: str) -> NewJob:
        return NewJob("calls", "call", b"{}", key=key)

    first, second, other = [
        await moved.write(lambda tx, key=key: enqueue(tx, put(key), SEAL))  # type: ignore[misc]  # mypy knows no default here
        for key in ("schedule:nightly", "schedule:nightly", "of a customer")
    ]
    async with process(moved, settings(receiver.url), clock) as one:
        one.alerting(JobDead("calls", "call", other, 3, "upstream_cut", "it broke off"))
        one.alerting(JobDead("calls", "call", first, 3, "upstream_cut", "it broke off"))
        await one.tick()
        [raised] = await one.delivered(receiver, 1)
        assert (raised["alert"], raised["level"]) == ("schedule-failed:nightly", "error")
        one.alerting(JobDone("calls", "call", other, 1, 0.1, 0.1))
        await one.tick(60.0)
        one.alerting(JobDone("calls", "call", second, 1, 0.1, 0.1))
        await one.tick(1.0)
        assert len(receiver.posts) == 1
        await one.tick(30.0)
        assert (await receiver.got(2))[1]["text"] == "A run of the schedule nightly went well."


async def test_a_store_that_cannot_be_used_is_told_when_it_can(
    store_url: str, clock: MovedClock, receiver: Receiver
) -> None:
    store = await Store.open(StoreSettings(url=store_url), clock, own_time=True)
    async with process(store, settings(receiver.url), clock, works=False) as one:
        await store.close()
        one.alerting(QueuePaused("calls", "disk full", 5.0))
        await one.tick()
        assert [event.alert for event in await one.told(AlertRaised)] == ["queue-paused"]
        assert [notice.alert for notice in one.alerting.alerts._unsent] == ["queue-paused"]


async def test_a_topic_has_each_change_once_also_when_the_receiver_is_down(
    moved: Store, clock: MovedClock, receiver: Receiver
) -> None:
    await receiver.stop()
    log = Log({"ops": TopicSettings()}, moved, clock, lambda _: None)
    given = settings(receiver.url).model_copy(update={"topic": "ops"})
    async with process(moved, given, clock, append=log.append, pause_s=600.0) as one:
        one.alerting(DeadLetters(2, 10.0))
        await one.tick()
        await one.told(AlertNotSent)
        await one.told(AlertSent)
        one.alerting(DeadLetters(0, 0.0))
        await one.tick()
        await one.tick(30.0)
        await one.told(AlertSent, 2)
        assert {event.to for event in await one.told(AlertSent, 2)} == {"topic"}
    logged = (await log.read("ops", 0)).messages
    assert [(each.key, json.loads(each.data or b"")["type"]) for each in logged] == [
        ("dead-letters", "alert.raised"),
        ("dead-letters", "alert.resolved"),
    ]
    await log.close()


async def looked(one: Process) -> None:
    for _ in range(LOOK_EVERY):
        await one.tick()


async def test_jobs_that_wait_too_long_are_told_by_one_process_and_again_when_they_are_begun(
    moved: Store, clock: MovedClock, receiver: Receiver
) -> None:
    await moved.write(lambda tx: enqueue(tx, NewJob("calls", "call", b"{}"), SEAL))
    async with AsyncExitStack() as stack:
        one, two = [
            await stack.enter_async_context(
                process(moved, settings(receiver.url), clock, works=works, queues=["calls"])
            )
            for works in (True, False)
        ]
        clock.now += 901.0
        for each in (one, two):
            await looked(each)
        [raised] = await one.delivered(receiver, 1)
        assert (raised["alert"], raised["details"]) == ("queue-late:calls", {"queue": "calls", "waited_s": 901})
        assert await moved.write(lambda tx: claim(tx, "calls", "w", 1, 60.0, SEAL))
        for each in (one, two):
            await looked(each)
        for each in (one, two):
            await each.tick(30.0)
        assert [post["type"] for post in await one.delivered(receiver, 2)] == ["alert.raised", "alert.resolved"]
