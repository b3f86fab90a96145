"""Operators see what is kept and make it old here and in all other workers."""

from __future__ import annotations

import asyncio

import pytest

from bridge.errors import Fault
from bridge.layers.coalesce import Coalesced
from bridge.layers.kept_answers import TOLD_TIMES, KeptAnswers
from bridge.layers.keys import digest_of
from bridge.layers.tags import Tag, name
from bridge.layers.together import Together
from tests.bridge.layers.caching import cached
from tests.bridge.layers.meeting import MeetingBus
from tests.bridge.layers.world import Inner, World, passes


def kept(world: World, together: Together | None = None) -> KeptAnswers:
    return KeptAnswers("shop", world.store, world.shared.purges, world.clock, together)


def order(number: int) -> bytes:
    return b'{"orderId":"%d"}' % number


async def test_what_is_kept_is_told(world: World) -> None:
    gone = Fault("none", status=404, name="OrderNotFound")
    service = cached(world, Inner([b"1", gone]), tags=["order:{orderId}"], negative={"OrderNotFound": "30s"})
    await service(world.call(order(1), who="web"))
    with pytest.raises(Fault):
        await service(world.call(order(2)))
    await passes(10)
    await service(world.call(order(1), who="web"))
    one, other = sorted(kept(world).rows(), key=lambda row: row.fault)
    assert (one.operation, one.key, one.who) == ("GetOrder", digest_of({"orderId": "1"}).hex(), "web")
    assert (one.age_s, one.left_s, one.asked, one.tags) == (10.0, 50.0, 1, ("order:1",))
    assert (other.fault, other.left_s, other.who) == ("OrderNotFound", 20.0, "")
    assert one.bytes > 1000


@pytest.mark.parametrize(
    ("purged", "left"),
    [
        (Tag("order:1"), 2),
        (Tag("order:", open=True), 0),
        (name(), 0),
        (name("shop.GetOrder"), 0),
        (name("shop.GetOrders"), 3),
        (name("shop.GetOrder", digest_of({"orderId": "1"}).hex()), 2),
        (name("shop.GetOrder", digest_of({"orderId": "1"}).hex()[:8]), 2),
        (name("shop.GetOrder", "0" * 40), 3),
    ],
)
async def test_a_purge_makes_old_what_is_named(world: World, purged: Tag, left: int) -> None:
    service = cached(world, Inner([b"1", b"2", b"3"]), tags=["order:{orderId}"])
    for number in range(3):
        await service(world.call(order(number)))
    assert await kept(world).purge([purged]) == (3 - left, True)
    assert len(kept(world).rows()) == left


async def test_without_a_tag_only_operators_make_it_old(world: World) -> None:
    service = cached(world, inner := Inner([b"1", b"2"]))
    await service(world.call())
    world.shared.purges.add([Tag("", open=True)])
    world.shared.purges.forget()
    assert (await service(world.call())).meta.cache == "hit"
    await kept(world).purge([name()])
    world.shared.purges.forget()  # what else may have been missed hides nothing
    assert (await service(world.call())).body == b"2"
    assert len(inner.asked) == 2


async def test_who_asks_after_a_purge_does_not_get_what_was_asked_before(world: World) -> None:
    shared, inner = world.shared, Inner()
    flights = Coalesced(*(inner, shared.keys, shared.purges, world.clock), public=False, templates=(), deadline_s=30.0)
    before = asyncio.create_task(flights(world.call()))
    first = await inner.arrival(1)
    await kept(world).purge([name("shop.GetOrder")])
    after = asyncio.create_task(flights(world.call()))
    (await inner.arrival(2)).reply(b"new")
    first.reply(b"old")
    assert [(await one).body for one in (before, after)] == [b"old", b"new"]


async def test_other_workers_hear_it(world: World) -> None:
    bus = MeetingBus()
    here, there = bus.worker(), bus.worker()
    there.purges.add([Tag("before")])
    since = there.purges.now
    assert await kept(world, here).purge([name("shop.GetOrder"), Tag("order:1")]) == (0, True)
    await passes(0.001)
    assert there.purges.concern([name("shop.GetOrder", "0" * 40)], since)
    assert there.purges.concern([Tag("order:1")], since)
    assert not there.purges.concern([name("shop.GetOrders", "0" * 40)], since)


class DeafBus(MeetingBus):
    """Nobody says that he heard, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    async def told(self, topic: str, data: bytes) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize(("deaf", "everywhere"), [(0, True), (TOLD_TIMES - 1, True), (TOLD_TIMES, False)])
async def test_it_is_said_again_to_who_did_not_hear(world: World, deaf: int, everywhere: bool) -> None:
    assert await kept(world, DeafBus(deaf).worker()).purge([name()]) == (0, everywhere)
