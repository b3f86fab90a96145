"""The faults of one operation: what is declared, found in the detail or the Header of a message, typed and written.

A fault stays a fault whatever is wrong with it: what cannot be read of it is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from lxml.etree import _Element as XmlElement

from adapters.soap.addressing import action_of
from adapters.soap.contract import DeclaredFault, OperationContract, Version
from adapters.soap.envelope import Blame, Parts, frame, read_fault, write_fault
from adapters.soap.message_headers import MessageHeaders
from adapters.soap.toolbox import Toolbox
from bridge.call import JsonValue
from bridge.contracts import FaultInfo
from bridge.errors import DoesNotFit
from bridge.formats.xml.decode import Seen, Unreadable
from bridge.formats.xml.plan import FreeUse, Use, local
from bridge.formats.xml.reading import TYPE
from bridge.formats.xml.wild import clark
from bridge.formats.xml.writing import Out, escape
from bridge.shapes.model import Described


@dataclass(frozen=True, slots=True)
class SoapFault:
    """A fault as the upstream sent it. `name` is the declared fault's, "" when it matches none; `detail` its typed
    JSON; `headers` the declared headers that came with it, a JSON object or ""; `types` the qualified names of what is
    in its detail and of the types of that."""

    code: str
    subcodes: tuple[str, ...]
    text: str
    name: str
    detail: str | None
    blame: Blame
    headers: str = ""
    types: tuple[str, ...] = ()


class Faults:
    """`tools_for` gives the tools for one use; `headers` reads the declared headers that come with a fault."""

    def __init__(
        self, contract: OperationContract, tools_for: Callable[[str], Toolbox], headers: MessageHeaders | None
    ) -> None:
        self._declared, self._in_header = contract.faults, contract.header_faults
        self._tools_for, self._headers = tools_for, headers

    def described(self) -> tuple[FaultInfo, ...]:
        all_of_them = (*self._declared, *self._in_header)
        return tuple(FaultInfo(fault.name, self._shape(fault), 422, fault.doc) for fault in all_of_them)

    def _shape(self, fault: DeclaredFault) -> Described:
        tools, use, _ = self._how(fault)
        element = tools.view.layout.elements.get(fault.part.element)
        nullable = element is not None and element.nillable
        return Described(tools.shaper.shape(use), tools.shaper.table, nullable=nullable)

    def _how(self, fault: DeclaredFault) -> tuple[Toolbox, Use, str]:
        """How its detail lies: the tools for it, its use, and the key of its type."""
        tools, part = self._tools_for(fault.use), fault.part
        found = tools.view.layout.elements.get(part.element)
        key = part.type or (found.type if found else "")
        return tools, tools.view.use_of(key) if key else FreeUse(), key

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, parts: Parts) -> SoapFault:
        """The fault of a message."""
        if parts.fault is None:
            raise Unreadable("the message holds no fault")
        raw, headers = read_fault(parts.version, parts.fault), self._beside(parts)
        found = list(self._found(raw.detail, parts))
        types = tuple(name for element, fault in found for name in self._types(element, fault) if name)
        for element, fault in found:
            if fault is not None:
                json = self._json(fault, element)
                return SoapFault(raw.code, raw.subcodes, raw.text, fault.name, json, raw.blame, headers, types)
        return SoapFault(raw.code, raw.subcodes, raw.text, "", None, raw.blame, headers, types)

    def _found(self, detail: Sequence[XmlElement], parts: Parts) -> Iterator[tuple[XmlElement, DeclaredFault | None]]:
        """What is in its detail, declared or not, and what is declared for its Header (SOAP 1.1 §4.4)."""
        action = action_of(parts)
        yield from ((element, self._in_detail(element, action)) for element in detail)
        known = {element_of(one): one for one in self._in_header}
        yield from ((element, known[tag]) for element in parts.headers if (tag := str(element.tag)) in known)

    def _types(self, element: XmlElement, fault: DeclaredFault | None) -> tuple[str, ...]:
        return str(element.tag), clark(element, element.get(TYPE, "")), self._how(fault)[2] if fault else ""

    def _beside(self, parts: Parts) -> str:
        """Headers that are declared for the answer come with faults as well (mvantellingen/python-zeep#647)."""
        faults = {element_of(one) for one in self._in_header}
        others = replace(parts, headers=tuple(one for one in parts.headers if one.tag not in faults))
        try:
            return self._headers.decode(others, Seen()) if self._headers is not None else ""
        except (Unreadable, RecursionError):
            return ""

    def _in_detail(self, element: XmlElement, action: str) -> DeclaredFault | None:
        """By the element's name, else by its local name; of those that share one by the action of the message, or by
        the type it says (Axis)."""
        tag = str(element.tag)
        named = [fault for fault in self._declared if element_of(fault) == tag]
        named = named or [one for one in self._declared if local(element_of(one)) == local(tag)]
        if len(named) > 1 and any(fault.action == action for fault in named):
            named = [fault for fault in named if fault.action == action]
        said = clark(element, element.get(TYPE, ""))
        return next((fault for fault in named if len(named) > 1 and fault.part.type == said), None) or (
            named[-1] if named else None
        )

    def _json(self, fault: DeclaredFault, element: XmlElement) -> str | None:
        tools, use, _ = self._how(fault)
        try:
            return tools.decoder.element(use)(element, Seen()) or None
        except (Unreadable, RecursionError):
            return None

    # ── writing, for the mock ────────────────────────────────────────────────────────────────────────────────────

    def write(self, version: Version, name: str, value: JsonValue, text: str, blame: Blame) -> bytes:
        """A message with a fault; with `name` "" one that is not declared."""
        tools = self._tools_for("literal")
        declared = next((one for one in (*self._declared, *self._in_header) if one.name == name), None)
        out = Out(tools.encoder.prefixes, tools.options.requests)
        if declared is not None:
            own, use, key = self._how(declared)
            own.writer(element_of(declared), use, key)(value, None, out)
        if out.errors:
            raise DoesNotFit(errors=out.errors)
        content = "".join(out.parts)
        header = content if declared in self._in_header else ""
        body = write_fault(version, blame, escape(text), "" if header else content)
        return frame(version, out.declarations(), header, f"<soap:Body>{body}</soap:Body>")


def element_of(fault: DeclaredFault) -> str:
    """The name of the element that holds its detail."""
    return fault.part.element or fault.part.name
