"""JSON ⇄ SOAP for the operations of a contract: the projection that clients see, compiled per operation.

`Projection(contract, options).operation(name)` costs nothing until it is asked for; the second time it is a look-up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from lxml.etree import _Element as XmlElement

from adapters.soap.contract import Contract, DeclaredFault, OperationContract, Part
from adapters.soap.envelope import Blame, Parts, frame, read_fault, take_apart, write_fault
from adapters.soap.http_codec import HttpCodec
from adapters.soap.message import Encoded, MessageCodec, Toolbox
from adapters.soap.wire import Outgoing, plain
from bridge.call import JsonValue
from bridge.contracts import Description, Example, FaultInfo
from bridge.errors import ContractError, DoesNotFit, Violation
from bridge.formats.xml.decode import Seen, Unreadable
from bridge.formats.xml.plan import FreeUse, Use
from bridge.formats.xml.view import View, ViewOptions
from bridge.formats.xml.writing import Out, escape
from bridge.shapes.json import dumps
from bridge.shapes.model import Described
from bridge.shapes.samples import sample


@dataclass(frozen=True, slots=True)
class Decoded:
    """`json` None: nothing was answered. `tolerances`: what was overlooked, by kind."""

    json: str | None
    tolerances: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SoapFault:
    """A fault as the upstream sent it. `name` is the declared fault's, "" when it matches none; `detail` its typed
    JSON."""

    code: str
    subcodes: tuple[str, ...]
    text: str
    name: str
    detail: str | None
    blame: Blame


class Projection:
    """What clients see of a contract under some options."""

    def __init__(self, contract: Contract, options: ViewOptions | None = None) -> None:
        self.contract = contract
        self.tools = Toolbox(View(contract.layout, options or ViewOptions(), _message_elements(contract)))
        self._made: dict[str, OperationCodec] = {}

    def operation(self, name: str) -> OperationCodec:
        """Raises ContractError when the operation is unknown or cannot be used; the reason is readable."""
        if name not in self._made:
            found = self.contract.operations.get(name)
            if found is None:
                raise ContractError(f"there is no operation {name}")
            if found.problem:
                raise ContractError(found.problem)
            self._made[name] = OperationCodec(self, found)
        return self._made[name]


class OperationCodec:
    """Both messages and the faults of one operation. `http`: it travels without an envelope, and this is how."""

    def __init__(self, projection: Projection, contract: OperationContract) -> None:
        self.contract, self.version = contract, projection.contract.port.version
        self._tools = projection.tools
        binding, layout = contract.http, projection.contract.layout
        self.http = HttpCodec(layout, contract, binding) if binding else None
        encoded = contract.input.use == "encoded" or (contract.output is not None and contract.output.use == "encoded")
        if encoded:
            raise ContractError("its messages are SOAP-encoded (use=encoded), which is not supported yet")
        self._input = MessageCodec(self._tools, contract.input, f"{contract.name}Request", request=True)
        self._output: MessageCodec | None = None
        if contract.output is not None:
            self._output = MessageCodec(self._tools, contract.output, f"{contract.name}Response", request=False)
        self._faults = {name: fault for fault in contract.faults for name in [_fault_element(fault)] if name}

    @property
    def action(self) -> str:
        return self.contract.action

    @property
    def content_type(self) -> str:
        """The Content-Type of a request (SOAP 1.1 §6, SOAP 1.2 part 2 §7)."""
        if self.version == "1.1":
            return "text/xml; charset=utf-8"
        action = f'; action="{self.action}"' if self.action else ""
        return f"application/soap+xml; charset=utf-8{action}"

    @cached_property
    def description(self) -> Description:
        nothing = Described(None, self._tools.shaper.table, required=False)
        output = self._output.described() if self._output else nothing
        return Description(self._input.described(), output, tuple(map(self._fault_info, self.contract.faults)))

    def _fault_info(self, fault: DeclaredFault) -> FaultInfo:
        return FaultInfo(fault.name, self._fault_shape(fault), 422, fault.doc)

    def _fault_shape(self, fault: DeclaredFault) -> Described:
        shape = self._tools.shaper.shape(self._fault_use(fault.part))
        return Described(shape, self._tools.shaper.table)

    def _fault_use(self, part: Part) -> Use:
        view = self._tools.view
        if part.type:
            return view.use_of(part.type)
        found = view.layout.elements.get(part.element)
        return view.use_of(found.type) if found else FreeUse()

    @cached_property
    def example(self) -> Example:
        answer = self.description.output
        request = sample(self.description.input) if self.description.input.shape is not None else {}
        text = None if answer.shape is None else dumps(sample(answer)).encode()
        return Example(dumps(request).encode(), text)

    # ── our side: requests out, answers in ───────────────────────────────────────────────────────────────────────

    def request(self, args: JsonValue, *, given: bool = True, headers: str = "") -> Outgoing:
        """What goes out over HTTP. `given` and `headers` as in `encode_request`."""
        encoded = _encode(self._input, args, given=given)
        envelope = frame(self.version, encoded.declarations, headers + encoded.headers, encoded.body)
        if self.http is not None:
            return replace(self.http.request(envelope, self._input.keys()), bent=encoded.bent)
        said = {"Content-Type": plain(self.content_type)}
        if self.version == "1.1":
            # SOAP 1.1 §6.1.1: the header is always there and its value quoted, even when it is empty.
            said["SOAPAction"] = f'"{plain(self.action)}"'
        return Outgoing("POST", body=envelope, headers=said, bent=encoded.bent)

    def encode_request(self, args: JsonValue, *, given: bool = True, headers: str = "") -> bytes:
        """The envelope. `headers`: further header blocks as XML text, each declaring its own namespaces.

        `given` False: the client sent no body at all. Raises DoesNotFit with every violation.
        """
        encoded = _encode(self._input, args, given=given)
        return frame(self.version, encoded.declarations, headers + encoded.headers, encoded.body)

    def decode_answer(self, root: XmlElement, *, strict: bool = False) -> Decoded:
        """Raises Unreadable when the answer cannot be read without inventing, NoEnvelope when it is no SOAP."""
        seen = Seen(strict=strict)
        parts = take_apart(root)
        json = _decode(self._output, parts, seen) if self._output else None
        return Decoded(json, dict(seen.tolerances))

    def decode_fault(self, root: XmlElement) -> SoapFault:
        """The fault in a message that has one."""
        parts = take_apart(root)
        if parts.fault is None:
            raise Unreadable("the message holds no fault")
        raw = read_fault(parts.version, parts.fault)
        for element in raw.detail:
            fault = self._faults.get(str(element.tag)) or self._fault_by_local(element)
            if fault is not None:
                json = self._fault_json(fault, element)
                return SoapFault(raw.code, raw.subcodes, raw.text, fault.name, json, raw.blame)
        return SoapFault(raw.code, raw.subcodes, raw.text, "", None, raw.blame)

    def _fault_by_local(self, element: XmlElement) -> DeclaredFault | None:
        local = str(element.tag).rpartition("}")[2]
        return next((fault for name, fault in self._faults.items() if name.rpartition("}")[2] == local), None)

    def _fault_json(self, fault: DeclaredFault, element: XmlElement) -> str | None:
        try:
            return self._tools.decoder.element(self._fault_use(fault.part))(element, Seen()) or None
        except (Unreadable, RecursionError):
            return None  # a fault stays a fault even if its detail is unreadable

    # ── the other side, for the mock: requests in, answers out ───────────────────────────────────────────────────

    def decode_request(self, root: XmlElement) -> str:
        """The JSON text of a request, "" for none; strict, as a server would be."""
        return _decode(self._input, take_apart(root), Seen(strict=True)) or ""

    def encode_answer(self, value: JsonValue, *, given: bool = True) -> bytes:
        if self._output is None:
            return b""
        encoded = _encode(self._output, value, given=given)
        return frame(self.version, encoded.declarations, encoded.headers, encoded.body)

    def encode_fault(self, name: str, value: JsonValue, text: str, blame: Blame = "server") -> bytes:
        """A fault; with `name` "" one that is not declared."""
        declared = next((one for one in self.contract.faults if one.name == name), None)
        out = Out(self._tools.encoder.prefixes, self._tools.options.requests)
        if declared is not None:
            write = self._tools.encoder.element(_fault_element(declared), self._fault_use(declared.part), nillable=True)
            write(value, None, out)
        if out.errors:
            raise DoesNotFit(errors=out.errors)
        body = write_fault(self.version, blame, escape(text), "".join(out.parts))
        declarations = out.declarations()
        return frame(self.version, declarations, "", f"<soap:Body>{body}</soap:Body>")


def _message_elements(contract: Contract) -> frozenset[str]:
    ways = [way for one in contract.operations.values() for way in (one.input, one.output) if way is not None]
    return frozenset(part.element for way in ways for part in way.parts if part.element)


def _encode(message: MessageCodec, value: JsonValue, *, given: bool) -> Encoded:
    try:
        return message.encode(value, given=given)
    except RecursionError as error:
        raise DoesNotFit(errors=[Violation("", "is nested too deeply")]) from error


def _decode(message: MessageCodec, parts: Parts, seen: Seen) -> str | None:
    try:
        return message.decode(parts, seen)
    except RecursionError as error:
        raise Unreadable("the answer is nested too deeply") from error


def _fault_element(fault: DeclaredFault) -> str:
    return fault.part.element or fault.part.name
