"""JSON ⇄ SOAP for the operations of a contract: the projection that clients see, compiled per operation.

`Projection(contract, options).operation(name)` costs nothing until it is asked for; the second time it is a look-up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from lxml.etree import _Element as XmlElement

from adapters.soap.attachments.filling import NO_VALUES, Values, filled
from adapters.soap.contract import Contract, Message, OperationContract
from adapters.soap.envelope import Blame, Parts, frame, take_apart
from adapters.soap.faults import Faults, SoapFault
from adapters.soap.graph import as_tree
from adapters.soap.header_blocks import HeaderForm, refuse_misunderstood
from adapters.soap.http_codec import HttpCodec
from adapters.soap.message import Encoded, MessageCodec
from adapters.soap.soap_action import AS_USUAL, Said, http_head
from adapters.soap.toolbox import EncodedToolbox, Toolbox
from adapters.soap.wire import Outgoing
from bridge.call import JsonValue
from bridge.contracts import Description, Example
from bridge.errors import ContractError, DoesNotFit, Violation
from bridge.formats.xml.attached import Attach
from bridge.formats.xml.decode import Seen, Unreadable
from bridge.formats.xml.encoded_view import EncodedView
from bridge.formats.xml.view import View, ViewOptions
from bridge.shapes.json import dumps, loads
from bridge.shapes.model import Described
from bridge.shapes.samples import sample


@dataclass(frozen=True, slots=True)
class Decoded:
    """`json` None: nothing was answered. `tolerances`: what was overlooked, by kind."""

    json: str | None
    tolerances: dict[str, int] = field(default_factory=dict)


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
        self._faults = Faults(contract, projection.tools_for, self._output.headers if self._output else None)

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
        return Description(self._input.described(), output, self._faults.described())

    def header_place(self, name: str) -> tuple[str, ...]:
        """As in `MessageCodec`, of the request."""
        return self._input.header_place(name)

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
        return self._faults.read(parts)

    def _parts(self, root: XmlElement) -> Parts:
        parts = take_apart(root)
        if not self._graph:
            return parts
        as_tree(root)
        return take_apart(root)

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
        return self._faults.write(self.version, name, value, text, blame)


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
