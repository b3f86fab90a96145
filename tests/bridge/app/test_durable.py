"""What stands on the store, opened, worked and closed around a shop that the test plays itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bridge.app.durable import Around, Durable, needed, open_durable, queues_of
from bridge.app.lookup import Lookup
from bridge.call import Call, Reply
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.errors import ConfigError, StoreError, UpstreamInvalid
from bridge.events import Event, JobDead, JobDone, JobsGivenBack
from bridge.queue.calls import CallOrder
from bridge.queue.deeds import SCHEDULES
from bridge.shapes.json import Number
from bridge.store.bus import MemoryBus
from bridge.store.job_views import job_story
from bridge.store.jobs import enqueue
from bridge.store.schedule_rows import ScheduleState, read_state
from bridge.store.schedules import pause, resume
from tests.bridge.web.fake import snapshot
from tests.cpu import HANG_S

KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
CANARY = "canary-in-the-mine"
NIGHTLY = {"cron": "0 3 1 1 *", "call": "shop.GetOrder", "with": {"orderId": 1}}


@dataclass
class Here:
    """A folder, what was told, and a shop that answers when it may."""

    folder: Path
    events: list[Event] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    may: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False
    first: bool = True

    def __post_init__(self) -> None:
        self.clock = SystemClock()
        self.bus = MemoryBus(self.clock)
        self.may.set()
        self._news = asyncio.Event()

    def config(self, **more: Any) -> Config:
        shop = {"soap": {"wsdl": "http://127.0.0.1:9/shop?wsdl"}}
        known = {"state": str(self.folder / "state"), "store": f"sqlite:///{self.folder / 'bridge.db'}"}
        return Config.model_validate({**known, "upstreams": {"shop": shop}, **more})

    @asynccontextmanager
    async def durable(self, **more: Any) -> AsyncIterator[Durable]:
        config = self.config(**more)
        durable = await open_durable(config, Around(self.clock, self.note, self.bus, self.mask, self.first))
        try:
            served = snapshot(self.serve)
            await durable.start(Lookup(lambda: served, lambda: config))
            yield durable
        finally:
            await durable.stop()
            await durable.close()

    def note(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    async def told(self, kind: type[Event]) -> Any:
        async with asyncio.timeout(HANG_S):
            while not (found := [event for event in self.events if isinstance(event, kind)]):
                self._news.clear()
                await self._news.wait()
        return found[0]

    async def serve(self, call: Call) -> Reply:
        self.calls.append(call)
        self._news.set()
        await self.may.wait()
        if self.fails:
            raise UpstreamInvalid(cause=f"it said {CANARY}")
        return Reply(b'{"ok":true}')

    def mask(self, text: str) -> str:
        return text.replace(CANARY, "***")

    async def asked(self) -> None:
        async with asyncio.timeout(HANG_S):
            while not self.calls:
                self._news.clear()
                await self._news.wait()


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


async def ordered(durable: Durable, operation: str = "shop.GetOrder") -> str:
    job = CallOrder(operation, {"orderId": Number("1")}).job("calls")
    job_id = await durable.store.write(lambda tx: enqueue(tx, job, durable.seal))
    durable.wake("calls")
    return job_id


@pytest.mark.parametrize(
    ("given", "asks"),
    [
        ({}, False),
        ({"access": {"keys": [{"name": "ada", "key": "env:ADA", "scopes": ["*"]}]}}, False),
        ({"bus": "redis://127.0.0.1:1/0"}, False),
        ({"store": "sqlite:///bridge.db"}, True),
        ({"journal": {}}, True),
        ({"queues": {}}, True),
        ({"schedules": {}}, True),
        ({"streams": {}}, True),
        ({"admin": {}}, True),
    ],
)
def test_what_asks_for_a_store(given: dict[str, Any], asks: bool) -> None:
    assert needed(Config.model_validate(given)) is asks


def test_queues_are_those_that_are_named_anywhere(here: Here) -> None:
    config = here.config(queues={"slow": {"per_worker": 1}}, schedules={"nightly": {**NIGHTLY, "queue": "night"}})
    found = queues_of(config)
    assert sorted(found) == ["calls", "night", "slow"]
    assert found["slow"].per_worker == 1


class _Sleeper(SystemClock):
    """Sleeps on and on, unless it is for a moment."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds if seconds < 1.0 else HANG_S * 2)


async def test_who_fires_schedules_is_woken_by_a_person_and_by_the_other_processes(here: Here) -> None:
    here.clock = _Sleeper()

    async def state(durable: Durable) -> ScheduleState:
        found = await durable.store.read(lambda tx: read_state(tx, "nightly"))
        assert found is not None
        return found

    async def looked_at(durable: Durable) -> None:
        async with asyncio.timeout(HANG_S):
            while (await state(durable)).next_due is None:  # as a resumed one is until then
                pass

    async with here.durable(schedules={"nightly": NIGHTLY}) as durable:
        await looked_at(durable)
        assert durable.operators is not None
        desk = durable.operators.desk.schedules
        for _ in range(2):
            assert (await desk.pause("ada", "nightly")).done == ("nightly",)
            assert (await desk.resume("ada", "nightly")).done == ("nightly",)
            await looked_at(durable)
        await durable.store.write(lambda tx: pause(tx, "nightly", "ada") and resume(tx, "nightly"))
        assert (await state(durable)).next_due is None
        here.bus.publish(f"jobs.{SCHEDULES}", b"")
        await looked_at(durable)


