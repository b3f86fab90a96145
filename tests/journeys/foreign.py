"""The three servers that nobody here wrote, each with a bridge in front of it. Started once for a file of tests."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from tests.journeys.running import Bridge, bridge, soap
from tests.servers.envelopes import ENVELOPES
from tests.servers.node import node_server
from tests.servers.php import php_server
from tests.servers.recorder import Exchange
from tests.servers.running import WSDLS, Running
from tests.servers.spyne import spyne_server

SERVERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Running]]] = {
    "php": php_server,
    "node": node_server,
    "spyne": spyne_server,
}
SERVICES = {
    "php": ("types", "types12", "types-rpc", "orders", "orders12"),
    # The node package does not follow rpc/literal (its answers are in the wrong namespaces), Spyne does not offer it.
    "node": ("types", "types12", "orders", "orders12"),
    "spyne": ("types", "types12", "orders", "orders12"),
}
ACTION = re.compile(r'action="([^"]*)"')


class Foreign:
    """A foreign server, and the bridge through which the tests talk to it.

    No dataclass: hypothesis prints what it hands to a test, field by field, and a recorder holds all that was sent.
    """

    def __init__(self, name: str, server: Running, bridge: Bridge) -> None:
        self.name, self.server, self.bridge = name, server, bridge

    def last(self) -> Sent:
        """What the latest call looked like at the server."""
        return Sent(self.server.calls[-1])


@dataclass
class Sent:
    """A SOAP request as the server got it."""

    exchange: Exchange

    @property
    def envelope(self) -> etree._Element:
        return etree.fromstring(self.exchange.request)

    @property
    def payload(self) -> etree._Element:
        body = self.envelope.find("{*}Body")
        assert body is not None
        return body[0]

    @property
    def action(self) -> str | None:
        """Where each version has it: a header of its own, or a parameter of the content type."""
        kind = self.exchange.header("content-type") or ""
        if self.version == "12":
            assert self.exchange.header("soapaction") is None
            assert kind.startswith("application/soap+xml; charset=utf-8")
            match = ACTION.search(kind)
            return match[1] if match else None
        assert kind == "text/xml; charset=utf-8"
        return (self.exchange.header("soapaction") or "").strip('"')

    @property
    def version(self) -> str:
        namespace = etree.QName(self.envelope).namespace
        return next(version for version, known in ENVELOPES.items() if known == namespace)


def schema(name: str) -> etree.XMLSchema:
    """An independent judge of what was sent."""
    return etree.XMLSchema(etree.parse(WSDLS / name))


@asynccontextmanager
async def foreign(name: str, folder: Path, kinds: tuple[str, ...]) -> AsyncIterator[Foreign]:
    """`kinds`: which of the services, by the beginning of their names."""
    (folder / "server").mkdir()
    (folder / "bridge").mkdir()
    async with SERVERS[name](folder / "server") as server:
        services = [service for service in SERVICES[name] if service.startswith(kinds)]
        config = {"upstreams": {service: soap(server.wsdl_url(service)) for service in services}}
        async with bridge(folder / "bridge", config) as running:
            await running.ready(*services)
            yield Foreign(name, server, running)
