"""The hub against peers of any manners: its socket is private, strangers are dropped, the silent are too."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.store.bus.frames import FROM_HUB, Asked, Beat, Reading, framed
from bridge.store.bus.hub import SILENT_S, Hub
from bridge.store.bus.messages import GIVEN, PlaceAsk
from tests.bridge.store.bus.clock import HandClock
from tests.contract.buses import until

WAIT_S = 20.0


class House:
    """A hub whose time a test turns."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock = path, HandClock()
        self.clock.sleep = self._sleep  # type: ignore[method-assign]  # its sweeper sweeps when the test says so
        self._due = asyncio.Event()
        self.hub = Hub(path, self.clock)

    async def _sleep(self, seconds: float) -> None:
        self._due.clear()
        await self._due.wait()

    async def pass_s(self, seconds: float) -> None:
        self.clock.now += seconds
        self._due.set()
        await asyncio.sleep(0)  # the sweeper wakes
        await asyncio.sleep(0)  # and sweeps

    async def peer(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        before = self.hub.peers
        streams = await asyncio.open_unix_connection(str(self.path))
        await until(lambda: self.hub.peers > before)
        return streams


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path / "h")
    await made.hub.start()
    yield made
    await made.hub.close()
    assert not made.path.exists()


async def until_said(reader: asyncio.StreamReader, count: int) -> list[object]:
    reading, said = Reading(FROM_HUB), list[object]()
    async with asyncio.timeout(WAIT_S):
        while len(said) < count:
            said += reading.feed(await reader.read(1000))
    return said


async def test_its_socket_is_for_this_user_only_and_replaces_what_a_dead_one_left(house: House) -> None:
    assert stat.S_IMODE(house.path.stat().st_mode) == 0o600
    left = house.path.with_name("left")
    left.write_bytes(b"")
    other = Hub(left, HandClock())
    await other.start()
    assert stat.S_ISSOCK(left.stat().st_mode)
    await other.close()


async def test_one_that_speaks_something_else_is_dropped_and_the_others_are_not(house: House) -> None:
    well_reader, well = await house.peer()
    reader, stranger = await house.peer()
    stranger.write(b"GET / HTTP/1.1\r\n\r\n")
    assert await reader.read() == b""
    well.write(framed(Beat()))
    assert await until_said(well_reader, 1) == [Beat()]
    for writer in (stranger, well):
        writer.close()


async def test_one_that_is_silent_for_long_leaves_its_places_to_the_others(house: House) -> None:
    silent_reader, silent = await house.peer()
    silent.write(framed(Asked(1, PlaceAsk("up", 1))))
    [said] = await until_said(silent_reader, 1)
    assert getattr(said, "grant", None) == GIVEN
    reader, waiting = await house.peer()
    waiting.write(framed(Asked(1, PlaceAsk("up", 1))))
    await until_said(reader, 1)
    for _ in range(int(SILENT_S)):
        waiting.write(framed(Beat()))
        await until_said(reader, 1)
        await house.pass_s(0.99)
    waiting.write(framed(Beat()))
    await until_said(reader, 1)
    await house.pass_s(0.5)
    assert getattr((await until_said(reader, 1))[0], "grant", None) == GIVEN
    assert await silent_reader.read() == b""
    for writer in (silent, waiting):
        writer.close()


async def test_a_hub_that_was_stopped_itself_drops_nobody(house: House) -> None:
    reader, peer = await house.peer()
    await house.pass_s(100.0)
    peer.write(framed(Beat()))
    assert await until_said(reader, 1) == [Beat()]
    peer.close()
