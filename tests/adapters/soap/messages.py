"""Requests as a server saw them, and answers as it gives them."""

from __future__ import annotations

from lxml import etree

from adapters.soap.contract import Version
from tests.adapters.soap.shop import ORDER, envelope
from tests.bridge.transport.faults import http


def head_of(request: bytes) -> dict[str, str]:
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def body_of(request: bytes) -> etree._Element:
    return etree.fromstring(request.partition(b"\r\n\r\n")[2])


def soap(body: str = ORDER, version: Version = "1.1") -> bytes:
    return http(envelope(body, version))
