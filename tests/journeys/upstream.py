"""A SOAP order service in the test's own process: counts what arrives, can be slow, hang, go down and come back.

It answers GetOrder (and Fail, with nothing) of tests/servers/wsdl/orders.wsdl; it knows nothing of the bridge.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web

from tests.cpu import HANG_S
from tests.servers.running import WSDLS

ENVELOPE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:example:orders" '
    'xmlns:c="urn:example:common" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Body>{}</e:Body></e:Envelope>'
)
ORDER = (
    '<GetOrderResponse><order status="open"><orderId>{}</orderId><ordered>2024-02-29T23:59:59Z</ordered>'
    '<customer id="7"><c:name>Ada</c:name><c:email xsi:nil="true"/></customer><total currency="CHF">1.50</total>'
    "</order></GetOrderResponse>"
)
NUMBER = re.compile(rb"orderId>(-?\d+)<")
GET_ORDER = {"route": "GET /orders/{orderId}", "safe": True}


@dataclass(frozen=True)
class Asked:
    """One SOAP request."""

    headers: dict[str, str]
    body: bytes

    @property
    def order(self) -> int:
        match = NUMBER.search(self.body)
        assert match
        return int(match[1])


@dataclass
class Upstream:
    """`async with Upstream() as upstream`; `stop` and `start` take it down and up on the same port.

    `open` cleared: answers wait until it is set. `delay_s`: every answer takes that long.
    """

    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    delay_s: float = 0
    port: int = 0
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    _never: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.ServerRunner | None = None

    def __post_init__(self) -> None:
        self.open.set()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{'localhost' if self.tls else '127.0.0.1'}:{self.port}"

    @property
    def wsdl(self) -> str:
        return f"{self.url}/orders?wsdl"

    async def start(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self.tls, reuse_address=True).start()

    async def stop(self) -> None:
        """Connections are refused from now on, and the open ones end."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.open.set()
        await self.stop()

    async def has_been_asked(self, times: int) -> None:
        """Waits for so many SOAP requests in all."""
        async with asyncio.timeout(HANG_S), self._arrived:
            await self._arrived.wait_for(lambda: len(self.asked) >= times)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            return self._document(request.path.rpartition("/")[2])
        asked = Asked({name.lower(): value for name, value in request.headers.items()}, await request.read())
        async with self._arrived:
            self.asked.append(asked)
            self._arrived.notify_all()
        await self.open.wait()
        await self._pause()
        body = ENVELOPE.format("<FailResponse/>" if b"Fail>" in asked.body else ORDER.format(asked.order))
        return web.Response(body=body.encode(), content_type="text/xml", charset="utf-8")

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self.delay_s):
                await self._never.wait()
        except TimeoutError:
            pass

    def _document(self, name: str) -> web.Response:
        path = WSDLS / (name if name.endswith(".xsd") else "orders.wsdl")
        text = path.read_text("utf-8").replace("http://localhost/service", f"{self.url}/orders")
        return web.Response(body=text.encode(), content_type="text/xml", charset="utf-8")
