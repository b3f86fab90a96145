"""The service of tests/servers/wsdl/files.wsdl, opened for calls, and what its answers look like on the wire."""

from __future__ import annotations

import email.message
import email.policy
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache

import msgspec

from adapters.soap.config import SoapOperationSettings, SoapSettings
from adapters.soap.contract import Contract, Version
from adapters.soap.documents import DocumentSet
from adapters.soap.upstream import Flags, SoapUpstream
from adapters.soap.wsdl.reader import read_contract
from bridge.call import Reply
from bridge.clock import SystemClock
from bridge.events import Event
from bridge.transport.session import HttpSession
from tests.bridge.transport.faults import http
from tests.servers.running import WSDLS

CLOCK = SystemClock()
FILES = "urn:example:files"
ENVELOPE = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
XOP = 'application/xop+xml; charset=utf-8; type="text/xml"'


@cache
def _contract() -> Contract:
    location = "http://files.example/files.wsdl"
    return read_contract(DocumentSet(location, {location: (WSDLS / "files.wsdl").read_bytes()}))


def contract(url: str, version: Version = "1.1") -> Contract:
    found = _contract()
    return msgspec.structs.replace(found, port=msgspec.structs.replace(found.port, address=url, version=version))


@asynccontextmanager
async def opened(
    url: str,
    events: list[Event] | None = None,
    *,
    version: Version = "1.1",
    soap: Mapping[str, object] | None = None,
    operation: Mapping[str, object] | None = None,
) -> AsyncIterator[SoapUpstream]:
    """`soap`: settings of the service; `operation`: those of all its operations."""
    settings = SoapSettings.model_validate({"wsdl": url + "?wsdl", **(soap or {})})
    own = Flags(soap=SoapOperationSettings.model_validate(operation or {}))
    made = SoapUpstream(
        "files",
        contract(url, version),
        settings,
        HttpSession(settings, trusted=settings.configured),
        flags=dict.fromkeys(_contract().operations, own),
        clock=CLOCK,
        emit=[].append if events is None else events.append,
    )
    try:
        yield made
    finally:
        await made.close()


def body(inside: str, version: Version = "1.1") -> bytes:
    """An envelope; `inside` is of the files namespace, without a prefix."""
    return f'<s:Envelope xmlns:s="{ENVELOPE[version]}"><s:Body>{inside}</s:Body></s:Envelope>'.encode()


def fetched(content: str, attribute: str = "") -> bytes:
    return body(f'<FetchResponse xmlns="{FILES}"><Name>n</Name><Content{attribute}>{content}</Content></FetchResponse>')


def include(content: str) -> str:
    return f'<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:{content}"/>'


def package(*parts: tuple[str, bytes], boundary: str = "b1", closed: bool = True) -> bytes:
    """Parts with their headers, as a body."""
    packed = [f"--{boundary}\r\n{head}\r\n\r\n".encode() + data + b"\r\n" for head, data in parts]
    return b"".join([*packed, f"--{boundary}--\r\n".encode() if closed else b""])


def packed(*parts: tuple[str, bytes], start: str = "", status: int = 200) -> bytes:
    """The same as a whole HTTP answer."""
    said = f'; start="{start}"' if start else ""
    return http(
        package(*parts), status=status, kind=f'multipart/related; type="application/xop+xml"; boundary="b1"{said}'
    )


def parsed(request: bytes) -> tuple[email.message.EmailMessage, list[email.message.EmailMessage]]:
    """A request as Python's parser of mail understands it: independent of ours."""
    whole = email.message_from_bytes(request.partition(b"\r\n")[2], policy=email.policy.HTTP)
    assert isinstance(whole, email.message.EmailMessage)
    assert whole.defects == []
    return whole, [part for part in whole.iter_parts() if isinstance(part, email.message.EmailMessage)]


def parsed_parts(kind: str, data: bytes) -> tuple[email.message.EmailMessage, list[email.message.EmailMessage]]:
    """The same of a body and its Content-Type."""
    return parsed(f"POST\r\nContent-Type: {kind}\r\n\r\n".encode() + data)


def content_of(part: email.message.EmailMessage) -> bytes:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data


async def streamed(reply: Reply) -> bytes:
    """All of a stream, which is closed."""
    assert reply.stream is not None
    try:
        return b"".join([piece async for piece in reply.stream.pieces])
    finally:
        await reply.stream.close()


def headers_of(parts: Sequence[email.message.EmailMessage]) -> list[str]:
    return [f"{part.get_content_type()} {part['Content-ID']}" for part in parts]
