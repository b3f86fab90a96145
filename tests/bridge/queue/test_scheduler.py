"""The loop: it fires what is due, tells of it, goes on when the store is back, and hears of changes made elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bridge import events
from bridge.clock import SystemClock
from bridge.errors import StoreUnavailable
from bridge.events import Event
from bridge.queue.schedule_settings import ScheduleSettings
from bridge.queue.scheduler import LOOK_S, Scheduler
from bridge.store.schedule_fire import run_now
from bridge.store.schedule_rows import read_runs, read_states
from bridge.store.schedules import CLOCK_BACK_MAX_S, pause, resume
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store

SEAL = Seal(None)
START = 1_800_000_000.0  # 2027-01-15T08:00:00Z


class HandClock(SystemClock):
    """The wall clock is the test's; a sleep ends when the test says so, and says how long it was to be."""

    def __init__(self) -> None:
        self.now = START
        self.sleeps: asyncio.Queue[float] = asyncio.Queue()
        self.turn = asyncio.Event()

    def wall(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.sleeps.put_nowait(seconds)
        self.turn.clear()
        await self.turn.wait()

    async def slept(self) -> float:
        async with asyncio.timeout(20):
            return await self.sleeps.get()

    def move(self, seconds: float) -> None:
        self.now += seconds
        self.turn.set()


class Rig:
    """A scheduler on a store of its own, and what it told."""

    def __init__(self, store: Store, clock: HandClock) -> None:
        self.store, self.clock = store, clock
        self.told: list[Event] = []
        self.woken: list[str] = []
        self.scheduler = Scheduler(store, SEAL, clock, self.told.append, self.woken.append)

    async def configure(self, **given: dict[str, Any]) -> None:
        found = {name: ScheduleSettings.model_validate({"call": "shop.Export", **one}) for name, one in given.items()}
        await self.scheduler.configure(found)

    async def settle(self) -> float:
        """Looks until there is nothing more to do now."""
        pause_s = 0.0
        while pause_s == 0.0:
            pause_s = await self.scheduler.round()
        return pause_s

    def kinds(self) -> list[str]:
        return [type(one).__name__ for one in self.told]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    clock = HandClock()
    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), clock)
    yield Rig(store, clock)
    await store.close()


async def test_it_sleeps_until_the_next_slot_and_never_long(rig: Rig) -> None:
    await rig.configure(often={"every": "4s"})
    assert await rig.settle() == 4.0
    await rig.configure(often={"every": "1h"})
    assert await rig.settle() == LOOK_S
    (state,) = await rig.store.read(read_states)
    assert state.next_due == START + 3600
    assert state.upcoming.split()[:2] == ["2027-01-15T09:00:00Z", "2027-01-15T10:00:00Z"]


async def test_what_is_due_becomes_a_job_and_is_told(rig: Rig) -> None:
    await rig.configure(often={"every": "1h", "queue": "night"})
    await rig.settle()
    rig.clock.now += 3600
    await rig.settle()
    (fired,) = rig.told
    assert isinstance(fired, events.ScheduleFired)
    assert (fired.schedule, fired.slot, fired.late, rig.woken) == ("often", "2027-01-15T09:00:00Z", False, ["night"])
    rig.clock.now += 3 * 3600 + 120
    await rig.settle()
    assert rig.kinds() == ["ScheduleFired", "ScheduleMissed", "ScheduleSkipped"]
    missed = rig.told[1]
    assert isinstance(missed, events.ScheduleMissed)
    assert (missed.missed, missed.more, missed.upto) == (2, False, "2027-01-15T12:00:00Z")


async def test_a_clock_set_back_fires_nothing_again_and_one_that_was_far_ahead_is_forgiven(rig: Rig) -> None:
    await rig.configure(often={"every": "1h"})
    rig.clock.now += 3600
    await rig.settle()
    rig.clock.now -= 7200
    await rig.settle()
    rig.clock.now += 7200
    await rig.settle()
    assert rig.kinds() == ["ScheduleFired"]
    rig.clock.now += 10 * 86400
    await rig.settle()
    rig.clock.now -= 10 * 86400
    assert rig.clock.now < START + 10 * 86400 - CLOCK_BACK_MAX_S
    rig.told.clear()
    await rig.settle()
    assert rig.kinds() == ["ScheduleRewound"]
    rig.clock.now += 3600
    await rig.settle()
    assert rig.kinds()[1:] == ["ScheduleSkipped"], "it counts again; the run before has not ended in this test"


