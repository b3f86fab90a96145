"""The SOAP envelope, both versions: writing its frame, finding its parts, reading a fault.

SOAP 1.1 (W3C Note, 8 May 2000) and SOAP 1.2 part 1 (W3C Recommendation, 27 April 2007). Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lxml.etree import _Element as XmlElement

from adapters.soap.contract import Version
from bridge.errors import BridgeError

NAMESPACES: dict[Version, str] = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
_VERSIONS = {space: version for version, space in NAMESPACES.items()}
Blame = Literal["client", "server"]


class NoEnvelope(BridgeError):
    """Well-formed XML that is no SOAP message."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A message taken apart; `fault` is also the only element of `body` when it is there."""

    version: Version
    headers: tuple[XmlElement, ...]
    body: tuple[XmlElement, ...]
    fault: XmlElement | None


@dataclass(frozen=True, slots=True)
class RawFault:
    """A fault in one form for both versions. `code` is a local name (`Client`, `Sender`, `Server.Busy` …)."""

    code: str
    subcodes: tuple[str, ...]
    text: str
    detail: tuple[XmlElement, ...]
    blame: Blame


def frame(version: Version, declarations: str, headers: str, body: str) -> bytes:
    """The bytes of a message. `body` is the whole Body element, or the content of one."""
    head = f"<soap:Header>{headers}</soap:Header>" if headers else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<soap:Envelope xmlns:soap="{NAMESPACES[version]}"{declarations}>{head}{body}</soap:Envelope>'
    ).encode()


def take_apart(root: XmlElement) -> Parts:
    """Raises NoEnvelope when the root is not a SOAP Envelope with a Body."""
    space, _, local = str(root.tag).rpartition("}")
    version = _VERSIONS.get(space[1:])
    if version is None or local != "Envelope":
        raise NoEnvelope("The answer is XML but not a SOAP message.")
    body = root.find(f"{{{NAMESPACES[version]}}}Body")
    if body is None:
        raise NoEnvelope("The SOAP message has no Body.")
    header = root.find(f"{{{NAMESPACES[version]}}}Header")
    children = _elements(body)
    fault = next((child for child in children if child.tag == f"{{{NAMESPACES[version]}}}Fault"), None)
    return Parts(version, _elements(header) if header is not None else (), children, fault)


def _elements(parent: XmlElement) -> tuple[XmlElement, ...]:
    return tuple(child for child in parent if isinstance(child.tag, str))


def read_fault(version: Version, fault: XmlElement) -> RawFault:
    if version == "1.2" and fault.find(f"{{{NAMESPACES['1.2']}}}Code") is not None:
        return _fault_12(fault)
    code = _qualified(_text(_child(fault, "faultcode")))
    detail = _child(fault, "detail")
    text = _text(_child(fault, "faultstring"))
    return RawFault(code, (), text, _elements(detail) if detail is not None else (), _blame(code))


def _fault_12(fault: XmlElement) -> RawFault:
    codes: list[str] = []
    level = _child(fault, "Code")
    while level is not None and len(codes) < 10:
        codes.append(_qualified(_text(_child(level, "Value"))))
        level = _child(level, "Subcode")
    reason = _child(fault, "Reason")
    texts = [] if reason is None else [_text(one) for one in _elements(reason)]
    detail = _child(fault, "Detail")
    inside = _elements(detail) if detail is not None else ()
    return RawFault(codes[0], tuple(codes[1:]), texts[0] if texts else "", inside, _blame(codes[0]))


def _child(parent: XmlElement, local: str) -> XmlElement | None:
    # Some servers qualify the 1.1 children, some do not (the schema says they are unqualified).
    return next((child for child in _elements(parent) if str(child.tag).rpartition("}")[2] == local), None)


def _text(element: XmlElement | None) -> str:
    return "" if element is None else "".join(str(part) for part in element.itertext()).strip()


def _qualified(code: str) -> str:
    return code.rpartition(":")[2].strip()[:200]


def _blame(code: str) -> Blame:
    return "client" if code.partition(".")[0] in {"Client", "Sender"} else "server"


def write_fault(version: Version, blame: Blame, text: str, detail: str) -> str:
    """The content of a Body that holds a fault; `text` already escaped, `detail` the inner XML."""
    if version == "1.1":
        code = "Client" if blame == "client" else "Server"
        inside = f"<detail>{detail}</detail>" if detail else ""
        return f"<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{text}</faultstring>{inside}</soap:Fault>"
    code = "Sender" if blame == "client" else "Receiver"
    inside = f"<soap:Detail>{detail}</soap:Detail>" if detail else ""
    return (
        f"<soap:Fault><soap:Code><soap:Value>soap:{code}</soap:Value></soap:Code>"
        f'<soap:Reason><soap:Text xml:lang="en">{text}</soap:Text></soap:Reason>{inside}</soap:Fault>'
    )
