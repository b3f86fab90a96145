"""Half a head, half a body, one byte a time, nothing at all: each is cut on time, and nobody else notices."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.bridge.web.raw import Raw
from tests.journeys.running import Bridge, bridge, soap
from tests.journeys.upstream import GET_ORDER, Upstream

pytestmark = pytest.mark.journey

HEAD_S, BODY_S = 1.0, 1.5
# Nothing else cuts a connection while a test lasts.
LIMITS = {"header_time": f"{HEAD_S}s", "body_time": f"{BODY_S}s", "idle": "1000s", "send_time": "1000s"}
POST = b"POST /v1/shop/echo-order HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
# What is sent, how long it may take, and what the client is told (nothing: who said nothing is told nothing).
HALVES = {
    "nothing": (b"", HEAD_S, b""),
    "half-a-line": (b"GET /v1/shop/ord", HEAD_S, b"HTTP/1.1 408 "),
    "half-a-head": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ", HEAD_S, b"HTTP/1.1 408 "),
    "no-body": (POST + b"Content-Length: 13\r\n\r\n", BODY_S, b"HTTP/1.1 408 "),
    "half-a-body": (POST + b'Content-Length: 13\r\n\r\n{"orderId"', BODY_S, b"HTTP/1.1 408 "),
    "half-a-chunk": (POST + b'Transfer-Encoding: chunked\r\n\r\nd\r\n{"order', BODY_S, b"HTTP/1.1 408 "),
}


async def connect(running: Bridge) -> Raw:
    return Raw(*await asyncio.open_connection("127.0.0.1", running.port))


async def cut(running: Bridge, data: bytes) -> tuple[float, bytes]:
    """How long until the bridge closes, and what it said before."""
    async with await connect(running) as raw:
        began = time.perf_counter()
        raw.write(data)
        said = await raw.rest()
        return time.perf_counter() - began, said


async def dripped(running: Bridge, data: bytes) -> int:
    """One byte at a time, more often than any timeout between two bytes would mind. How many the bridge let come."""
    async with await connect(running) as raw:
        ended = asyncio.create_task(raw.rest())
        for count, value in enumerate(data):
            raw.write(bytes([value]))
            await asyncio.wait([ended], timeout=0.05)
            if ended.done():
                return count
        await ended
        return len(data)


async def test_each_half_is_cut_on_time_and_others_are_served(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        shop = soap(upstream.wsdl, operations={"GetOrder": GET_ORDER})
        async with bridge(tmp_path, {"server": {"limits": LIMITS}, "upstreams": {"shop": shop}}) as running:
            await running.ready("shop")
            halves = [asyncio.create_task(cut(running, data)) for data, _, _ in HALVES.values()]
            long = b"X-Long: " + b"a" * 1000
            drips = [
                asyncio.create_task(dripped(running, data + long))
                for data in (b"GET / HTTP/1.1\r\nHost: localhost\r\n", POST + b"Content-Length: 999\r\n\r\n")
            ]
            for number in range(50):
                assert (await running.get(f"/v1/shop/orders/{number}")).status == 200
            for name, (took_s, said) in zip(HALVES, await asyncio.gather(*halves), strict=True):
                _, limit_s, begin = HALVES[name]
                assert took_s >= limit_s, (name, took_s, said)
                assert said.startswith(begin), (name, said)
                assert bool(said) == bool(begin), (name, said)
            # At this pace the whole would take the time of fifty heads.
            assert max(await asyncio.gather(*drips)) < len(long)
            assert len(upstream.asked) == 50


async def test_what_is_complete_in_time_is_answered_however_it_came(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        shop = soap(upstream.wsdl, operations={"GetOrder": GET_ORDER})
        async with bridge(tmp_path, {"server": {"limits": LIMITS}, "upstreams": {"shop": shop}}) as running:
            await running.ready("shop")
            async with await connect(running) as raw:
                for part in (b"GET /v1/shop/orders/7 HTT", b"P/1.1\r\nHost: loc", b"alhost\r\n\r", b"\n"):
                    raw.write(part)
                    await running.get("/healthz")
                head, body = await raw.response()
                assert head.startswith(b"HTTP/1.1 200 ")
                assert b'"orderId":7' in body


async def test_connections_are_counted_per_address(tmp_path: Path) -> None:
    limits = {**LIMITS, "connections_per_address": 5}
    async with bridge(tmp_path, {"server": {"limits": limits}}) as running:
        held = [await connect(running) for _ in range(5)]
        async with await connect(running) as sixth:
            sixth.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            said = await sixth.rest()
            assert said.startswith(b"HTTP/1.1 503 ")
        await asyncio.gather(*(raw.rest() for raw in held))  # cut, as they sent nothing
        assert (await running.get("/healthz")).status == 200
        for raw in held:
            async with raw:
                pass
