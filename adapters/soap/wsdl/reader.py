"""From a pinned document set to a Contract, in one page: definitions, ports, schemas, operations."""

from __future__ import annotations

import msgspec

from adapters.soap.contract import Contract, OperationContract, Port
from adapters.soap.documents import DocumentSet
from adapters.soap.wsdl.attached import mtom
from adapters.soap.wsdl.definitions import Components, Definitions, collect
from adapters.soap.wsdl.http_operations import HTTP_TYPES
from adapters.soap.wsdl.names import HTTP, children, clark, documentation, namespace_of
from adapters.soap.wsdl.operations import read_operations, unusable_operations
from adapters.soap.wsdl.ports import address_of, choose, list_ports
from adapters.soap.wsdl.roots import Roots
from adapters.soap.wsdl.security_policy import demanded
from adapters.soap.wsdl.types import Types, with_items
from bridge.formats.xml.builtin import ANY, BUILTINS
from bridge.formats.xml.layout import ANY_TYPE, Layout
from bridge.formats.xml.xsd import Source, read_schemas
from bridge.formats.xml.xsd.known import known_document, known_location

WARNINGS_MAX = 500


def read_contract(
    docs: DocumentSet, *, service: str | None = None, port: str | None = None, every_port: bool = False
) -> Contract:
    """Raises ContractError when there is nothing that could be called; lesser faults become warnings.

    `every_port`: also the operations of the other ports, where no port is named.
    """
    roots = Roots(docs)
    found = collect(docs, roots)
    ports = list_ports(found)
    if not ports and (lost := unusable_operations(found)):
        return _without_port(found, docs, lost)
    used = choose(found, ports, service, port, every=every_port)
    chosen = used[0]
    layout = _layout(found, roots)
    # What could not be had is noted in the set; only where nothing lacks is a name that misses a wrong name.
    operations = read_operations(found, Types(layout, found.warnings, complete=not docs.notes), used)
    warnings = [*docs.notes, *found.warnings, *layout.notes]
    doc = documentation(chosen.service) or documentation(found.root) or documentation(chosen.port_type)
    return Contract(
        target=found.target,
        port=chosen.port,
        ports=tuple(bound.port for bound in ports),
        operations=operations,
        layout=layout,
        doc=doc,
        warnings=_bounded(list(dict.fromkeys(warnings))),
        mtom=mtom(chosen),
        security=demanded(chosen),
    )


def _without_port(found: Definitions, docs: DocumentSet, operations: dict[str, OperationContract]) -> Contract:
    """Nothing can be called; what there would be is told, with the reason."""
    service = next(iter(found.services), None)
    port = None if service is None else next(children(service, "port"), None)
    its, own = ("" if one is None else one.get("name", "") for one in (service, port))
    address = "" if port is None else address_of(port)
    doc = documentation(service) or documentation(found.root)
    warnings = _bounded([*docs.notes, *found.warnings])
    return Contract(found.target, Port(its, own, "1.1", address), (), operations, Layout({}, {}), doc, warnings)


def _layout(found: Definitions, roots: Roots) -> Layout:
    """The Layout of all schemas, and of what the messages use without importing it."""
    names = _part_names(found.messages)
    layout = read_schemas(found.schemas, roots.resolve)
    lacking = {namespace_of(name) for name in names if name not in layout.elements and name not in layout.types}
    copies = [_copy(namespace) for namespace in sorted(lacking) if known_location(namespace)]
    if copies:
        # Rare enough to read again: what is built in is read only as far as it is referred to.
        layout = read_schemas([*found.schemas, *copies], roots.resolve)
    types = {key: found for name in names if name in BUILTINS for key, found in with_items(name).items()} | layout.types
    types |= HTTP_TYPES if _over_http(found) else {}
    return msgspec.structs.replace(layout, types=types if ANY_TYPE not in names else {ANY_TYPE: ANY, **types})


def _copy(namespace: str) -> Source:
    """A built-in schema, under a name that makes the schema reader take all of it."""
    return Source(f"copy of {namespace}", known_document(known_location(namespace)))


def _part_names(messages: Components) -> set[str]:
    return {
        clark(part, part.get("element") or part.get("type") or "")
        for message in messages.values()
        for part in children(message, "part")
    }


def _over_http(found: Definitions) -> bool:
    return any(binding.find(f"{{{HTTP}}}binding") is not None for binding in found.bindings.values())


def _bounded(lines: list[str]) -> tuple[str, ...]:
    """Broken WSDLs can warn about everything; a person reads the first few hundred."""
    if len(lines) <= WARNINGS_MAX:
        return tuple(lines)
    return (*lines[:WARNINGS_MAX], f"… and {len(lines) - WARNINGS_MAX} more")
