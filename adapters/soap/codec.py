"""JSON ⇄ SOAP for the operations of a contract: the projection that clients see, compiled per operation.

`Projection(contract, options).operation(name)` costs nothing until it is asked for; the second time it is a look-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from lxml.etree import _Element as XmlElement

from adapters.soap.addressing import action_of
from adapters.soap.attachments.filling import NO_VALUES, Values, filled
from adapters.soap.contract import Contract, DeclaredFault, Message, OperationContract
from adapters.soap.envelope import Blame, Parts, frame, read_fault, take_apart, write_fault
from adapters.soap.graph import as_tree
from adapters.soap.header_blocks import HeaderForm, refuse_misunderstood
from adapters.soap.http_codec import HttpCodec
from adapters.soap.message import Encoded, MessageCodec
from adapters.soap.soap_action import AS_USUAL, Said, http_head
from adapters.soap.toolbox import EncodedToolbox, Toolbox
from adapters.soap.wire import Outgoing
from bridge.call import JsonValue
from bridge.contracts import Description, Example, FaultInfo
from bridge.errors import ContractError, DoesNotFit, Violation
from bridge.formats.xml.attached import Attach
from bridge.formats.xml.decode import Seen, Unreadable
from bridge.formats.xml.encoded_view import EncodedView
from bridge.formats.xml.plan import FreeUse, Use, local
from bridge.formats.xml.reading import TYPE
from bridge.formats.xml.view import View, ViewOptions
from bridge.formats.xml.wild import clark
from bridge.formats.xml.writing import Out, escape
from bridge.shapes.json import dumps, loads
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


class Projection:
    """What clients see of a contract under some options. `headers`: which undeclared blocks they may send and get."""

    def __init__(
        self, contract: Contract, options: ViewOptions | None = None, headers: HeaderForm | None = None
    ) -> None:
        self.contract, self.headers = contract, headers or HeaderForm()
        self.tools = Toolbox(View(contract.layout, options or ViewOptions(), _message_elements(contract)))
        self._made: dict[str, OperationCodec] = {}

    @cached_property
    def encoded(self) -> EncodedToolbox:
        """For messages with use="encoded"."""
        literal, contract = self.tools, self.contract
        view = EncodedView(contract.layout, literal.options, _message_elements(contract))
        return EncodedToolbox(literal, view, contract.port.version)

    def tools_for(self, *uses: str) -> Toolbox:
        return self.encoded if "encoded" in uses else self.tools

    def message(self, message: Message, key: str, *, request: bool) -> MessageCodec:
        headers = self.tools_for(*(one.use for one in message.headers))
        free = self.headers.from_clients if request else self.headers.keep
        return MessageCodec(self.tools_for(message.use), message, key, request=request, headers=headers, free=free)

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
        self._projection, self._graph = projection, is_encoded(contract)
        self._input = projection.message(contract.input, f"{contract.name}Request", request=True)
        self._output: MessageCodec | None = None
        if contract.output is not None:
            self._output = projection.message(contract.output, f"{contract.name}Response", request=False)

    @property
    def output(self) -> MessageCodec | None:
        """The answer; None for a one-way operation."""
        return self._output

    @property
    def graph(self) -> bool:
        """Whether values may refer to others of the message."""
        return self._graph

    @property
    def action(self) -> str:
        return self.contract.action

    @cached_property
    def description(self) -> Description:
        nothing = Described(None, self._tools.shaper.table, required=False)
        output = self._output.described() if self._output else nothing
        faults = (*self.contract.faults, *self.contract.header_faults)
        return Description(self._input.described(), output, tuple(map(self._fault_info, faults)))

    def header_place(self, name: str) -> tuple[str, ...]:
        """As in `MessageCodec`, of the request."""
        return self._input.header_place(name)

    def _fault_info(self, fault: DeclaredFault) -> FaultInfo:
        return FaultInfo(fault.name, self._fault_shape(fault), 422, fault.doc)

    def _fault_shape(self, fault: DeclaredFault) -> Described:
        tools, use, _ = self._of_fault(fault)
        element = tools.view.layout.elements.get(fault.part.element)
        nullable = element is not None and element.nillable
        return Described(tools.shaper.shape(use), tools.shaper.table, nullable=nullable)

    def _of_fault(self, fault: DeclaredFault) -> tuple[Toolbox, Use, str]:
        """How a fault's detail lies: the tools for it, its use, and the key of its type."""
        tools, part = self._projection.tools_for(fault.use), fault.part
        found = tools.view.layout.elements.get(part.element)
        key = part.type or (found.type if found else "")
        return tools, tools.view.use_of(key) if key else FreeUse(), key

    @cached_property
    def example(self) -> Example:
        answer = self.description.output
        request = sample(self.description.input) if self.description.input.shape is not None else {}
        text = None if answer.shape is None else dumps(sample(answer)).encode()
        return Example(dumps(request).encode(), text)

    # ── our side: requests out, answers in ───────────────────────────────────────────────────────────────────────

    def request(
        self,
        args: JsonValue,
        *,
        given: bool = True,
        headers: str = "",
        said: Said = AS_USUAL,
        attach: Attach | None = None,
    ) -> Outgoing:
        """What goes out over HTTP. `given` and `headers` as in `encode_request`; `attach` takes binary values."""
        encoded = _encode(self._input, args, given=given, beside=headers, attach=attach)
        # The declared ones come first: PHP takes them for untyped behind one that its WSDL does not have.
        envelope = frame(self.version, encoded.declarations, encoded.headers + headers, encoded.body)
        if self.http is not None:
            return replace(self.http.request(envelope, self._input.keys()), bent=encoded.bent)
        head = http_head(self.version, self.action, said)
        return Outgoing("POST", body=envelope, headers=head, bent=encoded.bent)

    def encode_request(self, args: JsonValue, *, given: bool = True, headers: str = "") -> bytes:
        """The envelope. `headers`: further header blocks as XML text, each declaring its own namespaces.

        `given` False: the client sent no body at all. Raises DoesNotFit with every violation.
        """
        encoded = _encode(self._input, args, given=given, beside=headers)
        return frame(self.version, encoded.declarations, encoded.headers + headers, encoded.body)

    def decode_answer(self, root: XmlElement, *, strict: bool = False, values: Values = NO_VALUES) -> Decoded:
        """Raises Unreadable when the answer cannot be read without inventing, NoEnvelope when it is no SOAP. `values`:
        what came beside the envelope."""
        seen = Seen(strict=strict)
        parts = self._parts(root)
        self.understand(parts)
        json = _decode(self._output, parts, seen, values) if self._output else None
        json = filled(json, values) if json else json
        if strict and json and self._output:
            _check(self._output, json)
        return Decoded(json, dict(seen.tolerances))

    def understand(self, parts: Parts) -> None:
        """Raises Unreadable for a header that must be understood and is not."""
        refuse_misunderstood(parts, self._output.headers.names if self._output else (), self._projection.headers)

    def decode_fault(self, root: XmlElement) -> SoapFault:
        """The fault in a message that has one."""
        try:
            parts = self._parts(root)
        except Unreadable:
            parts = take_apart(root)  # a fault stays one even if what it refers to is missing
        if parts.fault is None:
            raise Unreadable("the message holds no fault")
        raw, headers = read_fault(parts.version, parts.fault), self._fault_headers(parts)
        types = tuple(name for element in raw.detail for name in self._types(element) if name)
        for element, fault in self._found(raw.detail, parts):
            json = self._fault_json(fault, element)
            return SoapFault(raw.code, raw.subcodes, raw.text, fault.name, json, raw.blame, headers, types)
        return SoapFault(raw.code, raw.subcodes, raw.text, "", None, raw.blame, headers, types)

    def _found(self, detail: Sequence[XmlElement], parts: Parts) -> Iterator[tuple[XmlElement, DeclaredFault]]:
        """The declared faults in a message: those of its detail, then those of its Header (SOAP 1.1 §4.4)."""
        action = action_of(parts)
        for element in detail:
            if fault := self._declared_fault(element, action):
                yield element, fault
        of_headers = {_fault_element(one): one for one in self.contract.header_faults}
        yield from ((element, of_headers[tag]) for element in parts.headers if (tag := str(element.tag)) in of_headers)

    def _types(self, element: XmlElement) -> tuple[str, ...]:
        fault = self._declared_fault(element)
        return str(element.tag), clark(element, element.get(TYPE, "")), self._of_fault(fault)[2] if fault else ""

    def _fault_headers(self, parts: Parts) -> str:
        """Headers that are declared for the answer come with faults as well (mvantellingen/python-zeep#647)."""
        faults = {_fault_element(one) for one in self.contract.header_faults}
        others = replace(parts, headers=tuple(one for one in parts.headers if one.tag not in faults))
        try:
            return self._output.headers.decode(others, Seen()) if self._output else ""
        except (Unreadable, RecursionError):
            return ""

    def _declared_fault(self, element: XmlElement, action: str = "") -> DeclaredFault | None:
        """By the element's name, else by its local name; of those that share one by the action of the message, or by
        the type it says (Axis)."""
        tag = str(element.tag)
        named = [fault for fault in self.contract.faults if _fault_element(fault) == tag]
        named = named or [one for one in self.contract.faults if local(_fault_element(one)) == local(tag)]
        if len(named) > 1 and any(fault.action == action for fault in named):
            named = [fault for fault in named if fault.action == action]
        said = clark(element, element.get(TYPE, ""))
        return next((fault for fault in named if len(named) > 1 and fault.part.type == said), None) or (
            named[-1] if named else None
        )

    def _parts(self, root: XmlElement) -> Parts:
        parts = take_apart(root)
        if not self._graph:
            return parts
        as_tree(root)
        return take_apart(root)

    def _fault_json(self, fault: DeclaredFault, element: XmlElement) -> str | None:
        tools, use, _ = self._of_fault(fault)
        try:
            return tools.decoder.element(use)(element, Seen()) or None
        except (Unreadable, RecursionError):
            return None  # a fault stays a fault even if its detail is unreadable

    # ── the other side, for the mock: requests in, answers out ───────────────────────────────────────────────────

    def decode_request(self, root: XmlElement, values: Values = NO_VALUES) -> str:
        """The JSON text of a request, "" for none; strict, as a server would be."""
        return filled(_decode(self._input, self._parts(root), Seen(strict=True), values) or "", values)

    def encode_answer(self, value: JsonValue, *, given: bool = True, attach: Attach | None = None) -> bytes:
        if self._output is None:
            return b""
        encoded = _encode(self._output, value, given=given, attach=attach)
        return frame(self.version, encoded.declarations, encoded.headers, encoded.body)

    def encode_fault(self, name: str, value: JsonValue, text: str, blame: Blame = "server") -> bytes:
        """A fault; with `name` "" one that is not declared."""
        faults = (*self.contract.faults, *self.contract.header_faults)
        declared = next((one for one in faults if one.name == name), None)
        out = Out(self._tools.encoder.prefixes, self._tools.options.requests)
        if declared is not None:
            tools, use, key = self._of_fault(declared)
            tools.writer(_fault_element(declared), use, key)(value, None, out)
        if out.errors:
            raise DoesNotFit(errors=out.errors)
        text_of = "".join(out.parts)
        header = text_of if declared in self.contract.header_faults else ""
        body = write_fault(self.version, blame, escape(text), "" if header else text_of)
        return frame(self.version, out.declarations(), header, f"<soap:Body>{body}</soap:Body>")


