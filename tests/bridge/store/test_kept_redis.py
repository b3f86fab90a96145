"""What nodes share in a real Redis: bounded, sealed, never from before a purge, and nobody's wait when it is slow."""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bridge.clock import SystemClock
from bridge.store.kept_redis import LOG_MAX, PATIENCE_S, RedisKept
from bridge.store.kept_settings import KeptSettings
from tests.bridge.web.raw import until
from tests.cpu import HANG_S
from tests.servers.redis import RedisServer, redis

PATIENT_S = HANG_S
"""Where it is not the patience that is looked at, a busy machine is no failure."""


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis() as running:
        yield running


@pytest.fixture(scope="module")
def names() -> Callable[[], str]:
    """A room for each that nobody else is in."""
    numbers = iter(range(1000))
    return lambda: f"room{next(numbers)}"


class Told(list[str]):
    """What it said of its state."""

    def __init__(self) -> None:
        self.news = asyncio.Event()

    def append(self, state: str) -> None:
        super().append(state)
        self.news.set()

    async def says(self, state: str) -> None:
        async with asyncio.timeout(HANG_S):
            while self[-1:] != [state]:
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def kept(
    server: RedisServer, *, patience_s: float = PATIENT_S, **settings: Any
) -> AsyncIterator[tuple[RedisKept, Told]]:
    told = Told()
    made = KeptSettings.model_validate({"url": server.url, **settings})
    one = RedisKept(made, SystemClock(), b"all", told.append, patience_s=patience_s)
    try:
        yield one, told
    finally:
        await one.close()


async def test_what_one_puts_another_finds_with_its_end(server: RedisServer, names: Callable[[], str]) -> None:
    room = names()
    async with kept(server) as (one, _), kept(server) as (other, _):
        nothing = await other.find(room, "a")
        assert nothing is not None
        assert (nothing.mark, nothing.data) == (0, None)
        assert one.put(room, "a", b"x" * 500, 60.0, nothing.mark)
        await one.written()
        found = await other.find(room, "a")
        assert found is not None
        assert (found.data, found.purges, 30 < found.left_s <= 60.0) == (b"x" * 500, [], True)
        one.drop(room, "a")
        await one.written()
        gone = await other.find(room, "a")
        assert gone is not None
        assert gone.data is None


async def test_purges_since_it_was_asked_for_come_with_it(server: RedisServer, names: Callable[[], str]) -> None:
    room = names()
    async with kept(server) as (one, _):
        assert await one.purge(room, b"before")
        before = await one.find(room, "a")
        assert before is not None
        assert await one.purge(room, b"meanwhile")
        one.put(room, "a", b"1", 60.0, before.mark)
        await one.written()
        assert await one.purge(room, b"after")
        found = await one.find(room, "a")
        assert found is not None
        assert (found.data, found.purges, found.mark) == (b"1", [b"after", b"meanwhile"], before.mark + 2)


async def test_what_has_missed_more_purges_than_are_known_is_old(server: RedisServer, names: Callable[[], str]) -> None:
    room = names()
    async with kept(server) as (one, _):
        await one.purge(room, b"first")
        mark = await one.find(room, "a")
        assert mark is not None
        one.put(room, "a", b"1", 60.0, mark.mark)
        await one.written()
        for _ in range(LOG_MAX):
            await one.purge(room, b"p")
        found = await one.find(room, "a")
        assert found is not None
        assert (found.data, len(found.purges)) == (b"1", LOG_MAX)
        await one.purge(room, b"p")
        old = await one.find(room, "a")
        assert old is not None
        assert old.data is None


async def test_a_log_that_was_lost_makes_all_of_its_room_old(server: RedisServer, names: Callable[[], str]) -> None:
    room = names()
    async with kept(server) as (one, _):
        await one.purge(room, b"first")
        mark = await one.find(room, "a")
        assert mark is not None
        one.put(room, "a", b"1", 60.0, mark.mark)
        await one.written()
        client = Redis.from_url(server.url)
        await client.delete(*[key async for key in client.scan_iter(f"bridge:kept-purges:{room}:*")])
        await client.aclose()
        for _ in range(2):
            found = await one.find(room, "a")
            assert found is not None
            assert found.data is None
            await one.purge(room, b"again")


async def test_it_is_bounded(server: RedisServer, names: Callable[[], str]) -> None:
    room = names()
    async with kept(server, answer="1kB") as (one, _), kept(server) as (large, _):
        assert not one.put(room, "a", b"x" * 1001, 60.0, 0)
        data = random.Random(7).randbytes(20_000)
        large.put(room, "b", data, 60.0, 0)
        await large.written()
        whole, cut = await large.find(room, "b"), await one.find(room, "b")
        assert whole is not None
        assert cut is not None
        assert (whole.data, cut.data) == (data, None)


async def test_sealed_values_cannot_be_read_changed_or_moved(
    server: RedisServer, names: Callable[[], str], tmp_path: Path
) -> None:
    room = names()
    (tmp_path / "key").write_text(base64.b64encode(b"k" * 32).decode())
    async with kept(server, key=f"file:{tmp_path / 'key'}") as (one, _), kept(server) as (other, _):
        one.put(room, "a", b"secret of ada", 60.0, 0)
        other.put(room, "plain", b"forged", 60.0, 0)
        await asyncio.gather(one.written(), other.written())
        client = Redis.from_url(server.url)
        raw = await client.get(f"bridge:kept:{room}:a")
        assert raw is not None
        assert b"ada" not in raw
        await client.set(f"bridge:kept:{room}:b", raw, px=60_000)
        await client.set(f"bridge:kept:{room}:c", raw[:-1] + bytes([raw[-1] ^ 1]), px=60_000)
        await client.set(f"bridge:kept:{room}:d", b"nonsense of another kind", px=60_000)
        await client.aclose()
        found = [await one.find(room, name) for name in ("a", "b", "c", "plain")]
        assert [one.data if one else None for one in found] == [b"secret of ada", None, None, None]


async def test_a_redis_that_stands_still_is_nobodys_wait_and_is_asked_again_later(names: Callable[[], str]) -> None:
    room = names()
    with redis() as own:
        async with kept(own, patience_s=PATIENCE_S) as (one, told):
            own.stand_still()
            waits = []
            for _ in range(20):
                began = time.monotonic()
                await one.find(room, "a")
                waits.append(time.monotonic() - began)
            assert sorted(waits)[10] < PATIENCE_S / 2  # most are not even asked
            assert (one.there, told) == (False, ["gone"])
            own.go_on()
            await one.purge(room, b"1")  # it is tried until it is written down
            await told.says("back")
            assert one.there


async def test_a_purge_that_could_not_be_written_down_makes_all_old_before_anything_is_read(
    names: Callable[[], str],
) -> None:
    room = names()
    with redis() as own:
        async with kept(own, patience_s=1.0) as (one, told), kept(own) as (other, _):
            await one.purge(room, b"first")
            mark = await other.find(room, "a")
            assert mark is not None
            other.put(room, "a", b"old", 60.0, mark.mark)
            await other.written()
            own.stand_still()
            assert not await one.purge(room, b"lost")
            own.go_on()
            await told.says("back")
            await until(lambda: not one.owes)
            found = await one.find(room, "a")
            assert found is not None
            assert b"all" in found.purges
            assert told == ["gone", "back"]