async def test_the_loop_fires_stops_and_hears_of_a_change(rig: Rig) -> None:
    await rig.configure(often={"every": "1h"})
    await rig.store.write(lambda tx: pause(tx, "often", "ann"))
    rig.scheduler.start()
    assert await rig.clock.slept() == LOOK_S
    rig.clock.move(3600)
    assert await rig.clock.slept() == LOOK_S
    assert rig.told == []
    await rig.store.write(lambda tx: resume(tx, "often"))
    rig.scheduler.wake()
    await rig.clock.slept()
    rig.clock.move(3600)
    await rig.clock.slept()
    await rig.scheduler.stop()
    assert rig.kinds() == ["ScheduleFired"]


async def test_a_run_by_hand_is_seen_beside_the_others(rig: Rig) -> None:
    await rig.configure(often={"every": "1h"})
    await rig.store.write(lambda tx: run_now(tx, "often", "ann", SEAL))
    rig.clock.now += 3600
    await rig.settle()
    runs = await rig.store.read(lambda tx: read_runs(tx, "often"))
    assert [(run.slot.partition(":")[0], run.who, run.state) for run in runs] == [
        ("2027-01-15T09", "", "skipped"),
        ("manual", "ann", "fired"),
    ]


async def test_without_the_store_it_waits_longer_each_time_and_then_makes_up(rig: Rig) -> None:
    await rig.configure(often={"every": "1h"})
    whole = rig.store

    class Gone:
        async def read(self, _query: object) -> None:
            raise StoreUnavailable(cause="the disk is full")

    rig.scheduler.store = Gone()  # type: ignore[assignment]  # a store that is away
    rig.scheduler.start()
    pauses = []
    for _ in range(8):
        pauses.append(await rig.clock.slept())
        rig.clock.move(600)
    assert 0.25 <= pauses[0] <= 0.5
    assert 8 < pauses[-1] <= 30
    assert set(rig.kinds()) == {"SchedulesDelayed"}
    assert {one.reason for one in rig.told if isinstance(one, events.SchedulesDelayed)} == {"the disk is full"}
    rig.scheduler.store = whole
    await rig.clock.slept()
    await rig.scheduler.stop()
    assert rig.kinds()[-1:] == ["ScheduleFired"]


async def test_a_fault_of_ours_ends_nothing(rig: Rig) -> None:
    await rig.configure(often={"every": "1h"})

    class Broken:
        async def read(self, _query: object) -> None:
            raise KeyError("ours")

    rig.scheduler.store = Broken()  # type: ignore[assignment]  # what no store does
    rig.scheduler.start()
    await rig.clock.slept()
    rig.clock.move(0)
    await rig.clock.slept()
    await rig.scheduler.stop()
    assert rig.kinds() == ["InternalError", "InternalError"]


async def test_holidays_that_cannot_be_read_change_nothing(rig: Rig) -> None:
    await rig.configure(often={"every": "1h"})
    with pytest.raises(ValueError, match="is not there"):
        await rig.configure(bank={"at": "06:00", "on": "bank_days", "holidays": "/nowhere/uk.txt"})
    assert [(state.name, state.active) for state in await rig.store.read(read_states)] == [("often", 1)]


async def test_many_that_are_due_at_once_are_all_fired(rig: Rig) -> None:
    await rig.configure(**{f"s{n}": {"every": "1h"} for n in range(450)})
    await rig.settle()
    rig.clock.now += 3600
    await rig.settle()
    assert len(rig.told) == 450
    assert len({one.schedule for one in rig.told if isinstance(one, events.ScheduleFired)}) == 450
