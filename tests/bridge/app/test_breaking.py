"""The breakers of all workers: how they stand together, and what a person sets in all of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bridge.app.breaking import BreakerRow, Breaking, Held, breaker_states
from bridge.clock import SystemClock
from bridge.errors import StoreUnavailable
from bridge.layers.breaker import WHOLE, Breakers, BreakerSettings
from bridge.store.bus import MemoryBus

CLOCK = SystemClock()


def breakers(*operations: str, upstream: str = "shop") -> Breakers:
    made = Breakers(upstream, BreakerSettings().terms, CLOCK, lambda _: None, random.Random(1))
    for one in operations:
        made.of(one)
    return made


@dataclass
class Member:
    """Only what is looked at."""

    breakers: Breakers | None


class Linked(MemoryBus):
    """The bus of one process of several."""

    alone = False

    def __init__(self) -> None:
        super().__init__(CLOCK)
        self.others: list[Linked] = []

    def publish(self, topic: str, data: bytes) -> None:
        for one in (self, *self.others):
            MemoryBus.publish(one, topic, data)

    async def told(self, topic: str, data: bytes) -> bool:
        for one in self.others:
            MemoryBus.publish(one, topic, data)
        return True


@dataclass
class Store:
    """What is set, as the store has it; each error once before."""

    held: Held = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)

    async def read(self) -> Held:
        if self.errors:
            raise self.errors.pop()
        return self.held


@asynccontextmanager
async def workers(store: Store) -> AsyncIterator[list[tuple[Breaking, list[Member]]]]:
    first, second = Linked(), Linked()
    first.others, second.others = [second], [first]
    each = [[Member(None), Member(breakers("GetOrder"))] for _ in range(2)]
    made = [(Breaking(each[0].copy, first, CLOCK), each[0]), (Breaking(each[1].copy, second, CLOCK), each[1])]
    for one, _ in made:
        await one.begin(store.read)
    try:
        yield made
    finally:
        for one, _ in made:
            await one.close()


def states(members: list[Member]) -> dict[str, str]:
    return {seen.operation: seen.state for one in members if one.breakers for seen in one.breakers.seen()}


def test_states_as_numbers() -> None:
    members = [Member(None), Member(breakers("GetOrder"))]
    assert breaker_states(members) == {("shop", WHOLE): 0.0}
    assert members[1].breakers is not None
    members[1].breakers.hand("GetOrder", "open")
    assert breaker_states(members) == {("shop", WHOLE): 0.0, ("shop", "GetOrder"): 2.0}


async def test_what_is_set_holds_in_all_workers_and_after_a_restart() -> None:
    store = Store()
    async with workers(store) as ((first, here), (second, there)):
        store.held = {"shop.GetOrder": "open"}
        assert await first.changed()
        await asyncio.sleep(0)  # the bus hands on in the next turn of the loop
        await second.settled()
        assert states(here) == states(there) == {WHOLE: "closed", "GetOrder": "open"}
        store.held = {}
        await second.changed()
        await asyncio.sleep(0)  # as above
        await first.settled()
        assert states(here) == {WHOLE: "closed"}
        store.held = {"shop": "open"}
    async with workers(store) as ((_, later), _):
        assert states(later)[WHOLE] == "open"


async def test_it_holds_for_upstreams_that_come_later() -> None:
    store = Store({"crm.GetPerson": "open"})
    async with workers(store) as ((first, here), _):
        late = breakers("GetPerson", upstream="crm")
        here.append(Member(late))
        first.apply()
        assert late.of("GetPerson").mode == "open"
        assert (first.known("crm"), first.known("crm.GetPerson"), first.known("crm.X")) == (True, True, False)


async def test_how_they_stand_over_all_workers() -> None:
    async with workers(Store()) as ((first, here), (_, there)):
        for member, calls in ((here[1], 20), (there[1], 3)):
            assert member.breakers is not None
            for _ in range(calls):
                member.breakers.ended("GetOrder", member.breakers.admit("GetOrder"), "bad", 0.1)
        rows = {row.name: row for row in await first.look()}
        assert rows["shop"] == BreakerRow("shop", "closed", "auto", 0.0, 23, 23, 0, workers=2, alike=2)
        order = rows["shop.GetOrder"]
        assert (order.state, order.calls, order.workers, order.alike) == ("open", 23, 2, 1)
        assert 0 < order.for_s <= 5.0


async def test_a_store_that_cannot_be_read_is_asked_again_and_what_was_set_holds() -> None:
    store = Store({"shop": "open"})
    async with workers(store) as ((first, here), _):
        store.errors, store.held = [StoreUnavailable()], {}
        changed = asyncio.ensure_future(first.changed())
        await asyncio.wait([changed], timeout=0.05)
        assert (store.errors, states(here)[WHOLE]) == ([], "open")
        changed.cancel()
