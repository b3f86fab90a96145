"""Messages of an HTTP binding on the wire (WSDL 1.1 §4 and §5): from the envelope they would have been, and into one.

The JSON side is that of every operation (codec.py); here only names, texts and bodies are told apart. Pure.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import quote, unquote, urlencode

from lxml import etree
from lxml.etree import _Element as XmlElement

from adapters.soap.contract import HttpBinding, Message, OperationContract
from adapters.soap.envelope import NAMESPACES, take_apart
from adapters.soap.http_params import Params, params_of
from adapters.soap.wire import Outgoing, plain
from bridge.errors import DoesNotFit, Violation
from bridge.formats.xml.layout import ComplexType, Group, Layout, Wildcard

FORM = "application/x-www-form-urlencoded"
PLACE = re.compile(r"\(([^()/]+)\)")
"""Where a part stands in a location (WSDL 1.1 §4.7)."""
DOCUMENT = ComplexType("{urn:legacy-bridge:http}document", Group("sequence", (Wildcard(process="lax"),)))
"""What a part holds that is a document of any kind: its root."""
_SOAP = NAMESPACES["1.1"]
_ACCEPT_XML = "text/xml, application/xml"


class HttpCodec:
    """The wire form of one operation's messages."""

    def __init__(self, layout: Layout, contract: OperationContract, binding: HttpBinding) -> None:
        self.binding, self._layout = binding, layout
        self.input, self.output = contract.input, contract.output or Message()

    @cached_property
    def params(self) -> Params:
        """Raises NotFlat; the reader of the WSDL leaves such operations out."""
        return params_of(self._layout, self.input)

    # ── requests out ─────────────────────────────────────────────────────────────────────────────────────────────

    def request(self, envelope: bytes, keys: Mapping[str, str]) -> Outgoing:
        """`keys`: what a client calls the parts. Raises DoesNotFit for values that cannot travel."""
        body, how = _body(envelope), self.binding
        path, _, query = how.location.partition("?")
        if how.input == "path":
            return self._outgoing(*self._replaced(path, query, body, keys), None)
        if how.input == "query":
            return self._outgoing(path, _joined(query, _encoded(self.params, body)), None)
        if how.input == "form":
            return self._outgoing(path, query, _encoded(self.params, body).encode())
        return self._outgoing(path, query, self._content(body))

    def _outgoing(self, path: str, query: str, body: bytes | None) -> Outgoing:
        how = self.binding
        headers = {"Accept": plain(", ".join(how.accept)) or _ACCEPT_XML}
        if body is None:
            return Outgoing(how.verb, path, query, None if how.verb == "GET" else b"", headers)
        return Outgoing(how.verb, path, query, body, {"Content-Type": plain(how.content_type), **headers})

    def _replaced(self, path: str, query: str, body: XmlElement, keys: Mapping[str, str]) -> tuple[str, str]:
        values = dict(self.params.pairs(body))
        segments = path.split("/")
        made = [_filled(segment, values) for segment in segments]
        for segment, text in zip(segments, made, strict=True):
            # What a server takes for "one folder up" would lead to another of its pages.
            if {".", ".."} & set(re.split(r"[/\\]", unquote(text))) and (place := PLACE.search(segment)):
                key = keys.get(place[1], place[1])
                raise DoesNotFit(errors=[Violation(f"/{_pointer(key)}", "must not be or hold a relative path")])
        return "/".join(made), _filled(query, values)

    def _content(self, body: XmlElement) -> bytes:
        if self.binding.input == "xml":
            return document(self.input, body)
        text = str(body[0].xpath("string()")) if len(body) else ""
        return base64.b64decode(text) if self.binding.input == "binary" else text.encode()

    # ── answers in ───────────────────────────────────────────────────────────────────────────────────────────────

    def envelope_of(self, root: XmlElement) -> XmlElement:
        """The envelope that an answer of XML stands for."""
        return enveloped(self.output, root)

    # ── the other side, for the mock: answers out ────────────────────────────────────────────────────────────────

    def answer(self, envelope: bytes) -> tuple[str, bytes]:
        """Content type and body for an answer in its envelope."""
        body, how = _body(envelope), self.binding
        if how.output == "nothing" or not len(body):
            return "", b""
        if how.output == "xml":
            return "text/xml; charset=utf-8", document(self.output, body)
        text = str(body[0].xpath("string()"))
        if how.output == "binary":
            return _first(how.accept, "application/octet-stream"), base64.b64decode(text)
        return f"{_first(how.accept, 'text/plain')}; charset=utf-8", text.encode()


def document(message: Message, body: XmlElement) -> bytes:
    """The XML document that travels in place of a Body."""
    root = body[0] if len(body) else None
    if root is not None and message.parts[0].type == DOCUMENT.key:
        root = root[0]
    if root is None:
        return b""
    root.tail = None
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def enveloped(message: Message, root: XmlElement) -> XmlElement:
    """The envelope of a document. A part by type says nothing about the name of the document's root."""
    part = message.parts[0] if message.parts else None
    if part is not None and part.type == DOCUMENT.key:
        holder = etree.Element(part.name)
        holder.append(root)
        root = holder
    elif part is not None and part.type:
        root.tag = part.name
    return framed(root)


def framed(content: XmlElement | None) -> XmlElement:
    """An envelope around what stands in its Body."""
    envelope = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"soap": _SOAP})
    body = etree.SubElement(envelope, f"{{{_SOAP}}}Body")
    if content is not None:
        body.append(content)
    return envelope


def _body(envelope: bytes) -> XmlElement:
    """The Body of a message that our own codec wrote."""
    root = etree.fromstring(envelope, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    take_apart(root)
    body = root.find(f"{{{root.nsmap['soap']}}}Body")
    assert body is not None
    return body


def _encoded(params: Params, body: XmlElement) -> str:
    # %20 is a space everywhere, + only where a server takes the query for a form.
    return urlencode(params.pairs(body), quote_via=quote, safe="")


def _joined(*queries: str) -> str:
    return "&".join(query for query in queries if query)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return PLACE.sub(lambda place: quote(values[place[1]], safe="") if place[1] in values else place[0], text)


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _first(types: tuple[str, ...], default: str) -> str:
    return next((one for one in types if "*" not in one), default)
