"""One legacy system and the bridge in front of it: the test writes the WSDL and the answers, and reads what was sent.

The bridge is the real one, over HTTP on a free port; it knows nothing of the test.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import canonicalize

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree

from bridge.app import Application
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.events import Event
from bridge.sinks.metrics import Metrics

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_BINDING = {"1.1": "http://schemas.xmlsoap.org/wsdl/soap/", "1.2": "http://schemas.xmlsoap.org/wsdl/soap12/"}
_NAMES = f'xmlns:t="urn:old" xmlns:xsi="{XSI}" xmlns:xs="http://www.w3.org/2001/XMLSchema"'


@dataclass(frozen=True)
class Op:
    """A document/literal operation. Elements are prefixed names; `headers` are parts of the input message."""

    name: str
    input: str = ""
    output: str = ""
    faults: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    answer_headers: tuple[str, ...] = ()


def schema(content: str, space: str = "urn:old", *, qualified: bool = True) -> str:
    """A schema block; `t` is urn:old and `o` urn:other in all of them."""
    form = "qualified" if qualified else "unqualified"
    return (
        f'<xs:schema targetNamespace="{space}" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:old" '
        f'xmlns:o="urn:other" elementFormDefault="{form}">{content}</xs:schema>'
    )


def element(name: str, content: str, *, before: str = "") -> str:
    """A global element with a sequence in it."""
    inside = f"<xs:complexType><xs:sequence>{content}</xs:sequence>{before}</xs:complexType>"
    return f'<xs:element name="{name}">{inside}</xs:element>'


def wsdl(
    schemas: str, *operations: Op, space: str = "urn:old", version: str = "1.1", address: str = "http://old.invalid/"
) -> str:
    """A WSDL with one port."""
    return f"""<w:definitions name="Old" targetNamespace="{space}" xmlns:d="{space}" xmlns:t="urn:old"
  xmlns:o="urn:other" xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="{_BINDING[version]}">
  <w:types>{schemas}</w:types>{"".join(map(_messages, operations))}
  <w:portType name="Old">{"".join(map(_abstract, operations))}</w:portType>
  <w:binding name="Old" type="d:Old"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    {"".join(map(_bound, operations))}</w:binding>
  <w:service name="Old"><w:port name="Old" binding="d:Old"><s:address location="{address}"/></w:port></w:service>
</w:definitions>"""


def _messages(op: Op) -> str:
    sides = (
        ("In", op.input or f"t:{op.name}", op.headers),
        ("Out", op.output or f"t:{op.name}Response", op.answer_headers),
    )
    text = ""
    for side, body, headers in sides:
        parts = "".join(f'<w:part name="{_local(one)}" element="{one}"/>' for one in headers)
        text += f'<w:message name="{op.name}{side}"><w:part name="body" element="{body}"/>{parts}</w:message>'
    for fault in op.faults:
        name = f"{op.name}{_local(fault)}"
        text += f'<w:message name="{name}"><w:part name="fault" element="{fault}"/></w:message>'
    return text


def _abstract(op: Op) -> str:
    faults = "".join(f'<w:fault name="{_local(one)}" message="d:{op.name}{_local(one)}"/>' for one in op.faults)
    return (
        f'<w:operation name="{op.name}"><w:input message="d:{op.name}In"/>'
        f'<w:output message="d:{op.name}Out"/>{faults}</w:operation>'
    )


def _bound(op: Op) -> str:
    def side(name: str, headers: tuple[str, ...]) -> str:
        tags = (f'<s:header message="d:{op.name}{name}" part="{_local(one)}" use="literal"/>' for one in headers)
        return f'{"".join(tags)}<s:body use="literal" parts="body"/>'

    faults = "".join(
        f'<w:fault name="{_local(one)}"><s:fault name="{_local(one)}" use="literal"/></w:fault>' for one in op.faults
    )
    return (
        f'<w:operation name="{op.name}"><s:operation soapAction="urn:old#{op.name}"/>'
        f"<w:input>{side('In', op.headers)}</w:input><w:output>{side('Out', op.answer_headers)}</w:output>"
        f"{faults}</w:operation>"
    )


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def envelope(body: str, header: str = "", space: str = SOAP) -> str:
    """What a server sends; `t`, `xs` and `xsi` are declared."""
    head = f"<e:Header>{header}</e:Header>" if header else ""
    return f'<e:Envelope xmlns:e="{space}" {_NAMES}>{head}<e:Body>{body}</e:Body></e:Envelope>'


def fault(code: str, text: str, detail: str = "") -> str:
    """A SOAP 1.1 fault, to be put into an envelope."""
    inside = f"<detail>{detail}</detail>" if detail else ""
    return f"<e:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring>{inside}</e:Fault>"


@dataclass(frozen=True)
class Told:
    """What a client of the bridge got. `text` is the body as it came."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Old:
    """The legacy system, its bridge, and one client."""

    answer: str | bytes = ""
    status: int = 200
    content_type: str = "text/xml; charset=utf-8"
    more_headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    asked: list[bytes] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    session: aiohttp.ClientSession | None = None
    asked_headers: Mapping[str, str] = field(default_factory=dict)
    upstream_port: int = 0

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(await request.read())
        self.asked_headers = request.headers
        body = self.answer if isinstance(self.answer, bytes) else self.answer.encode()
        return web.Response(
            status=self.status, body=body, headers={"Content-Type": self.content_type, **self.more_headers}
        )

    def answers(self, body: str, header: str = "", *, status: int = 200, space: str = SOAP) -> None:
        self.answer, self.status = envelope(body, header, space), status

    async def post(self, operation: str, value: object = None) -> Told:
        """Calls `POST /v1/old/{operation}`; bytes and texts are sent as they are."""
        data = value if isinstance(value, str | bytes) else json.dumps({} if value is None else value)
        return await self.ask("POST", f"/v1/old/{operation}", data=data, headers={"Content-Type": "application/json"})

    async def ask(self, method: str, path: str, **more: Any) -> Told:
        assert self.session
        async with self.session.request(method, self.url + path, **more) as answer:
            return Told(answer.status, dict(answer.headers), await answer.text())

    @property
    def ports(self) -> tuple[int, int]:
        """Of the bridge and of the legacy system."""
        return int(self.url.rpartition(":")[2]), self.upstream_port

    async def operation(self, name: str) -> Any:
        """The OpenAPI document's word on `POST /v1/old/{name}`, references followed by `self.follow`."""
        document = (await self.ask("GET", "/openapi.json")).json
        return _followed(document["paths"][f"/v1/old/{name}"]["post"], document, 0)

    @property
    def sent(self) -> str:
        """The content of the last request's Body, in canonical form."""
        body = _child(etree.fromstring(self.asked[-1]), "Body")
        return "".join(canonical(etree.tostring(one, with_tail=False).decode()) for one in body)

    @property
    def sent_header(self) -> str:
        """The content of the last request's Header, in canonical form."""
        header = _child(etree.fromstring(self.asked[-1]), "Header")
        return "".join(canonical(etree.tostring(one, with_tail=False).decode()) for one in header)


