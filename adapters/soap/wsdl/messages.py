"""One direction of an operation: which parts of the message are the body, which are headers, and the rpc wrapper.

Parts keep the order of the message: on the wire that is the order that WS-I asks for (R2301); `parameterOrder` is a
signature hint (R2302) and counts for encoded bodies only, whose order is that of the signature (SOAP 1.1 §7.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from lxml import etree

from adapters.soap.contract import HeaderPart, Message, Part, Style, Use
from adapters.soap.wsdl.attached import attached_parts, media_by_part
from adapters.soap.wsdl.definitions import Definitions, find
from adapters.soap.wsdl.names import children, clark, documentation, local, namespace_of, target_of
from adapters.soap.wsdl.ports import BoundPort
from adapters.soap.wsdl.types import Types
from bridge.formats.xml.writing import is_name


class Unusable(Exception):  # a reason that becomes OperationContract.problem, never seen outside this folder
    """Why a message cannot be used."""


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction as the portType (`abstract`) and the binding (`bound`) tell it."""

    abstract: etree._Element
    bound: etree._Element | None


def read_message(
    found: Definitions, types: Types, port: BoundPort, way: Direction, *, style: Style, wrapper: str, order: str
) -> Message:
    """Raises Unusable with the reason in words."""
    element = message_of(found, way.abstract)
    parts = all_parts(types, element, rpc=style == "rpc")
    body = _body(way.bound, port.namespace)
    headers, own = _headers(found, types, port, way.bound, element)
    attached = media_by_part(way.bound)
    listed = None if body is None or body.get("parts") is None else body.get("parts", "").split()
    if listed and not any(name in parts for name in listed):
        # gSOAP names a part "Body" in rpc style, which no message of its own has.
        found.warnings.append(f"message {element.get('name')}: soap:body names no part of it; all its parts are taken")
        listed = None
    if listed is not None:
        unknown = [name for name in listed if name not in parts]
        if unknown:
            raise Unusable(f"soap:body names the part {unknown[0]}, which its message {element.get('name')} lacks")
        chosen = [part for name, part in parts.items() if name in listed]
    else:
        chosen = [part for name, part in parts.items() if name not in own and name not in attached]
    use = _use(body)
    for part in chosen:
        if reason := types.lacks(part):
            raise Unusable(reason)
    if use == "encoded" and order:
        chosen = _by_signature(chosen, order.split(), answers=local(str(way.abstract.tag)) == "output")
    doc = documentation(way.abstract) or documentation(element)
    name = "" if style == "document" else _wrapper(body, must_be_name(wrapper))
    beside = attached_parts(way.bound, parts, {part.name for part in chosen} | own)
    return Message(tuple(chosen), headers, use, name, doc, beside)


def must_be_name(name: str) -> str:
    """The name of an operation that is to be that of an element. Raises Unusable."""
    if not is_name(name) or name.startswith("{"):
        raise Unusable(f"its name {name[:100]!r} cannot be the name of an XML element")
    return name


def message_of(found: Definitions, abstract: etree._Element) -> etree._Element:
    """The wsdl:message of a direction."""
    name = clark(abstract, abstract.get("message", ""))
    element = find(found.messages, name)
    if element is None:
        raise Unusable(f"the message {local(name) or '(no name)'} is not defined")
    return element


def all_parts(types: Types, message: etree._Element, *, rpc: bool = False) -> dict[str, Part]:
    """The parts of a message in document order."""
    parts = {}
    of, target = message.get("name", ""), target_of(message)
    for element in children(message, "part"):
        name = element.get("name", "").strip()
        by_element, by_type = element.get("element"), element.get("type")
        if by_element:
            parts[name] = types.by_element(name, clark(element, by_element), target, of=of)
        else:
            parts[name] = types.by_type(name, clark(element, by_type or ""), target, rpc=rpc, of=of)
    return parts


def _body(bound: etree._Element | None, namespace: str) -> etree._Element | None:
    """The soap:body, also when it stands inside mime:multipartRelated."""
    return None if bound is None else next(bound.iter(f"{{{namespace}}}body"), None)


def _use(element: etree._Element | None) -> Use:
    return "encoded" if element is not None and element.get("use") == "encoded" else "literal"


def _wrapper(body: etree._Element | None, name: str) -> str:
    namespace = "" if body is None else body.get("namespace", "").strip()
    return f"{{{namespace}}}{name}" if namespace else name


def _by_signature(parts: list[Part], order: list[str], *, answers: bool) -> list[Part]:
    """In a call the listed parts come first; in an answer the unlisted one is the return value and leads."""
    listed = sorted((part for part in parts if part.name in order), key=lambda part: order.index(part.name))
    rest = [part for part in parts if part.name not in order]
    return rest + listed if answers else listed + rest


def _headers(
    found: Definitions, types: Types, port: BoundPort, bound: etree._Element | None, body_message: etree._Element
) -> tuple[tuple[HeaderPart, ...], set[str]]:
    """The declared headers, and the names of those parts of the body's own message that are headers."""
    if bound is None:
        return (), set()
    headers, own = [], set()
    for element in bound.iter(f"{{{port.namespace}}}header"):
        message = find(found.messages, clark(element, element.get("message", "")))
        if message is None:
            found.warnings.append(_without(bound, f"its message {element.get('message')} is not defined"))
            continue
        parts = all_parts(types, message)
        name = element.get("part", "").strip() or (next(iter(parts)) if len(parts) == 1 else "")
        if message is body_message:
            own.add(name)
        part = parts.get(name)
        reason = f"its message lacks the part {name}" if part is None else types.lacks(part)
        if part is None or reason:
            found.warnings.append(_without(bound, reason))
        else:
            headers.append(HeaderPart(qualified(part, element), _use(element)))
    return tuple(headers), own


def qualified(part: Part, header: etree._Element) -> Part:
    """A header by type is of the namespace that its binding names (WSDL 1.1 §3.7); every header entry has one."""
    namespace = header.get("namespace", "").strip()
    if part.element or not namespace:
        return part
    return msgspec.structs.replace(part, name=f"{{{namespace}}}{part.name}")


def _title(bound: etree._Element) -> str:
    operation = bound.getparent()
    return f"operation {'' if operation is None else operation.get('name')} ({local(str(bound.tag))})"


def _without(bound: etree._Element, reason: str) -> str:
    return f"{_title(bound)}: a header is left out: {reason}"


__all__ = [
    "Direction",
    "Unusable",
    "all_parts",
    "message_of",
    "must_be_name",
    "namespace_of",
    "qualified",
    "read_message",
]
