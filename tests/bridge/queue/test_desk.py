"""The desk beyond dead letters: jobs, queues, schedules, health. What it promises of dead letters and the journal on
each store is in tests/contract/test_replay.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import NotFound
from bridge.queue.desk import Desk
from bridge.queue.desk_jobs import QueueRow
from bridge.store.audit import AuditFilter
from bridge.store.job_views import JobFilter
from bridge.store.schedules import Registration, register
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.contract.operators import QUEUE, SEAL, accepted, buried, claimed, finished

NIGHTLY = Registration("nightly", "d", "every 24h", b'{"operation":"shop.Close","args":{}}', QUEUE)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    yield opened
    await opened.close()


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, SEAL, queues=("mail",))


async def _verbs(desk: Desk) -> list[str]:
    return sorted(one.verb for one in (await desk.audit(AuditFilter())).items)


async def test_a_job_is_cancelled_once_and_one_that_runs_is_asked_to_stop(store: Store, desk: Desk) -> None:
    one, other = await accepted(store), await accepted(store, key="k")
    assert (await desk.jobs.cancel("ada", [one], reason="not wanted")).done == (one,)
    again = await desk.jobs.cancel("ada", [one, "none"])
    assert [left.why for left in again.left] == ["it is cancelled", "there is no such job"]
    story = await desk.jobs.show(one)
    assert (story.job.state, story.job.cause) == ("cancelled", "cancelled by ada: not wanted")
    [running] = await claimed(store)
    assert (running.id, (await desk.jobs.cancel("ada", [other])).done) == (other, (other,))
    assert (await desk.jobs.show(other)).job.state == "running"
    assert await _verbs(desk) == ["jobs.cancel", "jobs.cancel"]


async def test_what_waits_is_held_or_dead_is_due_now(store: Store, desk: Desk) -> None:
    [letter] = await buried(store, b'"x"')
    held = await accepted(store)
    assert (await desk.jobs.hold("ada", [held])).done == (held,)
    assert await claimed(store) == []
    assert (await desk.jobs.retry("ada", [held, letter])).done == (held, letter)
    assert {job.id for job in await claimed(store)} == {held, letter}
    again = await desk.jobs.retry("ada", [held])
    assert [left.why for left in again.left] == ["it is running"]


async def test_a_head_that_is_in_the_way_is_skipped(store: Store, desk: Desk) -> None:
    head, after = [await accepted(store, key="k") for _ in range(2)]
    await desk.jobs.hold("ada", [head])
    assert (await desk.jobs.skip("ada", [head], reason="broken order")).done == (head,)
    assert [job.id for job in await claimed(store)] == [after]
    [row] = (await desk.dead.search(JobFilter())).items
    assert (row.id, row.cause) == (head, "skipped by ada: broken order")


async def test_queues_are_seen_paused_and_resumed(store: Store, desk: Desk) -> None:
    await buried(store, b'"x"')
    await accepted(store)
    first, mail = await desk.jobs.depths()
    assert (first.name, first.ready, first.dead, first.paused_by) == (QUEUE, 1, 1, "")
    assert mail == QueueRow("mail", "", 0, 0, 0, 0, 0, 0.0)
    assert (await desk.jobs.pause("ada", QUEUE, reason="the ERP is down")).done == (QUEUE,)
    assert [left.why for left in (await desk.jobs.pause("bob", QUEUE)).left] == ["it is paused already"]
    assert (await desk.jobs.depths())[0].paused_by == "ada"
    assert await claimed(store) == []
    assert (await desk.jobs.resume("ada", QUEUE)).done == (QUEUE,)
    assert [left.why for left in (await desk.jobs.resume("ada", QUEUE)).left] == ["it is not paused"]
    assert len(await claimed(store)) == 1
    assert (await desk.jobs.pause("ada", "mail")).done == ("mail",)
    for change in (desk.jobs.pause, desk.jobs.resume):
        with pytest.raises(NotFound):
            await change("ada", "none")


async def test_schedules_are_seen_run_paused_and_resumed(store: Store, desk: Desk) -> None:
    await store.write(lambda tx: register(tx, [NIGHTLY], SEAL))
    [row] = await desk.schedules.search()
    assert (row.name, row.timing, row.active, row.paused, row.last) == ("nightly", "every 24h", True, "", None)
    assert (await desk.schedules.run("ada", "nightly", once="k1")).done == ("nightly",)
    assert (await desk.schedules.run("ada", "nightly", once="k1")).again, "a double click is one run"
    [job] = await claimed(store)
    story = await desk.schedules.show("nightly")
    assert [(run.job_id, run.who) for run in story.runs] == [(job.id, "ada")]
    assert (await desk.schedules.pause("ada", "nightly")).done == ("nightly",)
    assert [left.why for left in (await desk.schedules.pause("bob", "nightly")).left] == ["it is paused already"]
    assert "ada" in (await desk.schedules.show("nightly")).schedule.paused
    assert (await desk.schedules.resume("ada", "nightly")).done == ("nightly",)
    assert [left.why for left in (await desk.schedules.resume("ada", "nightly")).left] == ["it is not paused"]
    assert await _verbs(desk) == ["schedules.pause", "schedules.resume", "schedules.run"]


async def test_a_schedule_that_is_not_there_is_not_found(desk: Desk) -> None:
    for ask in (
        lambda: desk.schedules.show("none"),
        lambda: desk.schedules.run("ada", "none"),
        lambda: desk.schedules.pause("ada", "none"),
        lambda: desk.schedules.resume("ada", "none"),
    ):
        with pytest.raises(NotFound):
            await ask()


async def test_what_the_configuration_pauses_or_has_no_more_is_said(store: Store, desk: Desk) -> None:
    paused = Registration("paused", "d", "every 1h", b"{}", QUEUE, paused=True)
    await store.write(lambda tx: register(tx, [NIGHTLY, paused], SEAL))
    assert [left.why for left in (await desk.schedules.resume("ada", "paused")).left] == ["the configuration pauses it"]
    await store.write(lambda tx: register(tx, [paused], SEAL))
    gone = await desk.schedules.run("ada", "nightly")
    assert [left.why for left in gone.left] == ["the configuration has it no more"]
    assert not (await desk.schedules.show("nightly")).schedule.active


async def test_health_tells_of_dead_letters(store: Store, desk: Desk) -> None:
    health = await desk.health()
    assert (health.store, health.dead, health.dead_since) == ("sqlite", 0, None)
    await buried(store, b'"x"')
    health = await desk.health()
    assert (health.dead, [row.name for row in health.queues]) == (1, [QUEUE, "mail"])
    assert health.dead_since


async def test_what_is_done_shows_its_result_masked(store: Store, desk: Desk) -> None:
    one = await accepted(store)
    [job] = await claimed(store)
    await finished(store, job)
    assert (await desk.jobs.show(one)).job.state == "done"
    with pytest.raises(NotFound):
        await desk.audited("none")