def _message_elements(contract: Contract) -> frozenset[str]:
    ways = [way for one in contract.operations.values() for way in (one.input, one.output) if way is not None]
    return frozenset(part.element for way in ways for part in way.parts if part.element)


def _encode(
    message: MessageCodec, value: JsonValue, *, given: bool, beside: str = "", attach: Attach | None = None
) -> Encoded:
    try:
        return message.encode(value, given=given, beside=beside, attach=attach)
    except RecursionError as error:
        raise DoesNotFit(errors=[Violation("", "is nested too deeply")]) from error


def _check(message: MessageCodec, json: str) -> None:
    """What decoding does not judge: facets, counts, fixed values, choices. Writing the same again judges all of it."""
    try:
        message.encode(loads(json.encode()))
    except DoesNotFit as error:
        first = error.errors[0] if error.errors else Violation("", error.detail)
        raise Unreadable(f"the answer does not fit its contract: {first.pointer or '/'} {first.detail}") from error
    except RecursionError as error:
        raise Unreadable("the answer is nested too deeply") from error


def _decode(message: MessageCodec, parts: Parts, seen: Seen, values: Values = NO_VALUES) -> str | None:
    try:
        return message.decode(parts, seen, values)
    except RecursionError as error:
        raise Unreadable("the answer is nested too deeply") from error


def is_encoded(operation: OperationContract) -> bool:
    """Whether one of its messages is SOAP-encoded, so that what it sends may be a graph."""
    messages = [one for one in (operation.input, operation.output) if one is not None]
    headers = [header.use for message in messages for header in message.headers]
    faults = (*operation.faults, *operation.header_faults)
    return "encoded" in {*headers, *(one.use for one in messages), *(fault.use for fault in faults)}


def _fault_element(fault: DeclaredFault) -> str:
    return fault.part.element or fault.part.name
