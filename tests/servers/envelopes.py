"""Hand-made envelopes and a plain HTTP call, so that a server is judged without the bridge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

import aiohttp
from lxml import etree

from tests.servers.running import Running

TYPES = "urn:example:types"
RPC = "urn:example:types:rpc"
ORDERS = "urn:example:orders"
ENVELOPES = {"11": "http://schemas.xmlsoap.org/soap/envelope/", "12": "http://www.w3.org/2003/05/soap-envelope"}
CLARK = re.compile(r"\{(.*)\}(.*)")


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the body's first element when it is XML."""

    status: int
    text: str

    @property
    def payload(self) -> etree._Element:
        root = etree.fromstring(self.text.encode())
        body = next(child for child in root if etree.QName(child).localname == "Body")
        return body[0]


async def call(server: Running, service: str, operation: str, payload: str, header: str = "") -> Answer:
    """Send a payload in an envelope of the version that the service speaks."""
    version = "12" if service.endswith("12") else "11"
    head = f"<e:Header>{header}</e:Header>" if header else ""
    envelope = f'<e:Envelope xmlns:e="{ENVELOPES[version]}">{head}<e:Body>{payload}</e:Body></e:Envelope>'
    action = f"{ORDERS if service.startswith('orders') else TYPES}#{operation}"
    headers = {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'}
    if version == "11":
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    async with (
        aiohttp.ClientSession() as session,
        session.post(server.url(service), data=envelope.encode(), headers=headers) as response,
    ):
        return Answer(response.status, await response.text())


def text_of(name: str, value: str) -> tuple[str, str]:
    """A value's XML text and the declaration it needs: Clark names become prefixed ones."""
    if name == "qName" and (match := CLARK.fullmatch(value)):
        return f"v:{match[2]}", f' xmlns:v="{match[1]}"'
    return escape(value, {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}), ""


def elements(name: str, values: list[str]) -> str:
    return "".join(
        f"<t:{name}{declared}>{text}</t:{name}>" for text, declared in (text_of(name, value) for value in values)
    )


def record(operation: str, content: str, attributes: str = "", service: str = "types") -> str:
    """The payload of one of the Echo operations."""
    if service == "types-rpc":
        return (
            f'<r:{operation} xmlns:r="{RPC}" xmlns:t="{TYPES}"><record{attributes}>{content}</record></r:{operation}>'
        )
    return f'<t:{operation} xmlns:t="{TYPES}"><t:record{attributes}>{content}</t:record></t:{operation}>'


def answered(answer: Answer, name: str) -> list[str | None]:
    """The values of one name in an echoed record, Clark names restored; nil is None."""
    found: list[str | None] = []
    for element in answer.payload.iter(f"{{{TYPES}}}{name}"):
        if element.get("{http://www.w3.org/2001/XMLSchema-instance}nil") in {"true", "1"}:
            found.append(None)
        else:
            found.append(clark(name, element.text or "", element))
    return found


def clark(name: str, text: str, element: etree._Element) -> str:
    prefix, colon, local = text.strip().rpartition(":")
    if name == "qName" and (namespace := element.nsmap.get(prefix or None)):
        return f"{{{namespace}}}{local if colon else text.strip()}"
    return text
