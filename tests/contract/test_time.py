"""Two nodes on one PostgreSQL, and the clock of one of them is a minute ahead or behind: the server's time is that of
both. On SQLite all processes are on one machine and have its clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bridge.clock import SystemClock
from bridge.events import Event, ScheduleFired
from bridge.queue.schedule_settings import ScheduleSettings
from bridge.queue.scheduler import Scheduler
from bridge.store.jobs import Terms
from bridge.store.schedule_rows import read_runs
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.contract.jobs_world import LEASE_S, SEAL, Jobs, MovedClock

OFF_S = 60.0
assert OFF_S > LEASE_S

pytestmark = pytest.mark.parametrize("store_kind", ["postgresql"])


class Off(MovedClock):
    """A clock that goes, and is wrong by `off_s`."""

    def __init__(self, off_s: float) -> None:
        self.off_s = off_s

    def wall(self) -> float:
        return SystemClock().wall() + self.off_s


@pytest.fixture(params=[OFF_S, -OFF_S], ids=["ahead", "behind"])
async def off(request: pytest.FixtureRequest, store_url: str) -> AsyncIterator[Jobs]:
    clock = Off(request.param)
    store = await Store.open(StoreSettings(url=store_url), clock)
    yield Jobs(store, clock)
    await store.close()


@pytest.fixture
async def right(store_url: str) -> AsyncIterator[Jobs]:
    clock = Off(0.0)
    store = await Store.open(StoreSettings(url=store_url), clock)
    yield Jobs(store, clock)
    await store.close()


async def test_no_lease_is_taken_early_whoever_gave_it(right: Jobs, off: Jobs) -> None:
    for holder, other in ((right, off), (off, right)):
        await right.put()
        job = await holder.one()
        assert await other.claim() == []
        assert await holder.renew(job) == {job.id}
        assert await other.claim() == []
        assert await holder.done(job)


async def test_a_clock_that_is_set_while_a_job_runs_moves_no_lease(right: Jobs, off: Jobs) -> None:
    await right.put()
    job = await off.one()
    off.clock.off_s = 86_400.0
    assert await off.claim() == []
    assert await off.renew(job) == {job.id}
    off.clock.off_s = -86_400.0
    assert await right.claim() == []
    assert await off.done(job)


async def test_what_is_not_to_be_done_before_is_not_done_before(right: Jobs, off: Jobs) -> None:
    now = await right.store.read(lambda tx: tx.now)
    await off.put(not_before=now + OFF_S / 2)
    assert await off.claim() == await right.claim() == []
    due = await right.put(not_before=now)
    [job] = await off.claim()
    assert job.id == due


async def test_a_rate_gives_no_more(right: Jobs, off: Jobs) -> None:
    terms = Terms(attempts_max=10, rate_per_s=1 / OFF_S, burst=1)
    for _ in range(3):
        await right.put()
    assert len(await right.claim(terms=terms)) == 1
    assert await off.claim(terms=terms) == await right.claim(terms=terms) == []


async def test_a_schedule_fires_once_and_not_before_its_time(right: Jobs, off: Jobs) -> None:
    now = await right.store.read(lambda tx: tx.now)
    soon = datetime.fromtimestamp(int(now) + 2, UTC)
    later = datetime.fromtimestamp(int(now) + OFF_S / 2, UTC)
    settings = {
        name: ScheduleSettings.model_validate({"every": "1d", "from": at.isoformat(), "call": "shop.Export"})
        for name, at in (("soon", soon), ("later", later))
    }
    told, fired = list[Event](), asyncio.Event()

    def tell(event: Event) -> None:
        told.append(event)
        fired.set()

    schedulers = [Scheduler(one.store, SEAL, one.store.clock, tell) for one in (right, off)]
    for one in schedulers:
        await one.configure(settings)
    for one in schedulers:
        one.start()
    await asyncio.wait_for(fired.wait(), 20)
    for one in schedulers:
        await one.round()
        await one.stop()
    assert [(one.schedule, one.late) for one in told if isinstance(one, ScheduleFired)] == [("soon", False)]
    [run] = await right.store.read(lambda tx: read_runs(tx, "soon"))
    assert soon.timestamp() <= run.fired_at < soon.timestamp() + OFF_S / 2


async def test_the_clock_of_the_store_is_that_of_its_server(right: Jobs, off: Jobs) -> None:
    now = await off.store.write(lambda tx: tx.now)
    assert abs(off.store.clock.wall() - now) < OFF_S / 2
    assert abs(off.store.clock.ahead_s - off.clock.off_s) < OFF_S / 2
    await right.store.read(lambda tx: tx.now)
    assert right.store.clock.ahead_s == 0.0
