"""The operations of ports: binding and portType brought together. One that is broken says why and harms no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
from lxml import etree

from adapters.soap.contract import DeclaredFault, Message, OperationContract, Style
from adapters.soap.wsdl.addressing import addressed, fault_action
from adapters.soap.wsdl.definitions import Definitions, find
from adapters.soap.wsdl.header_faults import read_header_faults
from adapters.soap.wsdl.http_operations import HttpPair, read_http_operation
from adapters.soap.wsdl.messages import Direction, Unusable, all_parts, read_message
from adapters.soap.wsdl.names import ADDRESSING, children, clark, direction, documentation, local, wsdl
from adapters.soap.wsdl.ports import BoundPort
from adapters.soap.wsdl.types import Types


@dataclass(frozen=True, slots=True)
class _Pair:
    """An operation as the portType and as the binding tell it. `name` is unique among the port's operations."""

    name: str
    abstract: etree._Element
    bound: etree._Element


def read_operations(found: Definitions, types: Types, ports: Sequence[BoundPort]) -> dict[str, OperationContract]:
    """All of them by name; those with a `problem` included. The first port is the contract's own.

    Where a name is there in several ports, each of them gets the name of its port in front.
    """
    by_port = [(bound, _port_operations(found, types, bound)) for bound in ports]
    _tell_unbound(found, ports)
    _drop_repeated(by_port)
    count = Counter(name for _, operations in by_port for name in operations)
    merged: dict[str, OperationContract] = {}
    for bound, operations in by_port:
        for own, operation in operations.items():
            name = own if count[own] == 1 else f"{bound.port.name}_{own}"
            if name in merged:
                found.warnings.append(f"port {bound.port.name}: the operation {own} is there already; left out")
                continue
            port = None if bound is ports[0] else bound.port
            merged[name] = msgspec.structs.replace(operation, name=name, port=port)
            if operation.problem:
                found.warnings.append(f"operation {name} is left out: {operation.problem}")
    return merged


def _tell_unbound(found: Definitions, ports: Sequence[BoundPort]) -> None:
    for port_type in dict.fromkeys(bound.port_type for bound in ports):
        bindings = (bound.binding for bound in ports if bound.port_type is port_type)
        there = {one.get("name") for binding in bindings for one in children(binding, "operation")}
        names = (one.get("name", "") for one in children(port_type, "operation"))
        missing = [name for name in names if name not in there]
        if missing:
            found.warnings.append(f"not in the binding, so left out: {', '.join(missing[:20])}")


def _drop_repeated(by_port: list[tuple[BoundPort, dict[str, OperationContract]]]) -> None:
    """Bindings of the same portType may overlap; then the earlier one's operation stands.

    What comes over HTTP only repeats what is there already, often from a portType of its own.
    """
    seen: dict[etree._Element, set[str]] = {}
    for bound, operations in by_port:
        there = seen.setdefault(bound.port_type, set())
        if bound.port.verb:
            there.update(*seen.values())
        for name in there & operations.keys():
            del operations[name]
        there.update(operations)


def _port_operations(found: Definitions, types: Types, port: BoundPort) -> dict[str, OperationContract]:
    read = ((pair.name, _operation(found, types, port, pair)) for pair in _pairs(found, port))
    return {name: operation for name, operation in read if operation is not None}


def _pairs(found: Definitions, port: BoundPort) -> Iterator[_Pair]:
    """Binding order. Overloads (same name twice) are matched by the names of their messages, else by position."""
    abstract: dict[str, list[etree._Element]] = {}
    for element in children(port.port_type, "operation"):
        abstract.setdefault(element.get("name", ""), []).append(element)
    taken: set[str] = set()
    for bound in children(port.binding, "operation"):
        name = bound.get("name", "")
        candidates = abstract.get(name, [])
        if not candidates:
            rest = "that its portType has not" if name not in taken else "more often than its portType does"
            found.warnings.append(f"the binding has the operation {name} {rest}; left out")
            continue
        match = next((one for one in candidates if _same_messages(one, bound)), candidates[0])
        candidates.remove(match)
        unique = _unique(name, match, taken)
        if unique != name:
            found.warnings.append(f"the operation {name} is there more than once; this one is called {unique}")
        taken.add(unique)
        yield _Pair(unique, match, bound)


def _same_messages(abstract: etree._Element, bound: etree._Element) -> bool:
    return all(_direction_name(abstract, way) == _direction_name(bound, way) for way in ("input", "output"))


def _direction_name(operation: etree._Element, way: str) -> str | None:
    element = direction(operation, way)
    return None if element is None else element.get("name")


