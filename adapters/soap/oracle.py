"""The second reading: zeep reads the same documents, and every difference to ours becomes a readable line.

Imports zeep, so only the process that derives a contract imports this; zeep gets the documents from the set and has
no other way to get any.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from typing import Any

from lxml import etree
from zeep.loader import absolute_location
from zeep.settings import Settings
from zeep.transports import Transport
from zeep.wsdl import Document

from adapters.soap.contract import Contract, Message, OperationContract, Port
from adapters.soap.documents import DocumentSet, parse_document, references
from adapters.soap.http_codec import DOCUMENT
from bridge.formats.xml.xsd.known import known_document, known_location

LINES_MAX = 200
REASON_CHARACTERS_MAX = 300


class SetTransport(Transport):
    """Serves the documents of one set, and the built-in ones, by every address zeep may work out for them."""

    def __init__(self, docs: DocumentSet) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # zeep is typed in part
        self.roots = {location: parse_document(data, location) for location, data in docs.documents.items()}
        self.addresses = {location: location for location in docs.documents}
        self.built_in: dict[str, str] = {}
        for base, root in self.roots.items():
            for reference in references(root):
                address = str(absolute_location(reference.target, base))  # type: ignore[no-untyped-call]  # zeep is typed in part
                location = docs.follow(base, reference.target)
                if location is not None:
                    self.addresses.setdefault(address, location)
                else:
                    self.built_in[address] = known_location(reference.namespace)

    def load(self, url: str) -> bytes:
        """Written anew from the parsed document: without its DTD."""
        location = self.addresses.get(url)
        if location is not None:
            return etree.tostring(self.roots[location], encoding="utf-8")
        built_in = known_location(url) or self.built_in.get(url)
        if not built_in:
            raise ValueError(f"{url} is not in the document set")
        return etree.tostring(known_document(built_in), encoding="utf-8")


def second_reading(docs: DocumentSet, contract: Contract) -> tuple[str, ...]:
    """Empty when zeep agrees; one line when it cannot read the documents at all."""
    logging.getLogger("zeep").setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # zeep's own annotation asks for the class where it means an instance
            transport: Any = SetTransport(docs)
            document = Document(docs.location, transport, settings=Settings(strict=False))
            lines = [line for port in _ports(contract) for line in _differences(contract, port, document)]
    except Exception as error:  # noqa: BLE001  whatever a foreign library stumbles over is the finding itself
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return (f"zeep could not load: {reason[:REASON_CHARACTERS_MAX]}",)
    return tuple(lines[:LINES_MAX])


def _ports(contract: Contract) -> list[Port]:
    if not contract.ports:
        return []  # nothing can be called, which zeep only finds when it is asked to
    return list(dict.fromkeys((contract.port, *(one.port or contract.port for one in contract.operations.values()))))


def _binding(document: Any, port: Port) -> tuple[Any, str | None]:
    """The binding as zeep has it, and the address it read (None: the WSDL has no service)."""
    if not port.service:
        found = (one for name, one in document.bindings.items() if etree.QName(name).localname == port.name)
        return next(found, None), None
    service = document.services.get(port.service)
    zeep_port = None if service is None else service.ports.get(port.name)
    if zeep_port is None:
        return None, None
    return zeep_port.binding, (zeep_port.binding_options.get("address") or "").strip()


def _differences(contract: Contract, port: Port, document: Any) -> Iterator[str]:
    binding, address = _binding(document, port)
    if binding is None:
        yield f"zeep has no port {port.name} in the service {port.service}"
        return
    if address is not None and address != port.address:
        yield f"address of {port.name}: {port.address!r} here, {address!r} in zeep"
    ours = {
        operation.name.removeprefix(f"{port.name}_"): operation
        for operation in contract.operations.values()
        if (operation.port or contract.port) == port
    }
    theirs = binding.all()
    # What an HTTP port repeats of another one is left to that.
    known = ours.keys() | (contract.operations.keys() if port.verb else set())
    for name in theirs.keys() - known:
        yield f"operation {name}: not here, but in zeep"
    for name, operation in ours.items():
        if operation.problem:
            continue
        if name not in theirs:
            yield f"operation {name}: here, but not in zeep"
        else:
            compare = _http_operation if operation.http else _operation
            for difference in compare(operation, theirs[name]):
                yield f"operation {name}: {difference}"


def _operation(ours: OperationContract, theirs: Any) -> Iterator[str]:
    if ours.action != (theirs.soapaction or "").strip():
        yield f"soapAction {ours.action!r} here, {theirs.soapaction!r} in zeep"
    if ours.style != theirs.style:
        yield f"style {ours.style} here, {theirs.style} in zeep"
    yield from _message("input", ours.style, ours.input, theirs.input)
    if ours.output is not None:
        yield from _message("output", ours.style, ours.output, theirs.output)
    elif theirs.output is not None and theirs.abstract.output_message is not None:
        yield "one-way here, has an output in zeep"
    declared, found = {fault.name for fault in ours.faults}, set(theirs.abstract.fault_messages)
    if declared != found:
        yield f"faults {sorted(declared)} here, {sorted(map(str, found))} in zeep"


def _http_operation(ours: OperationContract, theirs: Any) -> Iterator[str]:
    """What zeep knows of these: their place and their parts. Of texts and bytes we have a type of our own."""
    assert ours.http is not None
    here, there = ours.http.location, theirs.location or ""
    if here.removeprefix("/") != there.strip().removeprefix("/"):
        yield f"location {here!r} here, {there!r} in zeep"
    for way, kind, mine, other in (
        ("input", ours.http.input, ours.input, theirs.input),
        ("output", ours.http.output, ours.output, theirs.output),
    ):
        if kind not in {"text", "binary", "nothing"} and mine is not None and other is not None:
            yield from _parts(way, mine, other.abstract)


def _message(way: str, style: str, ours: Message, theirs: Any) -> Iterator[str]:
    if theirs is None:
        yield f"{way}: zeep has none"
        return
    body, abstract = theirs.body, theirs.abstract
    # zeep resolves no output without parts, and knows its wrapper only by the message's name.
    if style == "rpc" and way == "input" and body is not None and _name(body) != ours.wrapper:
        yield f"{way}: wrapper {ours.wrapper} here, {_name(body)} in zeep"
    if abstract is None:
        if ours.parts:
            yield f"{way}: parts {[part.name for part in ours.parts]} here, none in zeep"
        return
    yield from _parts(way, ours, abstract)


def _parts(way: str, ours: Message, abstract: Any) -> Iterator[str]:
    parts, mine = abstract.parts, {part.name: part for part in ours.parts}
    # Parts that are headers or attachments are in zeep's message all the same.
    if [name for name in parts if name in mine] != list(mine):
        yield f"{way}: parts {list(mine)} here, {list(parts)} in zeep"
    for name in mine.keys() & parts.keys():
        here = mine[name].element or mine[name].type
        there = _name(parts[name].element if parts[name].element is not None else parts[name].type)
        if here not in {there, DOCUMENT.key}:
            yield f"{way}: part {name} is {here} here, {there} in zeep"


def _name(component: Any) -> str:
    qname = getattr(component, "qname", None)
    return "" if qname is None else str(qname)