def canonical(text: str) -> str:
    """One form for all spellings: prefixes by order, no blanks between elements. `t`, `xs` and `xsi` may be used."""
    if "xmlns" not in text:
        text = text.replace(">", f" {_NAMES}>", 1) if "/>" not in text.partition(">")[0] + ">" else text
    return canonicalize(text, strip_text=True, rewrite_prefixes=True, qname_aware_attrs={f"{{{XSI}}}type"})


def xml(text: str) -> str:
    """The canonical form of what is expected; `t` is urn:old, `o` urn:other."""
    wrapped = etree.fromstring(f'<r {_NAMES} xmlns:o="urn:other">{text}</r>')
    return "".join(canonical(etree.tostring(one, with_tail=False).decode()) for one in wrapped)


def _child(root: etree._Element, local: str) -> etree._Element:
    return next(one for one in root if etree.QName(one).localname == local)


def _followed(node: Any, document: Any, depth: int) -> Any:
    if isinstance(node, list):
        return [_followed(one, document, depth) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node and depth < 12:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        return _followed(target, document, depth + 1)
    return {key: _followed(one, document, depth) for key, one in node.items()}


@dataclass
class Bridges:
    """Opens a bridge in front of a legacy system of the given WSDL. One WSDL is derived once for all its tests."""

    folder: Path

    @asynccontextmanager
    async def __call__(
        self, text: str, *, operations: Mapping[str, object] | None = None, **settings: object
    ) -> AsyncIterator[Old]:
        path = self.folder / f"{sha256(text.encode()).hexdigest()[:16]}.wsdl"
        path.write_text(text, "utf-8")
        old = Old()
        app = web.Application(client_max_size=64_000_000)
        app.router.add_post("/", old.serve)
        async with TestServer(app) as server:
            assert server.port
            old.upstream_port = server.port
            soap = {"wsdl": str(path), "endpoint": str(server.make_url("/")), **settings}
            upstreams = {"old": {"soap": soap, "operations": operations or {}}}
            async with self.opened(old, upstreams):
                yield old

    @asynccontextmanager
    async def opened(self, old: Old, upstreams: Mapping[str, object], state: Path | None = None) -> AsyncIterator[None]:
        """The bridge alone: its upstreams may be anything."""
        metrics = Metrics()

        def emit(event: Event) -> None:
            old.events.append(event)
            metrics(event)

        config = Config.model_validate(
            {"state": str(state or self.folder / "state"), "server": {"port": 0}, "upstreams": upstreams}
        )
        bridge = Application(config, clock=SystemClock(), emit=emit, metrics=metrics.render)
        old.session = aiohttp.ClientSession()
        old.url = await bridge.start()
        try:
            await bridge.connected()
            yield
        finally:
            await old.session.close()  # before the bridge, which else waits for its client
            await bridge.stop()
