"""What a WSDL says of WS-Addressing: whether a port demands it, and the action of each message.

Web Services Addressing 1.0 – Metadata §3 and §4.4 (and the WSDL Binding before it), WS-Policy 1.2 and 1.5. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from adapters.soap.contract import Addressed, AddressingVersion
from adapters.soap.wsdl.definitions import Definitions
from adapters.soap.wsdl.names import ADDRESSING, WSDL, children, direction, target_of
from adapters.soap.wsdl.ports import BoundPort

_WSAM, _WSAW, _WSA_0502, _WSA_0408 = ADDRESSING
_POLICY_0408 = f"{_WSA_0408}/policy"
_POLICIES = ("http://www.w3.org/ns/ws-policy", "http://schemas.xmlsoap.org/ws/2004/09/policy")
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_ASSERTIONS: dict[str, AddressingVersion] = {
    f"{{{_WSAM}}}Addressing": "2005/08",
    f"{{{_WSAW}}}UsingAddressing": "2005/08",
    f"{{{_WSA_0502}}}UsingAddressing": "2005/08",
    f"{{{_WSA_0408}}}UsingAddressing": "2004/08",
    f"{{{_POLICY_0408}}}UsingAddressing": "2004/08",
}
_NOT_ANONYMOUS, _ANONYMOUS = f"{{{_WSAM}}}NonAnonymousResponses", f"{{{_WSAW}}}Anonymous"
_DEPTH_MAX = 20
_TRUE = {"true", "1"}


def addressed(found: Definitions, port: BoundPort, abstract: etree._Element, soap_action: str) -> Addressed:
    """The actions of an operation's messages, and which version its port demands."""
    if _wants_answers_elsewhere(port):
        found.warnings.append(
            f"port {port.port.name} sends its answers to other addresses only (WS-Addressing); none arrives here"
        )
    answer = direction(abstract, "output")
    name = abstract.get("name", "")
    request = _action(port, direction(abstract, "input"), name if answer is None else f"{name}Request", soap_action)
    return Addressed(
        request, "" if answer is None else _action(port, answer, f"{name}Response"), _demanded(found, port)
    )


def fault_action(port: BoundPort, abstract: etree._Element, fault: etree._Element) -> str:
    """Of one wsdl:fault."""
    return _said(fault) or _pattern(port, abstract.get("name", ""), "Fault", fault.get("name", ""))


def _said(element: etree._Element) -> str:
    written = (element.get(f"{{{namespace}}}Action") for namespace in ADDRESSING)
    return next((one.strip() for one in written if one and one.strip()), "")


def _action(port: BoundPort, way: etree._Element | None, default: str, soap_action: str = "") -> str:
    """What is written; else the SOAPAction, if there is one; else made of names (§4.4.1, §4.4.4)."""
    said = "" if way is None else _said(way)
    own = None if way is None else way.get("name")
    return said or soap_action or _pattern(port, own or default)


def _pattern(port: BoundPort, *names: str) -> str:
    space = target_of(port.port_type)
    delimiter = ":" if space.lower().startswith("urn:") else "/"
    return delimiter.join((space.removesuffix(delimiter), port.port_type.get("name", ""), *names))


# ── is it demanded ───────────────────────────────────────────────────────────────────────────────────────────────


def _demanded(found: Definitions, port: BoundPort) -> AddressingVersion | None:
    for place in _places(port):
        for tag, version in _ASSERTIONS.items():
            marker = place.find(tag)
            if marker is not None and marker.get(f"{{{WSDL}}}required", "").strip() in _TRUE:
                return version
        for policy in _policies(found, place):
            if asked := _of_policy(found, policy, 0):
                return asked
    return None


def _places(port: BoundPort) -> Iterator[etree._Element]:
    yield port.binding
    yield port.port_type
    if port.service is not None:
        yield from (one for one in children(port.service, "port") if one.get("name") == port.port.name)


def _wants_answers_elsewhere(port: BoundPort) -> bool:
    inside = [one for place in _places(port) for one in place.iter(_NOT_ANONYMOUS, _ANONYMOUS)]
    return any(one.tag == _NOT_ANONYMOUS or (one.text or "").strip() == "prohibited" for one in inside)


def _policies(found: Definitions, place: etree._Element) -> Iterator[etree._Element]:
    for space in _POLICIES:
        yield from place.iterchildren(f"{{{space}}}Policy", f"{{{space}}}PolicyReference")
        for uri in place.get(f"{{{space}}}PolicyURIs", "").split():
            policy = _named(found, place, uri)
            if policy is not None:
                yield policy


def _named(found: Definitions, place: etree._Element, uri: str) -> etree._Element | None:
    """The policy of that name in the same document, or in the first one."""
    if not uri.startswith("#"):
        return None
    for root in (place.getroottree().getroot(), found.root):
        for space in _POLICIES:
            for policy in root.iterchildren(f"{{{space}}}Policy"):
                if uri[1:] in {policy.get(f"{{{_WSU}}}Id"), policy.get("{http://www.w3.org/XML/1998/namespace}id")}:
                    return policy
    return None


def _of_policy(found: Definitions, node: etree._Element, depth: int) -> AddressingVersion | None:
    """The version that every alternative of a policy asks for; None where one does without."""
    space, _, local = str(node.tag).rpartition("}")
    if depth > _DEPTH_MAX or _is_optional(node):
        return None
    if str(node.tag) in _ASSERTIONS:
        return _ASSERTIONS[str(node.tag)]
    if space[1:] not in _POLICIES:
        return None
    if local == "PolicyReference":
        policy = _named(found, node, node.get("URI", ""))
        return None if policy is None else _of_policy(found, policy, depth + 1)
    inner = [_of_policy(found, child, depth + 1) for child in node if isinstance(child.tag, str)]
    if local == "ExactlyOne" and not all(inner):
        return None
    return next((version for version in inner if version), None)


def _is_optional(node: etree._Element) -> bool:
    return any(node.get(f"{{{space}}}Optional", "").strip() in _TRUE for space in _POLICIES)
