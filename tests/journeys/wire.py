"""What went over the wire as text that can be compared: names, attributes, texts and order count, prefixes do not.

The values of attributes that name types are resolved as well; it knows nothing of the bridge.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from lxml import etree

from tests.journeys.foreign import Foreign
from tests.journeys.running import Answer, started
from tests.servers.envelopes import ENVELOPES
from tests.servers.running import Running

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
ENCODINGS = {"11": "http://schemas.xmlsoap.org/soap/encoding/", "12": "http://www.w3.org/2003/05/soap-encoding"}
# Attributes whose values are names with prefixes, array dimensions behind them.
NAMING = {f"{{{XSI}}}type", f"{{{ENCODINGS['11']}}}arrayType", f"{{{ENCODINGS['12']}}}itemType"}


def version(service: str) -> str:
    return "12" if service.endswith("12") else "11"


def lines(xml: bytes | str | etree._Element) -> list[str]:
    """A line for each element: its depth, name, attributes in the order of their names, text."""
    root = xml if isinstance(xml, etree._Element) else etree.fromstring(xml.encode() if isinstance(xml, str) else xml)
    return _lines(root, 0)


def types(xml: bytes) -> list[str]:
    """The types that xsi:type names, in document order."""
    attribute = f"{{{XSI}}}type"
    found = (element for element in etree.fromstring(xml).iter() if element.get(attribute) is not None)
    return [_value(element, attribute, str(element.get(attribute))) for element in found]


def _lines(element: etree._Element, depth: int) -> list[str]:
    attributes = sorted((str(name), _value(element, str(name), str(value))) for name, value in element.attrib.items())
    line = " ".join(["  " * depth + str(element.tag), *(f'{name}="{value}"' for name, value in attributes)])
    text = element.text or ""
    # Indentation of an expected text is no text.
    own = f" {text!r}" if text and not (len(element) and text.isspace()) else ""
    tails = "".join(child.tail or "" for child in element)
    mixed = f" … {tails!r}" if tails.strip() else ""
    return [line + own + mixed, *(line for child in element for line in _lines(child, depth + 1))]


def _value(element: etree._Element, name: str, value: str) -> str:
    if name not in NAMING:
        return value
    prefix, colon, local = value.rpartition(":")
    return f"{{{element.nsmap.get(prefix or None, '?')}}}{local}" if colon or None in element.nsmap else value


def envelope(service: str, body: str, header: str = "", **namespaces: str) -> str:
    """An expected envelope of a service's version; `namespaces` by prefix, xsi, xsd and enc besides."""
    number = version(service)
    known = {"s": ENVELOPES[number], "xsi": XSI, "xsd": XSD, "enc": ENCODINGS[number], **namespaces}
    declared = " ".join(f'xmlns:{prefix}="{namespace}"' for prefix, namespace in known.items())
    head = f"<s:Header>{header}</s:Header>" if header else ""
    return f"<s:Envelope {declared}>{head}<s:Body>{body}</s:Body></s:Envelope>"


def encoded(service: str, wrapper: str, parts: str, header: str = "", **namespaces: str) -> str:
    """An expected request in SOAP encoding; `[T n]` in an element stands for an array of n items of type T."""
    number = version(service)
    style = f's:encodingStyle="{ENCODINGS[number]}"'
    said = r'enc:arrayType="\1[\2]"' if number == "11" else r'enc:itemType="\1" enc:arraySize="\2"'
    inner = re.sub(r"\[([\w:]+) (\d+)\]", said, parts)
    return envelope(service, f"<{wrapper} {style}>{inner}</{wrapper}>", header, **namespaces)


async def tolerated(here: Foreign) -> list[str]:
    """The lines of /metrics on answers that stray from their contract."""
    told = (await here.bridge.get("/metrics")).text.splitlines()
    return [line for line in told if line.startswith("bridge_answers_tolerated_total{")]


async def refused(here: Foreign, answer: Answer) -> str:
    """Why an answer could not be used, as the operator reads it in the log; the client is not told."""
    assert (answer.status, answer.json["code"]) == (502, "upstream_invalid"), answer.text
    line = await here.bridge.log.event("request-done", request_id=answer.headers["Bridge-Request-Id"])
    assert line["cause"] not in answer.text
    return str(line["cause"])


@asynccontextmanager
async def served(name: str, server: Running, folder: Path, wsdls: dict[str, str]) -> AsyncIterator[Foreign]:
    """`serve --wsdl NAME=URL …` in front of a server, as somebody types it; the names are the upstreams'."""
    (folder / "bridge").mkdir()
    given = [part for service, wsdl in wsdls.items() for part in ("--wsdl", f"{service}={wsdl}")]
    line = ["serve", *given, "--port", "0", "--state", str(folder / "state")]
    async with started(folder / "bridge", *line) as bridge:
        await bridge.ready(*wsdls)
        yield Foreign(name, server, bridge)
