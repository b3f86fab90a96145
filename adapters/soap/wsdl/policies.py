"""The WS-Policy expressions that are attached to a port: found, and written out as alternatives. Pure.

WS-Policy 1.2 and 1.5 with their attachment to WSDL 1.1. A policy that stands elsewhere is not fetched.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element as XmlElement

from adapters.soap.wsdl.names import children, direction, local
from adapters.soap.wsdl.ports import BoundPort

POLICIES = (
    "http://www.w3.org/ns/ws-policy",
    "http://www.w3.org/2006/07/ws-policy",
    "http://schemas.xmlsoap.org/ws/2004/09/policy",
    "http://schemas.xmlsoap.org/ws/2002/12/policy",
)
_UTILITY_ID = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
ALTERNATIVES_MAX = 64
DEPTH_MAX = 20
Alternative = tuple[XmlElement, ...]


def attached(port: BoundPort) -> dict[str, list[XmlElement]]:
    """Policies by what they are attached to: `port` (and binding and service), `input` and `output` (of any operation,
    an operation's own counted with its input)."""
    elements = [] if port.service is None else [one for one in port.service if one.get("name") == port.port.name]
    owners = [port.binding, *([] if port.service is None else [port.service]), *elements]
    found = {"port": [policy for owner in owners for policy in _of(owner)], "input": [], "output": []}
    for operation in children(port.binding, "operation"):
        found["input"] += _of(operation)
        for way in ("input", "output"):
            message = direction(operation, way)
            found[way] += [] if message is None else _of(message)
    return {where: list(dict.fromkeys(policies)) for where, policies in found.items()}


def _of(owner: XmlElement) -> list[XmlElement]:
    found: list[XmlElement] = []
    for namespace in POLICIES:
        found += owner.iterchildren(f"{{{namespace}}}Policy")
        addresses = [one.get("URI", "") for one in owner.iterchildren(f"{{{namespace}}}PolicyReference")]
        for address in (*addresses, *owner.get(f"{{{namespace}}}PolicyURIs", "").split()):
            found += _referred(owner, address)
    return found


def _referred(owner: XmlElement, address: str) -> Iterator[XmlElement]:
    """The policy of the same document; one elsewhere is not fetched for it."""
    root = owner.getroottree().getroot()
    for policy in root.iter(*(f"{{{namespace}}}Policy" for namespace in POLICIES)):
        names = {f"#{policy.get(_UTILITY_ID)}", f"#{policy.get(_XML_ID)}", policy.get("Name")}
        if address and address in names:
            yield policy


def alternatives(expression: XmlElement, depth: int = 0) -> list[Alternative]:
    """What satisfies an expression: one list of assertions each; optional ones are in the later alternatives."""
    if depth > DEPTH_MAX:
        return [()]
    if local(str(expression.tag)) == "ExactlyOne" and _is_policy(expression):
        found = [one for child in _elements(expression) for one in _alternatives_of(child, depth)]
        return found[:ALTERNATIVES_MAX] or [()]
    combined: list[Alternative] = [()]
    for child in _elements(expression):
        options = _alternatives_of(child, depth)
        combined = [(*left, *right) for left in combined for right in options][:ALTERNATIVES_MAX]
    return combined


def _alternatives_of(child: XmlElement, depth: int) -> list[Alternative]:
    if _is_policy(child):
        if local(str(child.tag)) == "PolicyReference":
            parent = child.getparent()
            referred = [] if parent is None else list(_referred(parent, child.get("URI", "")))
            return alternatives(referred[0], depth + 1) if referred else [()]
        return alternatives(child, depth + 1)
    optional = any(child.get(f"{{{namespace}}}Optional") in {"true", "1"} for namespace in POLICIES)
    return [(), (child,)] if optional else [(child,)]


def inside(assertion: XmlElement) -> Alternative:
    """The assertions of the policy within an assertion; of several alternatives the first that says anything."""
    nested = [child for child in _elements(assertion) if _is_policy(child)]
    if not nested:
        return tuple(_elements(assertion))
    found = alternatives(nested[0])
    return next((one for one in found if one), ())


def _is_policy(element: XmlElement) -> bool:
    return str(element.tag)[1:].partition("}")[0] in POLICIES


def _elements(parent: XmlElement) -> list[XmlElement]:
    return [child for child in parent if isinstance(child.tag, str)]
