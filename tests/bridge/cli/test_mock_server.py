"""The HTTP side of the mock: slow bodies are cut, a delay is a delay, big bodies do not hold the loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from adapters.soap.documents import DocumentSet
from adapters.soap.mock import MockService
from adapters.soap.mock_pages import Pages
from adapters.soap.wsdl.reader import read_contract
from bridge.cli.mock_server import MockServer
from bridge.clock import SystemClock
from tests.bridge.cli.running import WSDL
from tests.bridge.cli.test_mock import ENVELOPE

DOCS = DocumentSet(str(WSDL), {str(WSDL): WSDL.read_bytes()})


class Pauses(SystemClock):
    """Nobody waits, and it is written down how long they would have."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)


@asynccontextmanager
async def mocked(clock: Pauses, delay_s: float = 0.0, body_time_s: float = 5.0) -> AsyncIterator[str]:
    mind = MockService(read_contract(DOCS))
    server = MockServer(mind, Pages(DOCS), path="/shop", clock=clock, delay_s=delay_s, body_time_s=body_time_s)
    url = await server.start("127.0.0.1", 0)
    try:
        yield url
    finally:
        await server.stop()


async def test_a_delay() -> None:
    clock = Pauses()
    async with mocked(clock, delay_s=7.5) as url, aiohttp.ClientSession() as session:
        async with session.post(url, data=ENVELOPE.format(1)) as answer:
            assert answer.status == 200
        assert clock.asked == [7.5]
        async with session.get(f"{url}?wsdl") as answer:
            assert answer.status == 200
    assert clock.asked == [7.5]


async def test_a_body_that_never_ends_is_cut() -> None:
    async with mocked(Pauses(), body_time_s=0.05) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.split(":")[2].split("/")[0]))
        writer.write(b"POST /shop HTTP/1.1\r\nHost: mock\r\nContent-Length: 1000\r\n\r\n<e:Env")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        await writer.wait_closed()


async def test_big_bodies_and_the_charset_of_the_header() -> None:
    async with mocked(Pauses()) as url, aiohttp.ClientSession() as session:
        padded = ENVELOPE.format(1).replace("><e:Body", ">" + " " * 100_000 + "<e:Body")
        async with session.post(url, data=padded.encode()) as answer:
            assert answer.status == 200
        headers = {"Content-Type": 'text/xml; charset="utf-16"'}
        async with session.post(url, data=ENVELOPE.format(1).encode("utf-16"), headers=headers) as answer:
            assert answer.status == 200
        headers = {"Content-Type": "text/xml", "SOAPAction": '"urn:legacy:shop#GetStock"'}
        async with session.post(url, data=ENVELOPE.format(1), headers=headers) as answer:
            assert "is that of GetStock" in await answer.text()
