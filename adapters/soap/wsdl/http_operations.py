"""An operation of an HTTP GET/POST binding: where its parts travel and what comes back (WSDL 1.1 §4 and §5).

Its messages are written as an envelope would hold them, so that one codec does for both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from adapters.soap.contract import HttpBinding, Message, OperationContract, Part, Verb
from adapters.soap.http_codec import DOCUMENT, FORM, PLACE
from adapters.soap.http_params import NotFlat, is_structure, params_of
from adapters.soap.wsdl.definitions import Definitions
from adapters.soap.wsdl.messages import Unusable, all_parts, message_of, must_be_name
from adapters.soap.wsdl.names import HTTP, MIME, direction, documentation
from adapters.soap.wsdl.types import Types
from bridge.formats.xml.builtin import BUILTINS
from bridge.formats.xml.layout import XSD

STRING, BASE64 = f"{{{XSD}}}string", f"{{{XSD}}}base64Binary"
HTTP_TYPES = {key: BUILTINS[key] for key in (STRING, BASE64)} | {DOCUMENT.key: DOCUMENT}
"""What a message may be of here without the WSDL saying so."""
_XML = re.compile(r"(text|application)/xml|[^/]+/[^/]+\+xml", re.IGNORECASE)
_LOCATION = re.compile(r"[^\s\\#]*")
_DEFAULT_TYPES = {"xml": "text/xml", "text": "text/plain", "binary": "application/octet-stream"}

Input = Literal["query", "form", "path", "xml", "text", "binary"]
Body = Literal["xml", "text", "binary"]


@dataclass(frozen=True, slots=True)
class HttpPair:
    """An operation as the portType and as the binding tell it."""

    name: str
    abstract: etree._Element
    bound: etree._Element
    doc: str = ""


@dataclass(frozen=True, slots=True)
class _Content:
    """A mime:content or mime:mimeXml: which part, and of which type."""

    type: str
    part: str


def read_http_operation(found: Definitions, types: Types, verb: Verb, pair: HttpPair) -> OperationContract:
    """What cannot travel says so in its `problem`."""
    try:
        location = _location(pair)
        request, kind, sent = _request(found, types, verb, pair, location)
        answer, output, accept = _answer(found, types, pair)
    except (Unusable, NotFlat) as error:
        return OperationContract(pair.name, "document", "", Message(), doc=pair.doc, problem=str(error))
    http = HttpBinding(verb, location, kind, output, sent, accept)
    return OperationContract(pair.name, "document", "", request, answer, doc=pair.doc, http=http)


def _location(pair: HttpPair) -> str:
    """Always behind the address: what would lead to another host is refused."""
    element = pair.bound.find(f"{{{HTTP}}}operation")
    given = "" if element is None else element.get("location", "").strip()
    if not _LOCATION.fullmatch(given) or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", given):
        raise Unusable(f"its location {given[:100]!r} is not relative to the address of the port")
    return given if given[:1] in {"", "/", "?"} else f"/{given}"


# ── the request ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _request(found: Definitions, types: Types, verb: Verb, pair: HttpPair, location: str) -> tuple[Message, Input, str]:
    abstract, bound = direction(pair.abstract, "input"), direction(pair.bound, "input")
    assert abstract is not None  # whoever calls has looked
    element = message_of(found, abstract)
    parts = all_parts(types, element, rpc=True)
    doc = documentation(abstract) or documentation(element)
    contents = _contents(bound)
    kind: Input = _flat(bound, contents, verb)
    if kind == "xml" and not parts:
        kind = "query"  # nothing to say: an empty body, if any
    if kind in {"query", "form", "path"}:
        message = _params(types, pair, tuple(parts.values()), doc)
        _places(types, message, location, kind)
        return message, kind, FORM if kind == "form" else ""
    if verb == "GET":
        raise Unusable("its input is a body, which a GET does not have")
    body, content = _body_kind(contents, parts)
    part = _part_of(content, parts, "input")
    sent = content.type if "/" in content.type and "*" not in content.type else _DEFAULT_TYPES[body]
    charset = "" if body == "binary" or "charset" in sent.lower() else "; charset=utf-8"
    return Message((_carried(types, part, body),), doc=doc), body, sent + charset


def _flat(bound: etree._Element | None, contents: Sequence[_Content], verb: Verb) -> Input:
    """Whether the parts travel as names and texts, and where; "xml" stands for any body."""
    if bound is not None and bound.find(f"{{{HTTP}}}urlReplacement") is not None:
        return "path"
    named = bound is not None and bound.find(f"{{{HTTP}}}urlEncoded") is not None
    if named or not contents or any(one.type.lower() == FORM for one in contents):
        return "query" if verb == "GET" else "form"
    return "xml"


def _params(types: Types, pair: HttpPair, parts: tuple[Part, ...], doc: str) -> Message:
    """Named values lie in an element of the operation's name; one structure lies by itself."""
    for part in parts:
        if reason := types.lacks(part):
            raise Unusable(reason)
    alone = len(parts) == 1 and is_structure(types.layout, parts[0])
    return Message(parts, wrapper="" if alone else must_be_name(pair.bound.get("name", "")), doc=doc)