async def test_a_job_is_done_and_what_it_was_told_goes_along(here: Here) -> None:
    async with here.durable() as durable:
        job_id = await ordered(durable)
        done = await here.told(JobDone)
        assert (done.job_id, here.calls[0].idempotency_key) == (job_id, job_id)
        assert durable.recording is not None
        assert (here.folder / "state" / "admin.sock").exists()
    assert not (here.folder / "state" / "admin.sock").exists()


async def test_no_secret_gets_into_what_is_kept_of_a_failure(here: Here) -> None:
    here.fails = True
    async with here.durable() as durable:
        job_id = await ordered(durable)
        dead = await here.told(JobDead)
        told = await durable.store.read(lambda tx: job_story(tx, job_id, durable.seal))
    assert dead.job_id == job_id
    assert "it said ***" in dead.cause
    assert CANARY not in repr(told)
    assert CANARY.encode() not in b"".join(one.read_bytes() for one in here.folder.glob("bridge.db*"))


@pytest.mark.parametrize("sealed", [True, False])
async def test_words_of_others_are_kept_with_a_job_only_where_nothing_is_sealed(
    here: Here, monkeypatch: pytest.MonkeyPatch, *, sealed: bool
) -> None:
    monkeypatch.setenv("BRIDGE_TEST_KEY", KEY)
    here.fails = True
    more = {"key": "env:BRIDGE_TEST_KEY"} if sealed else {}
    async with here.durable(store={"url": f"sqlite:///{here.folder / 'bridge.db'}", **more}) as durable:
        job_id = await ordered(durable)
        assert "it said ***" in (await here.told(JobDead)).cause
        told = await durable.store.read(lambda tx: job_story(tx, job_id, durable.seal))
    title = UpstreamInvalid.title
    kept = [told.job.cause, *(one.cause for one in told.attempts)]
    assert kept == [title if sealed else f"{title}: it said ***"] * 2


async def test_a_stop_gives_back_what_is_under_way_and_the_next_one_does_it(here: Here) -> None:
    here.may.clear()
    async with here.durable(server={"limits": {"drain": "100ms"}}) as durable:
        job_id = await ordered(durable)
        await here.asked()
    assert (await here.told(JobsGivenBack)).count == 1
    here.may.set()
    async with here.durable():
        done = await here.told(JobDone)
    assert (done.job_id, done.attempt) == (job_id, 1)


async def test_a_journal_that_is_switched_off_records_nothing(here: Here) -> None:
    async with here.durable(journal={"enabled": False}) as durable:
        assert durable.recording is None


@pytest.mark.parametrize(
    ("more", "extracts"),
    [({}, True), ({"key": "env:BRIDGE_TEST_KEY"}, False)],
)
async def test_words_lie_open_only_where_nothing_is_sealed(
    here: Here, monkeypatch: pytest.MonkeyPatch, more: dict[str, str], extracts: bool
) -> None:
    monkeypatch.setenv("BRIDGE_TEST_KEY", KEY)
    async with here.durable(store={"url": f"sqlite:///{here.folder / 'bridge.db'}", **more}) as durable:
        assert durable.recording is not None
        assert (durable.recording.extractor is not None) is extracts


async def test_schedules_may_change_but_not_to_a_queue_that_nobody_works_on(here: Here) -> None:
    async with here.durable(schedules={"nightly": {**NIGHTLY, "queue": "night"}}) as durable:
        with pytest.raises(ValueError, match="the queue day: a queue begins with a restart"):
            await durable.change(here.config(schedules={"daily": {**NIGHTLY, "queue": "day"}}))
        await durable.change(here.config())
        await durable.change(here.config(schedules={"nightly": {**NIGHTLY, "queue": "night"}}))


async def test_of_several_processes_one_has_the_listeners_of_operators(here: Here) -> None:
    here.first = False
    async with here.durable() as durable:
        assert durable.operators is None
    assert not (here.folder / "state").exists()


async def test_another_process_is_woken_over_the_bus(here: Here) -> None:
    heard: list[bytes] = []
    here.bus.subscribe("jobs.calls", heard.append)
    async with here.durable() as durable:
        durable.wake("calls")
    assert heard == [b""]


@pytest.mark.parametrize("broken", ["bridge.db", "bridge-streams.db"])
async def test_what_cannot_be_opened_is_told_and_nothing_stays_open(here: Here, broken: str) -> None:
    (here.folder / broken).write_bytes(b"this is no database, whatever it is called " * 100)
    config = here.config(streams={"news": {}})
    with pytest.raises(StoreError, match=broken):
        await open_durable(config, Around(here.clock, here.note, here.bus, here.mask))
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("store")]


async def test_holidays_that_are_not_there_are_a_fault_of_the_configuration(here: Here) -> None:
    daily = {"at": "06:00", "on": "bank_days", "holidays": str(here.folder / "none.txt"), "call": "shop.GetOrder"}
    with pytest.raises(ConfigError, match=r"holidays file .*none\.txt is not there"):
        async with here.durable(schedules={"daily": daily}):
            pass
