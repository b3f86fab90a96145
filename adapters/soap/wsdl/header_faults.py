"""The soap:headerfault elements of an operation: what a fault may carry in its Header (WSDL 1.1 §3.7, SOAP 1.1 §4.4).

They have no name of their own, so each has that of its element.
"""

from __future__ import annotations

from collections.abc import Collection

from lxml import etree

from adapters.soap.contract import DeclaredFault, Use
from adapters.soap.wsdl.definitions import Definitions, find
from adapters.soap.wsdl.messages import all_parts, qualified
from adapters.soap.wsdl.names import clark, documentation, local
from adapters.soap.wsdl.ports import BoundPort
from adapters.soap.wsdl.types import Types


def read_header_faults(
    found: Definitions, types: Types, port: BoundPort, bound: etree._Element, taken: Collection[str]
) -> tuple[DeclaredFault, ...]:
    """Those of all headers of an operation, each element once; `taken` are the names of its other faults."""
    faults: dict[str, DeclaredFault] = {}
    names = set(taken)
    for element in bound.iter(f"{{{port.namespace}}}headerfault"):
        read = _read(found, types, element)
        if isinstance(read, str):
            found.warnings.append(f"operation {bound.get('name')}: a soap:headerfault is left out: {read}")
            continue
        tag = read.part.element or read.part.name
        if tag in faults:
            continue
        name = _free(local(tag), names)
        names.add(name)
        faults[tag] = DeclaredFault(name, read.part, read.use, read.doc)
    return tuple(faults.values())


def _read(found: Definitions, types: Types, element: etree._Element) -> DeclaredFault | str:
    """It without a name, or why it cannot be used."""
    message = find(found.messages, clark(element, element.get("message", "")))
    if message is None:
        return f"its message {element.get('message')} is not defined"
    parts = all_parts(types, message)
    name = element.get("part", "").strip() or (next(iter(parts)) if len(parts) == 1 else "")
    part = parts.get(name)
    if part is None:
        return f"its message lacks the part {name}"
    reason = types.lacks(part)
    use: Use = "encoded" if element.get("use") == "encoded" else "literal"
    return reason or DeclaredFault("", qualified(part, element), use, documentation(message))


def _free(name: str, taken: Collection[str]) -> str:
    """The name itself, else `NameHeader`, `NameHeader2` …"""
    others = (f"{name}Header{number if number > 1 else ''}" for number in range(1, len(taken) + 2))
    return next(one for one in (name, *others) if one not in taken)