def _places(types: Types, message: Message, location: str, kind: str) -> None:
    """Every part must fit into a name and a text, and in a path each must have its place."""
    params = params_of(types.layout, message).all
    if kind != "path":
        return
    places = set(PLACE.findall(location))
    for param in params:
        if param.name not in places:
            raise Unusable(f"the part {param.name} has no place in the location {location[:100]}")
        if param.many or not param.min:
            raise Unusable(f"the part {param.name} is an array or may be absent, which a place in a path cannot be")


# ── the answer ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _answer(
    found: Definitions, types: Types, pair: HttpPair
) -> tuple[Message | None, Literal["xml", "text", "binary", "nothing"], tuple[str, ...]]:
    abstract, bound = direction(pair.abstract, "output"), direction(pair.bound, "output")
    if abstract is None:
        return None, "nothing", ()
    element = message_of(found, abstract)
    parts, contents = all_parts(types, element), _contents(bound)
    doc = documentation(abstract) or documentation(element)
    if not parts:
        return Message(doc=doc), "nothing", ()
    body, content = _body_kind(contents, parts)
    message = Message((_carried(types, _part_of(content, parts, "output"), body),), doc=doc)
    accept = tuple(dict.fromkeys(one.type for one in contents if "/" in one.type))
    return message, body, accept


# ── both ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _contents(bound: etree._Element | None) -> list[_Content]:
    if bound is None:
        return []
    if bound.find(f"{{{MIME}}}multipartRelated") is not None:
        raise Unusable("its message is a MIME package of several parts, which is not supported")
    tags = {f"{{{MIME}}}content", f"{{{MIME}}}mimeXml"}
    found = (one for one in bound if one.tag in tags)
    return [
        _Content(
            "text/xml" if one.tag.endswith("mimeXml") else one.get("type", "").strip(), one.get("part", "").strip()
        )
        for one in found
    ]


def _body_kind(contents: Sequence[_Content], parts: dict[str, Part]) -> tuple[Body, _Content]:
    """Of several that may come, XML says most and bytes may be anything."""
    for one in contents:
        if _XML.fullmatch(_bare(one.type)):
            return "xml", one
    first = contents[0] if contents else _Content("", "")
    if any(_bare(one.type).startswith("multipart/") for one in contents):
        raise Unusable(f"its message is of the type {first.type}, which is not supported")
    if all(_bare(one.type) in {"", "*", "*/*"} for one in contents):
        return ("binary" if contents and not any(part.element for part in parts.values()) else "xml"), first
    texts = all(_bare(one.type).startswith("text/") for one in contents)
    return ("text" if texts else "binary"), first


def _bare(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _part_of(content: _Content, parts: dict[str, Part], way: str) -> Part:
    # A name that is wrong costs nothing where only one part can be meant.
    part = next(iter(parts.values())) if len(parts) == 1 else parts.get(content.part)
    if part is None:
        raise Unusable(f"the binding does not say which of the parts its {way} is")
    return part


def _carried(types: Types, part: Part, body: Body) -> Part:
    """The part as a document holds it. One without element and type is any document (ASMX writes that)."""
    if body != "xml":
        return Part(part.name, type=STRING if body == "text" else BASE64)
    if not part.element and not part.type:
        return Part(part.name, type=DOCUMENT.key)
    if reason := types.lacks(part):
        raise Unusable(reason)
    return part
