"""What is written under `limits:` is what holds, over a reload and over all workers."""

from __future__ import annotations

import asyncio

import pytest

from bridge.app.limiting import ABOUT, Limiting
from bridge.app.opening import Surroundings
from bridge.call import Call, Trace
from bridge.clock import SystemClock
from bridge.errors import Overloaded, Quota, UpstreamThrottled
from bridge.layers.cache_store import CacheStore
from bridge.layers.limit import LimitsSettings
from bridge.store.bus import MemoryBus

CLOCK = SystemClock()


def around(bus: MemoryBus, workers: int = 1) -> Surroundings:
    store = CacheStore(1000, CLOCK)
    return Surroundings(None, store, CLOCK, lambda _: None, asyncio.Semaphore(1), bus=bus, workers=workers)


def limits(**written: object) -> LimitsSettings:
    return LimitsSettings.model_validate(written)


def call(in_s: float = 1.0) -> Call:
    return Call("shop.GetOrder", b"{}", CLOCK.monotonic() + in_s, Trace("", ""))


async def test_a_reload_is_no_new_burst() -> None:
    bus, settings = MemoryBus(CLOCK), limits(rate="1/m", burst=1)
    before = Limiting("shop", settings, around(bus), shared=False)
    await before.slots.take(call())
    before.close()
    after = Limiting("shop", settings, around(bus), shared=False)
    with pytest.raises(Overloaded) as caught:
        await after.slots.take(call())
    assert caught.value.retry_after_s == pytest.approx(60, abs=1)


async def test_each_worker_lets_its_part_of_the_queue_wait_and_all_share_the_places() -> None:
    bus = MemoryBus(CLOCK)
    one, other = (Limiting("shop", limits(concurrency=1, queue=0), around(bus, 2), shared=True) for _ in range(2))
    await one.slots.take(call())
    with pytest.raises(Overloaded):
        await other.slots.take(call())
    one.slots.give_back(0.1)
    await other.slots.take(call())


async def test_a_pause_that_one_heard_of_holds_for_all() -> None:
    bus = MemoryBus(CLOCK)
    one, other = (Limiting("shop", limits(), around(bus, 2), shared=True) for _ in range(2))
    error = UpstreamThrottled()
    error.quota = Quota(reset_s=40.0, refused=True)
    one.slots.ended(call(), 0.0, error, None)
    await asyncio.sleep(0)  # what is published is heard in the next turn
    with pytest.raises(Overloaded) as caught:
        await other.slots.take(call())
    assert caught.value.retry_after_s == pytest.approx(40, abs=1)
    bus.publish("limit.shop", b"nonsense")
    bus.publish("limit.shop", b"9" * 1000)
    await asyncio.sleep(0)  # as above
    one.close()
    other.close()


async def test_an_adaptive_limit_begins_within_its_bounds() -> None:
    made = Limiting(
        "shop", limits(concurrency={"adaptive": {"min": 2, "max": 6}}), around(MemoryBus(CLOCK)), shared=False
    )
    assert made.slots.limit == 6


async def test_an_upstream_is_watched_for_what_it_has() -> None:
    bus = MemoryBus(CLOCK)
    plain = Limiting("shop", limits(concurrency=3), around(bus), shared=False)
    await plain.slots.take(call())
    assert {name: plain.figure(name) for name in ABOUT} == {
        "waiting": 0.0,
        "in_use": 1.0,
        "concurrency": 3.0,
        "tokens": None,
    }
    paced = Limiting("crm", limits(rate="2/h", burst=7), around(bus), shared=False)
    await paced.slots.take(call())
    assert paced.figure("tokens") == pytest.approx(6.0, abs=0.1)
