"""Streams pass the layers: begun in time, never kept or shared, and each place held until the stream is closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import pytest

from bridge.call import Call, Reply, Stream
from bridge.contracts import Operation
from bridge.errors import Overloaded, UpstreamCut, UpstreamTimeout
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.limit import LimitsSettings
from bridge.layers.stack import LayerSettings, build
from bridge.layers.streams import begun, held
from tests.bridge.layers.world import READ, World, passes

Given = bytes | float | Exception
"""A piece, a pause in seconds, a failure."""


@dataclass
class Source:
    """Streams as a test writes them down, one after the other; `closed` counts."""

    scripts: list[Iterable[Given]]
    calls: list[Call] = field(default_factory=list)
    closed: int = 0

    async def __call__(self, call: Call) -> Reply:
        self.calls.append(call)
        return Reply(b"", stream=self.stream(self.scripts.pop(0)))

    def stream(self, script: Iterable[Given]) -> Stream:
        return Stream(self._pieces(script), self._close, "application/octet-stream")

    async def _pieces(self, script: Iterable[Given]) -> AsyncIterator[bytes]:
        for given in script:
            if isinstance(given, Exception):
                raise given
            if isinstance(given, bytes):
                yield given
            else:
                await passes(given)

    async def _close(self) -> None:
        self.closed += 1


async def _all(reply: Reply) -> bytes:
    assert reply.stream is not None
    return b"".join([piece async for piece in reply.stream.pieces])


def _call(world: World, operation: Operation = READ) -> Call:
    return world.call(operation=operation).with_(want="raw")


@pytest.mark.parametrize("script", [[], [b"a"], [b"a", b"b", b""], [b"", b"a"]])
async def test_what_was_begun_is_whole(script: list[Given]) -> None:
    source = Source([])
    reply = await begun(Reply(b"", stream=source.stream(script)))
    assert await _all(reply) == b"".join(piece for piece in script if isinstance(piece, bytes))
    assert source.closed == 0


async def test_a_failure_before_the_first_piece_closes_and_is_one_of_the_call() -> None:
    source = Source([])
    with pytest.raises(UpstreamCut):
        await begun(Reply(b"", stream=source.stream([UpstreamCut()])))
    assert source.closed == 1


async def test_what_is_no_stream_stays_what_it_is() -> None:
    left: list[int] = []
    reply = Reply(b"{}")
    assert await begun(reply) is reply
    assert held(reply, lambda: left.append(1)) is reply
    assert left == [1]


async def test_a_place_is_left_once_however_often_the_stream_is_closed() -> None:
    left: list[int] = []
    source = Source([])
    reply = held(Reply(b"", stream=source.stream([b"a"])), lambda: left.append(1))
    assert reply.stream is not None
    assert left == []
    await reply.stream.close()
    await reply.stream.close()
    assert (left, source.closed) == ([1], 2)


async def test_a_place_is_left_also_when_closing_fails() -> None:
    left: list[int] = []

    async def close() -> None:
        raise UpstreamCut

    stream = Stream(Source([]).stream([]).pieces, close, "text/plain")
    reply = held(Reply(b"", stream=stream), lambda: left.append(1))
    assert reply.stream is not None
    with pytest.raises(UpstreamCut):
        await reply.stream.close()
    assert left == [1]


def _built(
    world: World, source: Callable[[Call], Awaitable[Reply]], **limits: object
) -> Callable[[Call], Awaitable[Reply]]:
    settings = LayerSettings(LimitsSettings.model_validate(limits), cache=CacheSettings.model_validate({"ttl": "60s"}))
    return build(READ, source, settings, world.upstream(concurrency=1, queue=0))


async def test_the_times_end_with_the_first_piece(world: World) -> None:
    source = Source([[0.5, b"a", 500.0, b"b"]])
    reply = await _built(world, source, timeout="1s", deadline="2s")(_call(world))
    assert await _all(reply) == b"ab"


async def test_a_stream_that_does_not_begin_is_out_of_time_and_closed(world: World) -> None:
    source = Source([[5.0, b"a"] for _ in range(9)])
    with pytest.raises(UpstreamTimeout):
        await _built(world, source, timeout="1s", deadline="2s")(_call(world))
    assert source.closed == len(source.calls) >= 1


async def test_a_cut_before_the_first_piece_is_tried_again_and_a_later_one_is_not(world: World) -> None:
    source = Source([[UpstreamCut()], [b"a", UpstreamCut()]])
    reply = await _built(world, source)(_call(world))
    assert reply.meta.attempts == 2
    with pytest.raises(UpstreamCut):
        await _all(reply)
    assert (len(source.calls), source.closed) == (2, 1)


async def test_the_place_at_the_upstream_is_held_until_the_stream_is_closed(world: World) -> None:
    source = Source([[b"a", b"b"], [b"c"]])
    service = _built(world, source)
    reply = await service(_call(world))
    assert await _all(reply) == b"ab"
    with pytest.raises(Overloaded):
        await service(_call(world))
    assert reply.stream is not None
    await reply.stream.close()
    assert await _all(await service(_call(world))) == b"c"


async def test_streams_are_neither_kept_nor_shared(world: World) -> None:
    source = Source([[b"a"], [b"b"]])
    settings = LayerSettings(cache=CacheSettings.model_validate({"ttl": "60s"}))
    service = build(READ, source, settings, world.upstream())
    replies = await asyncio.gather(service(_call(world)), service(_call(world)))
    assert [await _all(reply) for reply in replies] == [b"a", b"b"]
    assert world.store.used_bytes == 0


class _File:
    """An Upload of three bytes."""

    name, media_type, length = "a.bin", "application/octet-stream", 3

    async def pieces(self) -> AsyncIterator[bytes]:
        yield b"abc"


async def test_a_call_with_files_is_neither_kept_nor_shared_but_may_be_repeated(world: World) -> None:
    seen: list[bytes] = []

    async def service(call: Call) -> Reply:
        (file,) = call.uploads.values()
        seen.append(b"".join([piece async for piece in file.pieces()]))
        if len(seen) == 1:
            raise UpstreamCut
        return Reply(b"{}")

    settings = LayerSettings(cache=CacheSettings.model_validate({"ttl": "60s"}))
    stack = build(READ, service, settings, world.upstream())
    call = world.call().with_(uploads={"/photo": _File()})
    await stack(call)
    await asyncio.gather(stack(call), stack(call))
    assert seen == [b"abc"] * 4
    assert world.store.used_bytes == 0
