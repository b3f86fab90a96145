"""The foreign servers of SOAP encoding tell references, types and nil apart by themselves: no bridge involved."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from lxml import etree

from tests.servers.envelopes import ENVELOPES, Answer
from tests.servers.gsoap import gsoap_server
from tests.servers.php import ENCODED, php_server
from tests.servers.running import Running

# The first run compiles.
pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

ENCODINGS = {"11": "http://schemas.xmlsoap.org/soap/encoding/", "12": "http://www.w3.org/2003/05/soap-encoding"}
NAMES = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
# server, service, namespace, operation that tells what was read
NODES = [
    ("gsoap", "graph", "urn:example:graph", "describeNode"),
    ("gsoap", "graph12", "urn:example:graph", "describeNode"),
    ("php", "encoded", "urn:example:encoded", "viewNode"),
    ("php", "encoded12", "urn:example:encoded", "viewNode"),
]


@asynccontextmanager
async def server_of(name: str, folder: Path) -> AsyncIterator[Running]:
    async with gsoap_server(folder, "graph") if name == "gsoap" else php_server(folder, ENCODED) as server:
        yield server


async def call(server: Running, service: str, namespace: str, payload: str) -> Answer:
    version = "12" if service.endswith("12") else "11"
    envelope = (
        f'<e:Envelope xmlns:e="{ENVELOPES[version]}" xmlns:c="{ENCODINGS[version]}" xmlns:n="{namespace}" {NAMES}>'
        f"<e:Body>{payload}</e:Body></e:Envelope>"
    )
    kind = "application/soap+xml" if version == "12" else "text/xml"
    headers = {"Content-Type": f"{kind}; charset=utf-8", **({"SOAPAction": '""'} if version == "11" else {})}
    async with (
        aiohttp.ClientSession() as session,
        session.post(server.url(service), data=envelope.encode(), headers=headers) as response,
    ):
        return Answer(response.status, await response.text())


def told(answer: Answer) -> str:
    assert answer.status == 200, answer.text
    return str(etree.fromstring(answer.text.encode()).xpath("string(//*[local-name() = 'text' or self::result])"))


@pytest.mark.parametrize(("server", "service", "namespace", "operation"), NODES)
async def test_one_node_that_is_referred_to_twice(
    tmp_path: Path, server: str, service: str, namespace: str, operation: str
) -> None:
    """It stands where it is first met, the second place refers to it: one object in C++, a copy in PHP."""
    named, refers = ('id="i"', 'href="#i"') if not service.endswith("12") else ('c:id="i"', 'c:ref="#i"')
    if (server, service) == ("gsoap", "graph12"):
        refers = 'c:ref="i"'
    node = (
        f'<n:{operation}><node xsi:type="n:Node"><label xsi:type="xsd:string">root</label>'
        f'<left xsi:type="n:Node" {named}><label xsi:type="xsd:string">leaf</label></left><right {refers}/>'
        f"</node></n:{operation}>"
    )
    async with server_of(server, tmp_path) as running:
        seen = told(await call(running, service, namespace, node))
    if server == "gsoap":
        assert seen == '1:"root"(2:"leaf"(- -) =2)'
    else:
        leaf = {"class": "Node", "label": "leaf"}
        assert json.loads(seen) == {"class": "Node", "label": "root", "left": leaf, "right": leaf}


@pytest.mark.parametrize(("server", "service"), [("gsoap", "graph"), ("php", "encoded")])
async def test_what_was_not_said_is_not_seen(tmp_path: Path, server: str, service: str) -> None:
    """A type that is not said is the declared one; nil is not empty."""
    async with server_of(server, tmp_path) as running:
        if server == "gsoap":
            items = '<item><name>a</name></item><item xsi:type="n:Circle"/><item xsi:nil="true"/>'
            shapes = f'<shapes c:arrayType="n:Shape[3]">{items}</shapes>'
            payload = f"<n:describeShapes>{shapes}</n:describeShapes>"
            seen = told(await call(running, service, "urn:example:graph", payload))
            assert seen == '3; Shape "a"; Circle 0 null; null'
        else:
            items = '<item><sku>a</sku></item><item xsi:type="n:Offer"><note/></item><item xsi:nil="true"/>'
            payload = f'<n:viewItems><items c:arrayType="n:Item[3]">{items}</items></n:viewItems>'
            seen = told(await call(running, service, "urn:example:encoded", payload))
            assert json.loads(seen) == [{"class": "Item", "sku": "a"}, {"class": "Offer", "note": ""}, None]