def _unique(name: str, abstract: etree._Element, taken: set[str]) -> str:
    if name not in taken:
        return name
    given = _direction_name(abstract, "input")
    if given and given not in taken:
        return given
    number = 2
    while f"{name}{number}" in taken:
        number += 1
    return f"{name}{number}"


def _operation(found: Definitions, types: Types, port: BoundPort, pair: _Pair) -> OperationContract | None:
    ways = [local(str(child.tag)) for child in pair.abstract if child.tag in {wsdl("input"), wsdl("output")}]
    if ways[:1] != ["input"]:
        kind = "solicit-response" if "input" in ways else "a notification" if ways else "without messages"
        found.warnings.append(f"operation {pair.name} is {kind}, which no client can call; left out")
        return None
    doc = documentation(pair.abstract) or documentation(pair.bound)
    if port.port.verb:
        return read_http_operation(found, types, port.port.verb, HttpPair(pair.name, pair.abstract, pair.bound, doc))
    soap = pair.bound.find(f"{{{port.namespace}}}operation")
    written = (None if soap is None else soap.get("style")) or port.protocol.get("style") or "document"
    style: Style = "rpc" if written == "rpc" else "document"
    action = _action(port, soap, pair)
    try:
        request = _message(found, types, port, pair, "input", style)
        answer = _message(found, types, port, pair, "output", style) if "output" in ways else None
    except Unusable as error:
        return OperationContract(pair.name, style, action, Message(), doc=doc, problem=str(error))
    faults = _faults(found, types, port, pair)
    return OperationContract(
        pair.name,
        style,
        action,
        request or Message(),
        answer,
        faults,
        doc,
        header_faults=read_header_faults(found, types, port, pair.bound, {fault.name for fault in faults}),
        addressed=addressed(found, port, pair.abstract, action),
    )


def _action(port: BoundPort, soap: etree._Element | None, pair: _Pair) -> str:
    """An empty soapAction is an answer (SOAP 1.1 §6.1.1) and stays. Where WSDL 1.1 demands one and none is written, the
    action of WS-Addressing is what such services tell their operations apart by."""
    said = None if soap is None else soap.get("soapAction")
    demanded = port.port.version == "1.1" or (soap is not None and soap.get("soapActionRequired") in {"true", "1"})
    if said is not None or not demanded:
        return (said or "").strip()
    way = direction(pair.abstract, "input")
    addressed = (None if way is None else way.get(f"{{{namespace}}}Action") for namespace in ADDRESSING)
    return next((one.strip() for one in addressed if one), "")


def _message(found: Definitions, types: Types, port: BoundPort, pair: _Pair, way: str, style: Style) -> Message | None:
    abstract, bound = direction(pair.abstract, way), direction(pair.bound, way)
    if abstract is None:
        return None
    wrapper = pair.bound.get("name", "") + ("" if way == "input" else "Response")
    order = pair.abstract.get("parameterOrder", "")
    both = Direction(abstract, bound)
    return read_message(found, types, port, both, style=style, wrapper=wrapper, order=order)


def _faults(found: Definitions, types: Types, port: BoundPort, pair: _Pair) -> tuple[DeclaredFault, ...]:
    """The declared faults; one that cannot be read is left out, and arrives as an undeclared one."""
    faults = []
    for element in children(pair.abstract, "fault"):
        name = element.get("name", "")
        message = find(found.messages, clark(element, element.get("message", "")))
        parts = [] if message is None else list(all_parts(types, message).values())
        reason = "its message has no part" if not parts else types.lacks(parts[0])
        if message is None:
            reason = f"its message {element.get('message')} is not defined"
        if reason:
            found.warnings.append(f"operation {pair.name}: the fault {name} is left out: {reason}")
            continue
        if len(parts) > 1:
            found.warnings.append(f"operation {pair.name}: the fault {name} has several parts; the first is used")
        encoded = any(
            child.get("use") == "encoded"
            for bound in children(pair.bound, "fault")
            if bound.get("name") == name
            for child in bound.iterchildren(f"{{{port.namespace}}}fault")
        )
        doc = documentation(element) or documentation(message)
        action = fault_action(port, pair.abstract, element)
        faults.append(DeclaredFault(name, parts[0], "encoded" if encoded else "literal", doc, action))
    return tuple(faults)


def unusable_operations(found: Definitions) -> dict[str, OperationContract]:
    """What the portTypes promise where no port keeps it: each operation with what is wrong with the ports."""
    reasons = "; ".join(line.removesuffix("; left out") for line in found.warnings[:3]) or "the WSDL has none"
    names = (one.get("name", "") for each in found.port_types.values() for one in children(each, "operation"))
    problem = f"no port can be used: {reasons}"
    return {name: OperationContract(name, "document", "", Message(), problem=problem) for name in names if name}
