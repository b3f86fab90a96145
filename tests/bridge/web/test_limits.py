"""Each caller has its own limit: exactly so many, then a 429 with the exact time; and it is told all the while."""

from __future__ import annotations

import asyncio

import pytest

from bridge.call import Principal, Trace
from bridge.errors import TooManyRequests
from bridge.events import Event
from bridge.events_limits import CallerLimited
from bridge.store.bus import MemoryBus
from bridge.web import limits as module
from bridge.web.limits import Callers
from bridge.web.settings import AccessSettings, CallerLimitSettings, ServerSettings
from bridge.web.trace import RequestInfo


class HandClock:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def info(client: str = "203.0.113.1", key: str = "") -> RequestInfo:
    return RequestInfo("id", Trace("", ""), client, 0.0, principal=Principal(key) if key else None)


def callers(clock: HandClock, everybody: str = "", burst: int | None = None, **keys: str) -> Callers:
    common = CallerLimitSettings.model_validate({"rate": everybody, "burst": burst}) if everybody else None
    made = Callers(MemoryBus(clock), lambda _: None, common)
    settings = [{"name": name, "key_sha256": "0" * 64, "limits": {"rate": rate}} for name, rate in keys.items()]
    made.use(AccessSettings.model_validate({"keys": settings}) if keys else None, ())
    return made


async def passed(callers: Callers, *infos: RequestInfo) -> list[bool]:
    results = []
    for one in infos:
        try:
            await callers.admit(one)
            results.append(True)
        except TooManyRequests:
            results.append(False)
    return results


async def test_so_many_at_once_and_then_as_many_as_come_in() -> None:
    clock = HandClock()
    limited = callers(clock, "2/s", burst=5)
    assert await passed(limited, *[info()] * 7) == [True] * 5 + [False] * 2
    clock.now += 1.0
    assert await passed(limited, *[info()] * 3) == [True] * 2 + [False]


async def test_the_answer_says_what_is_left_and_a_refusal_when_to_come_back() -> None:
    clock = HandClock()
    limited = callers(clock, "6/m", burst=3)
    assert dict(await limited.admit(info())) == {
        "RateLimit-Policy": '"address";q=3;w=30',
        "RateLimit": '"address";r=2;t=10',
    }
    await limited.admit(info())
    assert dict(await limited.admit(info()))["RateLimit"] == '"address";r=0;t=30'
    clock.now += 3.5
    with pytest.raises(TooManyRequests) as caught:
        await limited.admit(info())
    assert caught.value.retry_after_s == pytest.approx(6.5)
    assert dict(caught.value.headers)["RateLimit"] == '"address";r=0;t=7'
    clock.now += 7.0
    await limited.admit(info())


async def test_a_keys_own_limit_comes_before_that_of_all_and_others_are_not_touched() -> None:
    limited = callers(HandClock(), "1/s", shop="2/s")
    assert await passed(limited, *[info(key="shop")] * 3) == [True, True, False]
    assert await passed(limited, *[info(key="other")] * 2) == [True, False]
    assert await passed(limited, info(key="third"), info()) == [True, True]


async def test_without_any_limit_nothing_is_said() -> None:
    limited = callers(HandClock(), shop="2/s")
    assert await limited.admit(info()) == ()
    assert await limited.admit(info(key="other")) == ()


async def test_an_ipv6_network_is_one_caller_and_ipv4_in_ipv6_is_ipv4() -> None:
    limited = callers(HandClock(), "1/h")
    addresses = ["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1", "203.0.113.1", "::ffff:203.0.113.1"]
    assert await passed(limited, *map(info, addresses)) == [True, False, True, True, False]


async def test_a_proxy_that_names_nobody_and_a_socket_are_no_caller() -> None:
    limited = callers(HandClock(), "1/h")
    limited.use(None, ServerSettings(behind_proxy=("10.0.0.0/8",)).proxies)
    assert await passed(limited, *[info("10.1.2.3")] * 3, *[info("")] * 3) == [True] * 6


async def test_a_reload_that_changes_nothing_gives_no_new_tokens_and_one_that_does_no_burst() -> None:
    clock = HandClock()
    limited = callers(clock, shop="1/m")
    key = {"name": "shop", "key_sha256": "0" * 64}
    assert await passed(limited, info(key="shop")) == [True]
    limited.use(AccessSettings.model_validate({"keys": [{**key, "limits": {"rate": "1/m"}}]}), ())
    assert await passed(limited, info(key="shop")) == [False]
    limited.use(AccessSettings.model_validate({"keys": [{**key, "limits": {"rate": "2/s"}}]}), ())
    assert await passed(limited, info(key="shop")) == [False]
    clock.now += 1.0
    assert await passed(limited, *[info(key="shop")] * 3) == [True, True, False]


async def test_any_number_of_addresses_takes_bounded_memory() -> None:
    limited = callers(HandClock(), "1/h")
    for number in range(module.CALLERS_MAX + 500):
        await limited.admit(info(f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"))
    assert len(limited._callers) == module.CALLERS_MAX
    assert await passed(limited, info("2001:db8::1")) == [False], "forgotten here, and known where tokens are counted"


async def test_two_workers_count_together() -> None:
    clock, events = HandClock(), list[Event]()
    bus = MemoryBus(clock)
    both = [Callers(bus, events.append, CallerLimitSettings.model_validate({"rate": "4/s"})) for _ in range(2)]
    results = await asyncio.gather(*(passed(each, *[info()] * 5) for each in both))
    assert sum(map(sum, results)) == 4
    refusals = [event for event in events if isinstance(event, CallerLimited)]
    assert {(one.caller, one.by) for one in refusals} == {("203.0.113.1", "address")}
    assert len(refusals) == 6
