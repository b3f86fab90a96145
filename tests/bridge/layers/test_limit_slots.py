"""The door of an upstream: never more than it bears, nobody waits longer than he should, turns are fair."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any

import pytest

from bridge.call import Call, Priority
from bridge.errors import Overloaded, Quota, UpstreamThrottled, UpstreamTimeout
from bridge.events_limits import CallRefused, ConcurrencyChanged, UpstreamPaused
from bridge.layers.adaptive import Adaptive
from bridge.layers.limit import Limited, Slots
from bridge.layers.rate import Rate
from bridge.store.bus import MemoryBus
from tests.bridge.layers.meeting import MeetingBus
from tests.bridge.layers.world import Inner, World, passes


def paced(world: World, rate_per_s: float, burst: int, bus: MemoryBus | None = None, **more: Any) -> Slots:
    bus = bus or MemoryBus(world.clock)
    rate = Rate(world.clock, bus.tokens("rate.shop", rate_per_s, burst), rate_per_s, burst)
    settings: dict[str, Any] = {"upstream": "shop", "emit": world.events.append, **more}
    return Slots(settings.pop("concurrency", 100), settings.pop("queue", 1000), world.clock, rate=rate, **settings)


def service(world: World, inner: Inner, slots: Slots) -> Limited:
    return Limited(inner, slots, world.clock)


async def refused(waiting: asyncio.Future[Any]) -> Overloaded:
    with pytest.raises(Overloaded) as caught:
        await waiting
    return caught.value


async def test_calls_leave_at_the_rate_and_none_is_refused_that_has_time(world: World) -> None:
    inner = Inner([b"{}"] * 50)
    limited = service(world, inner, paced(world, 5.0, 1))
    await asyncio.gather(*(limited(world.call(in_s=100.0)) for _ in range(50)))
    times = [asked.at for asked in inner.asked]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.2 - 1e-6
    assert times[-1] - times[0] == pytest.approx(49 / 5, abs=0.2)


async def test_a_turn_that_would_come_too_late_is_refused_at_once_with_the_time_of_it(world: World) -> None:
    inner = Inner([b"{}"] * 50)
    slots = paced(world, 1 / 60, 1, wait_s=10.0)
    limited = service(world, inner, slots)
    await limited(world.call())
    before = world.clock.monotonic()
    error = await refused(asyncio.ensure_future(limited(world.call(in_s=30.0))))
    assert world.clock.monotonic() == before
    assert (error.status, error.code, error.retry_after_s) == (503, "overloaded", 60)
    await passes(60.0)
    await limited(world.call())
    assert [(one.reason, one.retry_after_s) for one in world.heard(CallRefused)] == [("wait", 60)]


async def test_nobody_waits_past_his_deadline_nor_longer_than_is_said(world: World) -> None:
    inner = Inner()
    limited = service(world, inner, Slots(1, 100, world.clock, wait_s=4.0))
    holder = asyncio.ensure_future(limited(world.call(in_s=100.0)))
    asked = await inner.arrival()
    for in_s, until in ((100.0, 4.0), (2.0, 2.0)):
        began = world.clock.monotonic()
        await refused(asyncio.ensure_future(limited(world.call(in_s=in_s))))
        assert world.clock.monotonic() - began == pytest.approx(until)
    asked.reply()
    await holder


async def test_a_place_that_is_held_longer_is_no_burst_when_it_is_free(world: World) -> None:
    """Tokens that were taken before places would all be used in the moment in which places become free."""
    inner = Inner([b"{}"] * 60, takes_s=10.0)
    limited = service(world, inner, paced(world, 2.0, 1, concurrency=10))
    await asyncio.gather(*(limited(world.call(in_s=200.0)) for _ in range(60)))
    times = [asked.at for asked in inner.asked]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.5 - 1e-6
    assert inner.most_under_way <= 10


async def test_one_callers_flood_does_not_keep_others_waiting(world: World) -> None:
    inner = Inner([b"{}"] * 1000, takes_s=0.1)
    limited = service(world, inner, Slots(1, 1000, world.clock))
    flood = [asyncio.ensure_future(limited(world.call(who="flood", in_s=1000.0))) for _ in range(500)]
    await inner.arrival(3)
    began = world.clock.monotonic()
    await asyncio.gather(*(limited(world.call(who=f"caller-{number}", in_s=60.0)) for number in range(5)))
    assert world.clock.monotonic() - began < 1.4
    for task in flood:
        task.cancel()
    await asyncio.wait(flood)


async def test_whoever_waits_for_an_answer_goes_before_jobs_but_jobs_never_stand_still(world: World) -> None:
    inner = Inner([b"{}"] * 1000, takes_s=1.0)
    limited = service(world, inner, Slots(1, 1000, world.clock, background_every=5))

    def call(priority: Priority, who: str) -> Call:
        return world.call(in_s=1000.0, who=who).with_(priority=priority)

    tasks = [asyncio.ensure_future(limited(call("background", "job"))) for _ in range(20)]
    tasks += [asyncio.ensure_future(limited(call("interactive", "web"))) for _ in range(20)]
    await asyncio.gather(*tasks)
    order = [asked.call.priority for asked in inner.asked][1:]  # the first came when nobody waited
    assert order[:24].count("background") == 4
    assert order[24:] == ["background"] * 15


async def test_whoever_gives_way_in_a_full_queue_is_told_when_to_come_back(world: World) -> None:
    inner = Inner([b"{}"] * 20, takes_s=1.0)
    limited = service(world, inner, Slots(1, 3, world.clock, upstream="shop", emit=world.events.append))
    flood = [asyncio.ensure_future(limited(world.call(who="flood", in_s=100.0))) for _ in range(4)]
    await inner.arrival()
    await passes(0.001)  # by then everybody has come as far as he can
    other = asyncio.ensure_future(limited(world.call(who="other", in_s=100.0)))
    error = await refused(flood.pop())
    assert error.retry_after_s is not None
    await asyncio.gather(other, *flood)
    assert [one.reason for one in world.heard(CallRefused)] == ["queue"]


async def test_a_refusal_of_the_upstream_keeps_all_away_until_the_time_it_named(world: World) -> None:
    throttled = UpstreamThrottled(retry_after_s=8.0)
    throttled.quota = Quota(reset_s=8.0, refused=True)
    inner = Inner([throttled, b"{}", b"{}"])
    told: list[float] = []
    slots = Slots(5, 10, world.clock, upstream="shop", emit=world.events.append, paused=told.append)
    limited = service(world, inner, slots)
    with pytest.raises(UpstreamThrottled):
        await limited(world.call())
    error = await refused(asyncio.ensure_future(limited(world.call(in_s=5.0))))
    assert error.retry_after_s == 8
    await limited(world.call(in_s=20.0))
    assert inner.asked[1].at - inner.asked[0].at == pytest.approx(8.0)
    assert [one.pause_s for one in world.heard(UpstreamPaused)] == told == [8.0]


async def test_who_does_not_heed_it_goes_on(world: World) -> None:
    throttled = UpstreamThrottled(retry_after_s=8.0)
    throttled.quota = Quota(reset_s=8.0, refused=True)
    limited = service(world, Inner([throttled, b"{}"]), Slots(5, 10, world.clock, heed=False))
    with pytest.raises(UpstreamThrottled):
        await limited(world.call())
    before = world.clock.monotonic()
    await limited(world.call())
    assert world.clock.monotonic() == before


async def test_another_worker_hears_of_a_pause(world: World) -> None:
    slots = Slots(5, 10, world.clock)
    slots.pause(6.0)
    before = world.clock.monotonic()
    await service(world, Inner([b"{}"]), slots)(world.call())
    assert world.clock.monotonic() - before == pytest.approx(6.0)


async def test_the_limit_follows_what_the_upstream_bears(world: World) -> None:
    late: list[bytes | Exception] = [UpstreamTimeout() for _ in range(40)]
    slots = Slots(64, 1000, world.clock, adaptive=Adaptive(2, 64), upstream="shop", emit=world.events.append)
    limited = service(world, Inner([*late, *[b"{}"] * 2000], takes_s=0.1), slots)
    await asyncio.gather(*(limited(world.call(in_s=100.0)) for _ in range(40)), return_exceptions=True)
    low = slots.limit
    assert low <= 3
    for _ in range(8):
        await asyncio.gather(*(limited(world.call(in_s=100.0)) for _ in range(200)))
    assert slots.limit > low + 5
    assert world.heard(ConcurrencyChanged)


async def test_no_place_and_no_turn_is_lost_whoever_leaves_when(world: World) -> None:
    rng = random.Random(5)
    inner = Inner([b"{}"] * 2000, takes_s=0.3)
    slots = paced(world, 20.0, 5, concurrency=3, queue=2000)
    limited = service(world, inner, slots)
    tasks = [
        asyncio.ensure_future(limited(world.call(who=rng.choice("abc"), in_s=rng.choice([0.4, 1.0, 90.0]))))
        for _ in range(300)
    ]
    for task in rng.sample(tasks, 150):
        await passes(rng.choice([0.0, 0.05, 0.1]))
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (slots.in_use, slots.waiting) == (0, 0)
    assert inner.most_under_way == 3
    inner.most_under_way = 0
    await asyncio.gather(*(limited(world.call(in_s=100.0)) for _ in range(9)))
    assert inner.most_under_way == 3


# ── over all workers ─────────────────────────────────────────────────────────────────────────────────────────────────


def sharing(world: World, bus: MeetingBus, concurrency: int, queue: int) -> Slots:
    return Slots(concurrency, queue, world.clock, places=bus.places("limit.shop", concurrency))


async def test_two_workers_share_the_places(world: World) -> None:
    bus = MeetingBus()
    one, other = sharing(world, bus, 1, 10), sharing(world, bus, 1, 10)
    await one.take(world.call())
    waiting = asyncio.create_task(other.take(world.call()))
    await passes(0.5)
    assert not waiting.done()
    one.give_back(0.5)
    await waiting
    error = await refused(asyncio.ensure_future(one.take(world.call(in_s=2.0))))
    assert error.retry_after_s == 1
    other.give_back(1.0)


async def test_without_a_queue_nobody_waits(world: World) -> None:
    one = sharing(world, MeetingBus(), 1, 0)
    await one.take(world.call())
    before = world.clock.monotonic()
    await refused(asyncio.ensure_future(one.take(world.call())))
    assert world.clock.monotonic() == before


async def test_two_workers_together_keep_the_rate_and_both_get_on(world: World) -> None:
    bus, inner = MeetingBus(), Inner([b"{}"] * 400, takes_s=0.05)
    workers = [
        Limited(inner, paced(world, 10.0, 2, bus, places=bus.places("limit.shop", 4), concurrency=4), world.clock)
        for _ in range(2)
    ]
    began = world.clock.monotonic()
    ends: list[list[float]] = [[], []]

    async def ask(number: int) -> None:
        await workers[number](world.call(in_s=500.0))
        ends[number].append(world.clock.monotonic() - began)

    await asyncio.gather(*(ask(number % 2) for number in range(100)))
    times = [asked.at for asked in inner.asked]
    for first, at in enumerate(times):
        for number, later in enumerate(times[first:], 1):
            assert number <= 10.0 * (later - at) + 2 + 1e-6
    assert times[-1] - times[0] < 100 / 10 * 1.1
    assert max(abs(a - b) for a, b in zip(*map(sorted, ends), strict=True)) < 3


async def test_places_of_all_are_given_back_whoever_leaves_when(world: World) -> None:
    rng, bus = random.Random(9), MeetingBus()
    inner = Inner([b"{}"] * 2000, takes_s=0.3)
    workers = [Limited(inner, sharing(world, bus, 3, 1000), world.clock) for _ in range(2)]
    tasks = [
        asyncio.ensure_future(rng.choice(workers)(world.call(in_s=rng.choice([0.4, 1.0, 90.0])))) for _ in range(200)
    ]
    for task in rng.sample(tasks, 120):
        await passes(rng.choice([0.0, 0.05, 0.1]))
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await passes(5.0)
    inner.most_under_way = 0
    await asyncio.gather(*(workers[number % 2](world.call(in_s=100.0)) for number in range(12)))
    assert inner.most_under_way == 3
