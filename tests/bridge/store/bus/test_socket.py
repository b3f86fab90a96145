"""A worker's connection to the hub: broken, made anew, too slow; nothing is ever missed without a word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.store.bus.socket import SocketBus
from tests.contract.buses import CLOCK, OverSocket, over_socket, until

WAIT_S = 20.0


@pytest.fixture
async def over() -> AsyncIterator[OverSocket]:
    async with over_socket() as made:
        yield made


class Signal:
    """Counts, and can be waited for."""

    def __init__(self) -> None:
        self.count = 0
        self._event = asyncio.Event()

    def __call__(self, *_: object) -> None:
        self.count += 1
        self._event.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(WAIT_S):
            while self.count < count:
                self._event.clear()
                await self._event.wait()


async def test_after_a_new_hub_all_are_told_that_they_may_have_missed_something_and_hear_again(
    over: OverSocket,
) -> None:
    one, other = await over.bus(), await over.bus()
    heard, missed = Signal(), Signal()
    other.subscribe("a", heard, missed)
    await over.settled()
    assert missed.count == 0
    await over.anew()
    await missed.until(1)
    await until(lambda: one.connected)
    one.publish("a", b"1")
    await heard.until(1)


async def test_what_could_not_be_said_is_told_to_the_others_as_missed(over: OverSocket) -> None:
    one, other = await over.bus(), await over.bus()
    missed = Signal()
    other.subscribe("a", lambda data: None, missed)
    await over.hub.close()
    await until(lambda: not (one.connected or other.connected))
    assert not await one.told("a", b"lost")
    await over.anew()
    await missed.until(1)


async def test_places_in_use_are_still_counted_by_a_new_hub(over: OverSocket) -> None:
    one, other = await over.bus(), await over.bus()
    mine, theirs = one.places("up", 2), other.places("up", 2)
    assert await mine.take(0)
    assert await mine.take(0)
    await over.anew()
    await until(lambda: over.hub.peers == 2 and one.connected and other.connected)
    await over.settled()
    assert not await theirs.take(0.1)
    mine.give_back()
    assert await theirs.take(WAIT_S)


async def test_a_peer_that_reads_too_slowly_misses_something_and_is_told_so(over: OverSocket) -> None:
    one, slow = await over.bus(), await over.bus()
    heard, missed = Signal(), Signal()
    slow.subscribe("a", heard, missed)
    await over.settled()
    connection = slow._connection
    assert connection is not None
    connection.transport.pause_reading()
    big, sent = bytes(500_000), 60
    for _ in range(sent):
        one.publish("a", big)
        await over.hub_heard(one)
    assert heard.count == 0
    connection.transport.resume_reading()
    await missed.until(1)
    assert 0 < heard.count < sent
    before = heard.count
    one.publish("a", b"after")
    await heard.until(before + 1)


async def test_one_that_does_not_listen_is_waited_for_once_only(over: OverSocket) -> None:
    one, deaf, well = [await over.bus(0.2) for _ in range(3)]
    heard = Signal()
    well.subscribe("a", heard)
    deaf.subscribe("a", lambda data: None)
    await over.settled()
    connection = deaf._connection
    assert connection is not None
    connection.transport.pause_reading()
    loop = asyncio.get_running_loop()
    assert not await one.told("a", b"1")
    began = loop.time()
    for _ in range(20):
        assert not await one.told("a", b"2")
    assert loop.time() - began < 20 * 0.2
    await heard.until(21)
    connection.transport.resume_reading()
    async with asyncio.timeout(WAIT_S):
        while not await one.told("a", b"3"):
            await CLOCK.sleep(0)


async def test_a_present_of_one_that_has_not_heard_the_news_is_not_passed_on(over: OverSocket) -> None:
    holder, writer, waiter = await over.bus(), await over.bus(0.05), await over.bus()
    holder.subscribe("purge", lambda data: None)
    await over.settled()
    async with holder.share("k", 5, 0) as held:
        assert held is not None
        assert not isinstance(held, bytes)

        async def wait() -> object:
            async with waiter.share("k", 5, WAIT_S) as got:
                return got

        waiting = asyncio.create_task(wait())
        await over.settled()
        connection = holder._connection
        assert connection is not None
        connection.transport.pause_reading()
        assert not await writer.told("purge", b"old")
        held.leave(b"read before the purge")
    assert not isinstance(await waiting, bytes)
    connection.transport.resume_reading()


async def test_without_a_hub_nobody_waits(over: OverSocket) -> None:
    bus = await over.bus()
    await over.hub.close()
    await until(lambda: not bus.connected)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with bus.lock("k", 1, WAIT_S) as held:
        assert held is None
    assert await bus.places("p", 8).take(WAIT_S)
    assert not await bus.told("a", b"1")
    bus.publish("a", b"1")
    assert loop.time() - began < 1


async def test_a_bus_that_finds_no_hub_looks_on(over: OverSocket) -> None:
    await over.hub.close()
    bus = SocketBus(over.path, CLOCK, (0, 1))
    starting = asyncio.create_task(bus.start())
    await CLOCK.sleep(0)
    await over.anew()
    assert await starting
    await bus.close()


async def test_one_whose_connection_broke_may_have_missed_something_himself(over: OverSocket) -> None:
    bus, missed = await over.bus(), Signal()
    bus.subscribe("a", lambda data: None, missed)
    await over.anew()  # nobody else is there who could tell him
    await missed.until(1)


async def test_what_was_on_its_way_when_a_connection_broke_is_told_to_those_who_stayed(over: OverSocket) -> None:
    one, other, missed = await over.bus(), await over.bus(), Signal()
    other.subscribe("a", lambda data: None, missed)
    await over.settled()
    connection = one._connection
    assert connection is not None
    one.publish("a", b"1")
    connection.transport.abort()
    await missed.until(1)
    assert other.connected
