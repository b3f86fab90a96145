"""The breaker in its place: whom it turns away, what it counts, and what it spares a system that is down."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from bridge.call import Call, Reply, Service
from bridge.config.model import UpstreamSettings
from bridge.contracts import Operation
from bridge.errors import (
    AnswerFailed,
    BreakerOpen,
    CallError,
    DoesNotFit,
    Fault,
    Overloaded,
    UpstreamFault,
    UpstreamThrottled,
    UpstreamUnreachable,
)
from bridge.events import CallRetried
from bridge.events_calls import BreakerChanged
from bridge.layers.breaker import WHOLE, Breakers, BreakerSettings, Guarded, Measured, Seen, breakers_of
from bridge.layers.limit import LimitsSettings
from bridge.layers.retry import RetrySettings
from bridge.layers.stack import LayerSettings, Shared, build
from tests.bridge.layers.world import READ, WRITE, Inner, World, passes

OTHER = Operation("shop", "GetStock", safe=True)
THIRD = Operation("shop", "GetPrice", safe=True)


def breakers(world: World, **written: object) -> Breakers:
    terms = BreakerSettings.model_validate(written).terms
    return Breakers("shop", terms, world.clock, world.events.append, random.Random(5))


def shared(world: World, **written: object) -> Shared:
    return Shared(
        *(world.clock, world.events.append, world.store, world.upstream().slots),
        rng=random.Random(7),
        breakers=breakers(world, **written),
    )


def stack(around: Shared, inner: Service, operation: Operation = READ, attempts: int = 1, **limits: str) -> Service:
    retry = RetrySettings.model_validate({"attempts": attempts})
    settings = LayerSettings(LimitsSettings.model_validate(limits), retry)
    return build(operation, inner, settings, around)


async def each(world: World, service: Service, calls: int, operation: Operation = READ) -> list[str]:
    """What came of so many calls, one after the other."""
    ended = list[str]()
    for _ in range(calls):
        try:
            await service(world.call(operation=operation))
            ended.append("ok")
        except CallError as error:
            ended.append(error.code)
    return ended


def seen(around: Shared, operation: str) -> Seen:
    assert around.breakers is not None
    return next(one for one in around.breakers.seen() if one.operation == operation)


async def test_works_breaks_is_seen_recovers(world: World) -> None:
    around = shared(world)
    inner = Inner([b"1", *[UpstreamFault()] * 20, *[b"2"] * 9])
    service = stack(around, inner)
    assert await each(world, service, 30) == ["ok", *["upstream_fault"] * 19, *["breaker_open"] * 10]
    await passes(5.0)
    inner = Inner([b"2"] * 9)
    assert await each(world, stack(around, inner), 4) == ["ok"] * 4
    told = [(event.operation, event.state, event.why) for event in world.heard(BreakerChanged)]
    assert told == [
        ("GetOrder", "open", "failures"),
        ("GetOrder", "half-open", "time"),
        ("GetOrder", "closed", "trials-passed"),
    ]


async def test_who_is_turned_away_is_told_when_to_come_back_and_waits_for_nothing(world: World) -> None:
    around = shared(world)
    service = stack(around, Inner([UpstreamFault()] * 20), attempts=5)
    await each(world, service, 10)
    world.events.clear()
    began = world.clock.monotonic()
    with pytest.raises(BreakerOpen) as caught:
        await service(world.call())
    assert (caught.value.status, caught.value.code, caught.value.outcome) == (503, "breaker_open", "not_sent")
    assert caught.value.attempts == 0
    assert 1.0 <= (caught.value.retry_after_s or 0.0) <= 6.25
    assert (world.clock.monotonic(), world.heard(CallRetried)) == (began, [])


@pytest.mark.parametrize(
    ("error", "opens"),
    [
        (UpstreamFault(), True),
        (UpstreamUnreachable(), True),
        (UpstreamThrottled(cause="http_503"), True),
        (UpstreamThrottled(cause="http_429"), False),
        (Fault("no", status=404), False),
        (AnswerFailed("no"), False),
        (DoesNotFit(), False),
        (Overloaded(retry_after_s=1), False),
        (ZeroDivisionError(), False),
    ],
)
async def test_what_counts(world: World, error: Exception, opens: bool) -> None:
    around = shared(world)
    service = stack(around, Inner([error] * 40))
    for _ in range(40):
        await asyncio.gather(service(world.call()), return_exceptions=True)
    assert (seen(around, "GetOrder").state == "open") is opens


async def test_one_broken_operation_does_not_take_the_others_with_it(world: World) -> None:
    around = shared(world)
    broken, sound = stack(around, Inner([UpstreamFault()] * 90)), stack(around, Inner([b"1"] * 90), OTHER)
    for _ in range(30):
        await each(world, broken, 2)
        assert await each(world, sound, 1, OTHER) == ["ok"]
    assert [(one.operation, one.state) for one in around.breakers.seen()] == [  # type: ignore[union-attr]  # made above
        (WHOLE, "closed"),
        ("GetOrder", "open"),
        ("GetStock", "closed"),
    ]


async def test_when_all_of_them_fail_the_whole_is_given_a_rest(world: World) -> None:
    around = shared(world)
    services = {one: stack(around, Inner([UpstreamUnreachable()] * 90), one) for one in (READ, OTHER, THIRD)}
    for _ in range(7):
        for operation, service in services.items():
            await each(world, service, 1, operation)
    assert seen(around, WHOLE).state == "open"
    fresh = Operation("shop", "GetInvoice", safe=True)
    assert await each(world, stack(around, Inner([b"1"]), fresh), 1, fresh) == ["breaker_open"]


async def test_a_trial_that_the_whole_refuses_gives_its_place_back(world: World) -> None:
    around = shared(world, trials=1)
    service = stack(around, Inner([UpstreamFault()] * 20))
    await each(world, service, 20)
    await passes(5.0)
    assert around.breakers is not None
    around.breakers.hand(WHOLE, "open")
    assert await each(world, service, 5) == ["breaker_open"] * 5
    around.breakers.hand(WHOLE, "auto")
    assert await each(world, stack(around, Inner([b"1"])), 1) == ["ok"]


async def test_a_cancelled_trial_gives_its_place_back(world: World) -> None:
    around = shared(world, trials=1)
    await each(world, stack(around, Inner([UpstreamFault()] * 20)), 20)
    await passes(5.0)
    inner = Inner()
    service = stack(around, inner)
    trial = asyncio.ensure_future(service(world.call()))
    await inner.arrival()
    assert await each(world, service, 1) == ["breaker_open"]
    trial.cancel()
    await asyncio.wait([trial])
    assert await each(world, stack(around, Inner([b"1"])), 1) == ["ok"]
    assert seen(around, "GetOrder").state == "closed"


async def test_a_hundred_that_wait_for_it_are_so_many_trials(world: World) -> None:
    around = shared(world)
    await each(world, stack(around, Inner([UpstreamFault()] * 20)), 20)
    await passes(5.0)
    inner = Inner()
    service = stack(around, inner)
    crowd = [asyncio.ensure_future(service(world.call())) for _ in range(100)]
    for number in (1, 2, 3):
        (await inner.arrival(number)).reply()
    ended = await asyncio.gather(*crowd, return_exceptions=True)
    assert [type(one) for one in ended].count(BreakerOpen) == 97
    assert len(inner.asked) == 3


async def test_to_wait_for_a_place_is_not_to_be_slow(world: World) -> None:
    around = shared(world, slow="2s", calls_min=5)
    service = stack(around, Inner([b"1"] * 300, takes_s=1.0))
    assert len(await asyncio.gather(*(service(world.call()) for _ in range(300)))) == 300  # in three turns
    assert seen(around, "GetOrder").slow == 0


async def test_answers_that_come_far_too_late_open_it(world: World) -> None:
    around = shared(world, slow="2s")
    service = stack(around, Inner([b"1"] * 40, takes_s=2.0))
    ended = await asyncio.gather(*(service(world.call()) for _ in range(40)), return_exceptions=True)
    assert [type(one) for one in ended] == [Reply] * 40
    assert (seen(around, "GetOrder").state, world.heard(BreakerChanged)[0].why) == ("open", "slow")


async def test_callers_without_patience_say_nothing_about_the_system(world: World) -> None:
    around = shared(world)
    service = stack(around, Inner(), timeout="20s")
    for _ in range(30):
        with pytest.raises(CallError, match="in time"):
            await service(world.call(in_s=3.0))
    assert seen(around, "GetOrder").bad == 0
    for _ in range(20):
        with pytest.raises(CallError, match="in time"):
            await service(world.call(in_s=12.0))
    assert seen(around, "GetOrder").state == "closed"  # what is older than the window is forgotten
    await asyncio.gather(*(service(world.call(in_s=12.0)) for _ in range(20)), return_exceptions=True)
    assert seen(around, "GetOrder").state == "open"


async def test_a_write_is_turned_away_as_well(world: World) -> None:
    around = shared(world)
    service = stack(around, Inner([UpstreamFault()] * 90), WRITE)
    assert (await each(world, service, 30, WRITE))[20:] == ["breaker_open"] * 10


async def test_by_hand(world: World) -> None:
    around = shared(world)
    assert around.breakers is not None
    inner = Inner([b"1", *[UpstreamFault()] * 60])
    service = stack(around, inner)
    around.breakers.hand("GetOrder", "open")
    assert await each(world, service, 2) == ["breaker_open"] * 2
    around.breakers.hand("GetOrder", "closed")
    assert await each(world, service, 40) == ["ok", *["upstream_fault"] * 39]
    around.breakers.hand("GetOrder", "auto")
    assert (await each(world, service, 30))[-10:] == ["breaker_open"] * 10


async def test_it_is_seen_to_be_due_before_anybody_comes(world: World) -> None:
    around = shared(world)
    await each(world, stack(around, Inner([UpstreamFault()] * 20)), 20)
    assert (seen(around, "GetOrder").state, seen(around, "GetOrder").for_s > 0) == ("open", True)
    await passes(5.0)
    assert (seen(around, "GetOrder").state, seen(around, "GetOrder").for_s) == ("half-open", 0.0)


def test_off_and_what_cannot_be(world: World) -> None:
    assert breakers_of("shop", "off", world.clock, world.events.append) is None
    assert breakers_of("shop", BreakerSettings(), world.clock, world.events.append) is not None
    for wrong in ({"failures": "0%"}, {"trials": 0}, {"open": "0s"}, {"window": "1ms"}, {"slow": "0s"}):
        with pytest.raises(ValidationError):
            BreakerSettings.model_validate(wrong)


@pytest.mark.parametrize("written", ["off", False])
def test_off_is_written_in_either_way(written: object) -> None:
    soap = {"wsdl": "https://erp.example/shop?wsdl"}
    assert UpstreamSettings.model_validate({"soap": soap, "breaker": written}).breaker == "off"
    assert UpstreamSettings.model_validate({"soap": soap}).breaker == BreakerSettings()


async def test_without_a_stopwatch_nothing_is_measured(world: World) -> None:
    assert (await Measured(Inner([b"1"]), world.clock)(world.call())).body == b"1"


# ── a system under load, in simulated time ───────────────────────────────────────────────────────────────────────


class System:
    """Answers by what it is at a moment; counts."""

    def __init__(self, world: World, fails: Callable[[float], bool], takes_s: float = 0.05) -> None:
        self._clock, self._fails, self._takes_s = world.clock, fails, takes_s
        self.began = world.clock.monotonic()
        self.asked: list[float] = []
        self.at_once = self.at_once_most = 0

    async def __call__(self, _: Call) -> Reply:
        at = self._clock.monotonic() - self.began
        self.asked.append(at)
        self.at_once += 1
        self.at_once_most = max(self.at_once_most, self.at_once)
        try:
            await passes(self._takes_s)
        finally:
            self.at_once -= 1
        if self._fails(at):
            raise UpstreamFault
        return Reply(b"1")

    def between(self, begin: float, end: float) -> int:
        return sum(begin <= at < end for at in self.asked)


async def load(world: World, service: Service, rate: float, for_s: float) -> list[tuple[float, str]]:
    """Calls at a steady rate: when each began, and what came of it."""
    ended = list[tuple[float, str]]()

    async def one(at: float) -> None:
        try:
            await service(world.call())
            ended.append((at, "ok"))
        except CallError as error:
            ended.append((at, error.code))

    tasks = list[asyncio.Future[None]]()
    for number in range(int(rate * for_s)):
        tasks.append(asyncio.ensure_future(one(number / rate)))
        await passes(1 / rate)
    await asyncio.gather(*tasks)
    return ended


@pytest.mark.parametrize("rate", [2.0, 20.0, 200.0])
@pytest.mark.parametrize("takes_s", [0.01, 0.5])
async def test_a_dead_system_is_asked_hardly_more_often_than_its_callers_ask(
    world: World, rate: float, takes_s: float
) -> None:
    system = System(world, lambda _: True, takes_s)
    ended = await load(world, stack(shared(world), system, attempts=5), rate, 60.0)
    assert len(system.asked) <= 1.2 * len(ended)
    assert {code for _, code in ended} == {"upstream_fault", "breaker_open"}


@pytest.mark.parametrize("takes_s", [0.1, 0.5])
async def test_the_budget_alone_bounds_it_too(world: World, takes_s: float) -> None:
    around = world.upstream(concurrency=10_000)
    system = System(world, lambda _: True, takes_s)
    ended = await load(world, stack(around, system, attempts=5), 400.0, 20.0)
    assert len(system.asked) <= 1.2 * len(ended)


@pytest.mark.parametrize(
    ("what", "fails", "takes_s", "opens"),
    [
        ("flapping", lambda at: int(at) % 2 == 0, 0.05, True),
        ("now and then", lambda at: int(at * 10) % 10 == 0, 0.05, False),
        ("slow and well", lambda at: False, 3.0, True),
        ("sound", lambda at: False, 0.05, False),
        ("down for a second", lambda at: 10.0 <= at < 11.0, 0.05, False),
    ],
)
async def test_kinds_of_trouble(
    world: World, what: str, fails: Callable[[float], bool], takes_s: float, opens: bool
) -> None:
    system = System(world, fails, takes_s)
    await load(world, stack(shared(world, slow="2s"), system), 20.0, 30.0)
    assert bool(world.heard(BreakerChanged)) is opens, what


async def test_an_outage_of_ten_seconds_is_over_soon_after_it_is_over(world: World) -> None:
    system = System(world, lambda at: 20.0 <= at < 30.0)
    around = shared(world)
    ended = await load(world, stack(around, system, attempts=5), 100.0, 50.0)
    good = [at for at, code in ended if code == "ok"]
    assert system.between(20.0, 30.0) <= 1.2 * 1000
    assert sum(35.0 <= at < 50.0 for at in good) >= 0.99 * 1500
    assert system.at_once_most <= 25  # 5 is the usual; nobody had saved up calls


async def test_a_black_hole_does_not_keep_it_half_open(world: World) -> None:
    async def hole(call: Call) -> Reply:
        at = world.clock.monotonic() - began
        await passes(60.0 if at < 30.0 else 0.05)
        return Reply(b"1")

    began = world.clock.monotonic()
    around = shared(world)
    guarded = stack(around, hole, timeout="5s", deadline="6s")
    ended = await load(world, guarded, 20.0, 50.0)
    assert sum(at >= 36.0 and code == "ok" for at, code in ended) >= 0.99 * 20 * 14


async def test_many_workers_do_not_try_at_the_same_moment(world: World) -> None:
    terms, heard = BreakerSettings().terms, world.events.append
    each_of_them = [Breakers("shop", terms, world.clock, heard, random.Random(seed)) for seed in range(100)]
    for one in each_of_them:
        service = Guarded(Inner([UpstreamFault()] * 20), "GetOrder", 20.0, one)
        await each(world, service, 20)
    tries = {event.for_s for event in world.heard(BreakerChanged)}
    assert (len(tries), max(tries) - min(tries) > 1.0) == (100, True)
