"""SIGTERM: what was accepted is answered, nothing new comes in, and the process ends in time with code 0."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.running import Bridge, bridge, soap
from tests.journeys.upstream import GET_ORDER, Upstream

pytestmark = pytest.mark.journey

CLIENTS, ROUNDS = 24, 4
# Longer than anybody here waits for an end: what ends did not run out of time.
PATIENT = {"drain": "1000s", "idle": "1000s"}
LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")


@dataclass
class Tally:
    """What became of the requests of all clients."""

    good: int = 0
    failed: int = 0
    unanswered: int = 0
    told_to_leave: int = 0


async def client(running: Bridge, tally: Tally, number: int) -> None:
    """One keep-alive connection: asks and asks until the bridge says that it will not answer again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    request = f"GET /v1/shop/orders/{number} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    try:
        while True:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(head)
            assert length
            await reader.readexactly(int(length[1]))
            if head.startswith(b"HTTP/1.1 200 "):
                tally.good += 1
            else:
                tally.failed += 1
            if b"connection: close" in head.lower():
                tally.told_to_leave += 1
                return
    except (ConnectionError, asyncio.IncompleteReadError):
        tally.unanswered += 1
    finally:
        writer.close()


async def test_no_accepted_request_fails_under_load(tmp_path: Path) -> None:
    for turn in range(ROUNDS):
        folder = tmp_path / str(turn)
        folder.mkdir()
        async with Upstream(delay_s=0.02 * turn) as upstream:
            shop = soap(upstream.wsdl, operations={"GetOrder": GET_ORDER})
            config = {"server": {"limits": PATIENT}, "upstreams": {"shop": shop}}
            async with bridge(folder, config) as running:
                await running.ready("shop")
                tally = Tally()
                clients = [asyncio.create_task(client(running, tally, number)) for number in range(CLIENTS)]
                await upstream.has_been_asked(10 * CLIENTS)
                running.terminate()
                assert await running.ended() == 0
                await asyncio.gather(*clients)
                assert (tally.failed, tally.unanswered) == (0, 0), tally
                assert tally.told_to_leave == CLIENTS
                with pytest.raises(ConnectionError):
                    await asyncio.open_connection("127.0.0.1", running.port)


async def test_a_slow_call_is_finished_first(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        config = {"upstreams": {"shop": soap(upstream.wsdl, operations={"GetOrder": GET_ORDER})}}
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            upstream.open.clear()
            asked = asyncio.create_task(running.get("/v1/shop/orders/7"))
            await upstream.has_been_asked(1)
            running.terminate()
            assert (await running.log.event("server-stopping"))["in_flight"] == 1
            with pytest.raises(ConnectionError):
                await asyncio.open_connection("127.0.0.1", running.port)
            assert not asked.done()
            upstream.open.set()
            answer = await asked
            assert (answer.status, answer.json["orderId"]) == (200, 7)
            assert answer.headers["Connection"] == "close"
            assert await running.ended() == 0


async def test_a_call_that_hangs_does_not_hold_the_end_up(tmp_path: Path) -> None:
    drain_s = 1
    async with Upstream() as upstream:
        never = {"timeout": "1000s", "deadline": "1000s"}
        shop = soap(upstream.wsdl, operations={"GetOrder": GET_ORDER}, limits=never)
        config = {"server": {"limits": {**PATIENT, "drain": f"{drain_s}s"}}, "upstreams": {"shop": shop}}
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            upstream.open.clear()
            hanging = [asyncio.create_task(running.get(f"/v1/shop/orders/{number}")) for number in range(3)]
            await upstream.has_been_asked(3)
            began = time.perf_counter()
            running.terminate()
            assert await running.ended() == 0
            assert time.perf_counter() - began >= drain_s
            outcomes = await asyncio.gather(*hanging, return_exceptions=True)
            assert all(isinstance(outcome, Exception) for outcome in outcomes)
