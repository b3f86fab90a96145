"""The ports of a WSDL and which of them are used when nobody says: SOAP before HTTP GET/POST.

Transports that are no HTTP are left out, one warning line each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lxml import etree

from adapters.soap.contract import Port, Version
from adapters.soap.wsdl.definitions import Definitions, find
from adapters.soap.wsdl.names import HTTP, SOAP11, SOAP12, children, clark
from bridge.errors import ContractError

_VERSIONS: tuple[tuple[Version, str], ...] = (("1.1", SOAP11), ("1.2", SOAP12))
_TRANSPORTS = {
    "",
    "http://schemas.xmlsoap.org/soap/http",
    "http://www.w3.org/2003/05/soap/bindings/HTTP",
    "http://www.w3.org/2010/soapjms/http",
}


@dataclass(frozen=True, slots=True)
class BoundPort:
    """A port with the components it stands on. `protocol` is its soap:binding or http:binding element."""

    port: Port
    binding: etree._Element
    port_type: etree._Element
    protocol: etree._Element
    service: etree._Element | None

    @property
    def namespace(self) -> str:
        """The namespace of its extension elements."""
        if self.port.verb:
            return HTTP
        return SOAP12 if self.port.version == "1.2" else SOAP11


def list_ports(found: Definitions) -> list[BoundPort]:
    """Every usable port in document order; where there is none, every usable binding as a port without address."""
    ports: list[BoundPort] = []
    for service in found.services:
        for element in children(service, "port"):
            binding = _binding(found, element)
            if binding is None:
                continue
            bound = _bind(found, binding, service, element)
            if bound is not None:
                ports.append(bound)
    if not ports:
        mute: Definitions = found if not found.services else _silent(found)
        ports = [port for binding in found.bindings.values() if (port := _bind(mute, binding, None, None))]
    return ports


def _binding(found: Definitions, port: etree._Element) -> etree._Element | None:
    """What a port refers to; where that is not there, the only binding there is, if no port wants it."""
    name = clark(port, port.get("binding", ""))
    binding = find(found.bindings, name)
    if binding is not None:
        return binding
    begin = f"port {port.get('name')}: its binding {name} is not defined"
    wanted = [clark(one, one.get("binding", "")) for service in found.services for one in children(service, "port")]
    if len(found.bindings) == 1 and not any(find(found.bindings, each) is not None for each in wanted):
        only = next(iter(found.bindings.values()))
        found.warnings.append(f"{begin}; the only one there is, {only.get('name')}, is used")
        return only
    found.warnings.append(f"{begin}; left out")
    return None


def _silent(found: Definitions) -> Definitions:
    """The same definitions with a throw-away list: its bindings were judged once already."""
    return Definitions(found.root, found.messages, found.port_types, found.bindings)


def _bind(
    found: Definitions, binding: etree._Element, service: etree._Element | None, port: etree._Element | None
) -> BoundPort | None:
    title = f"binding {binding.get('name')}" if port is None else f"port {port.get('name')}"
    version, protocol = _soap_binding(binding)
    verb = _verb(binding) if protocol is None else ""
    protocol = binding.find(f"{{{HTTP}}}binding") if verb else protocol
    if protocol is None:
        found.warnings.append(f"{title} has no SOAP binding and no HTTP binding with GET or POST; left out")
        return None
    chosen = binding if port is None else port
    address = "" if port is None else address_of(port)
    transport = "" if verb else protocol.get("transport", "").strip().rstrip("/")
    if transport not in _TRANSPORTS:
        if not address.lower().startswith(("http://", "https://")):
            found.warnings.append(f"{title} wants the transport {transport}, not HTTP; left out")
            return None
        found.warnings.append(f"{title} names the transport {transport}, but its address is one of HTTP, which is used")
    port_type = _port_type(found, binding, title)
    if port_type is None:
        return None
    service_name = "" if service is None else service.get("name", "")
    made = Port(service_name, chosen.get("name", ""), version, address, verb)
    return BoundPort(made, binding, port_type, protocol, service)


def _port_type(found: Definitions, binding: etree._Element, title: str) -> etree._Element | None:
    """What a binding refers to; where that is not there, the only portType that has all of its operations."""
    name = clark(binding, binding.get("type", ""))
    port_type = find(found.port_types, name)
    if port_type is not None:
        return port_type
    bound = {one.get("name") for one in children(binding, "operation")}
    fitting = [
        one for one in found.port_types.values() if bound <= {each.get("name") for each in children(one, "operation")}
    ]
    if not bound or len(fitting) != 1:
        found.warnings.append(f"{title}: its portType {name} is not defined; left out")
        return None
    only = fitting[0].get("name")
    found.warnings.append(f"{title}: its portType {name} is not defined; {only}, which has its operations, is used")
    return fitting[0]


def _verb(binding: etree._Element) -> Literal["", "GET", "POST"]:
    protocol = binding.find(f"{{{HTTP}}}binding")
    given = "" if protocol is None else protocol.get("verb", "").strip().upper()
    return "GET" if given == "GET" else "POST" if given == "POST" else ""


def _soap_binding(binding: etree._Element) -> tuple[Version, etree._Element | None]:
    for version, namespace in _VERSIONS:
        soap = binding.find(f"{{{namespace}}}binding")
        if soap is not None:
            return version, soap
    for version, namespace in _VERSIONS:
        if binding.find(f"{{*}}operation/{{{namespace}}}operation") is not None:
            return version, binding  # soap:binding was forgotten; the operations tell the version
    return "1.1", None


def address_of(port: etree._Element) -> str:
    """Some WSDLs mix the versions here; the address is meant all the same."""
    for namespace in (SOAP11, SOAP12, HTTP):
        element = port.find(f"{{{namespace}}}address")
        if element is not None:
            return element.get("location", "").strip()
    return ""


def choose(
    found: Definitions, ports: list[BoundPort], service: str | None, port: str | None, *, every: bool = False
) -> list[BoundPort]:
    """The port that was named; else the first SOAP port or its SOAP 1.2 twin in the same service, else an HTTP port.

    `every` adds, where no port was named, those that offer other operations in the same SOAP version or over HTTP.
    """
    if not ports:
        reasons = "".join(f"\n  {line}" for line in found.warnings[:20])
        raise ContractError(f"The WSDL has no usable SOAP or HTTP port.{reasons}")
    fitting = [one for one in ports if service in {None, one.port.service} and port in {None, one.port.name}]
    if not fitting:
        wanted = f"service {service or 'any'}, port {port or 'any'}"
        there = "\n".join(f"  service {one.port.service}, port {one.port.name}" for one in ports[:50])
        raise ContractError(f"There is no usable port for {wanted}. There are:\n{there}")
    # A form has room for what a query is too short for, and does not end in the logs of every proxy.
    over_http = sorted((one for one in fitting if one.port.verb), key=lambda one: one.port.verb == "GET")
    soap = [one for one in fitting if not one.port.verb]
    first = (soap or over_http)[0]
    chosen = next((one for one in soap if one.port.version == "1.2" and _alike(one, first)), first)
    if port is not None:
        return [chosen]
    others = _others(soap, chosen) if soap else []
    used = [chosen, *(one for one in others if every and one.port.version == chosen.port.version)]
    idle = [one for one in others if one not in used]
    for one in over_http:
        if not _names(one) <= {name for each in (*used, *idle) for name in _names(each)}:
            (used if every else idle).append(one)
    if idle:
        names = ", ".join(one.port.name for one in idle[:8]) + (f" and {len(idle) - 8} more" if len(idle) > 8 else "")
        found.warnings.append(f"port {chosen.port.name} is used; not used, with other operations: {names}")
    return used


def _alike(one: BoundPort, other: BoundPort) -> bool:
    return one.port_type is other.port_type and one.service is other.service


def _others(ports: list[BoundPort], chosen: BoundPort) -> list[BoundPort]:
    """One port for each other set of operations, in the version of `chosen` if there is one."""
    best: dict[tuple[etree._Element, frozenset[str]], BoundPort] = {}
    for one in ports:
        there = best.get(_offer(one))
        if there is None or (there.port.version != one.port.version == chosen.port.version):
            best[_offer(one)] = one
    best.pop(_offer(chosen), None)
    return list(best.values())


def _offer(one: BoundPort) -> tuple[etree._Element, frozenset[str]]:
    """Several bindings may share out the operations of one portType."""
    return one.port_type, _names(one)


def _names(one: BoundPort) -> frozenset[str]:
    return frozenset(bound.get("name", "") for bound in children(one.binding, "operation"))
