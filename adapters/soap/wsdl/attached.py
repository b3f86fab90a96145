"""What a WSDL says of binary values beside the envelope: parts of a message that are attachments, and whether MTOM is
demanded (mime:content of WSDL 1.1 §5; MTOM policy assertions).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from lxml import etree

from adapters.soap.contract import AttachedPart, Mtom, Part
from adapters.soap.wsdl.names import MIME
from adapters.soap.wsdl.ports import BoundPort

_OPTIMIZED = {
    "{http://schemas.xmlsoap.org/ws/2004/09/policy/optimizedmimeserialization}OptimizedMimeSerialization",
    "{http://www.w3.org/2007/08/soap12-mtom-policy}MTOM",
}
_POLICIES = ("http://www.w3.org/ns/ws-policy", "http://schemas.xmlsoap.org/ws/2004/09/policy")
_UTILITY = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"


def media_by_part(bound: etree._Element | None) -> dict[str, str]:
    """The parts that travel as attachments, and the media types they may have; "" for any."""
    found: dict[str, list[str]] = {}
    for content in () if bound is None else bound.iter(f"{{{MIME}}}content"):
        said = content.get("type", "").strip()
        found.setdefault(content.get("part", "").strip(), []).append(said)
    found.pop("", None)
    return {name: "" if "" in said or "*/*" in said else ", ".join(dict.fromkeys(said)) for name, said in found.items()}


def attached_parts(
    bound: etree._Element | None, parts: Mapping[str, Part], others: Collection[str]
) -> tuple[AttachedPart, ...]:
    """Those of one message, in its order. `others`: what is in the body or in the header."""
    media = media_by_part(bound)
    return tuple(AttachedPart(name, media[name]) for name in parts if name in media and name not in others)


def mtom(port: BoundPort) -> Mtom:
    """Whether a policy of the port or its binding speaks of MTOM, and whether it leaves the choice."""
    said: Mtom = ""
    for policy in _policies(port):
        for assertion in policy.iter(*_OPTIMIZED):
            if not _optional(assertion, policy):
                return "required"
            said = "optional"
    return said


def _policies(port: BoundPort) -> Iterator[etree._Element]:
    owners = [port.binding] if port.service is None else [port.binding, *port.service]
    owners = [one for one in owners if one is port.binding or one.get("name") == port.port.name]
    for owner in owners:
        for namespace in _POLICIES:
            yield from owner.iterchildren(f"{{{namespace}}}Policy")
            for reference in owner.iterchildren(f"{{{namespace}}}PolicyReference"):
                yield from _referred(owner, reference.get("URI", ""))
            for address in owner.get(f"{{{namespace}}}PolicyURIs", "").split():
                yield from _referred(owner, address)


def _referred(owner: etree._Element, address: str) -> Iterator[etree._Element]:
    if not address.startswith("#"):
        return  # elsewhere, and nothing is fetched for it
    for namespace in _POLICIES:
        for policy in owner.getroottree().getroot().iter(f"{{{namespace}}}Policy"):
            if address[1:] in {policy.get(_UTILITY), policy.get(_XML_ID)}:
                yield policy


def _optional(assertion: etree._Element, policy: etree._Element) -> bool:
    """It says so itself, or it stands in one of several alternatives."""
    if any(assertion.get(f"{{{namespace}}}Optional") in {"true", "1"} for namespace in _POLICIES):
        return True
    for above in assertion.iterancestors():
        if above is policy:
            return False
        alternatives = [child for child in above if isinstance(child.tag, str)]
        if str(above.tag).endswith("}ExactlyOne") and len(alternatives) > 1:
            return True
    return False
