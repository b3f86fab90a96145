"""A SOAP server's mind: which operation a message is for, whether it fits, and a valid answer. Pure; knows no HTTP.

Answers depend on the seed, the operation and how often it was called, and on nothing else: the same calls in the same
order get the same answers.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from lxml.etree import _Element as XmlElement

from adapters.soap.attachments import served
from adapters.soap.attachments.collecting import Collected
from adapters.soap.attachments.filling import NO_VALUES, Values
from adapters.soap.codec import OperationCodec, Projection
from adapters.soap.contract import Contract, Message
from adapters.soap.envelope import Blame, take_apart
from adapters.soap.http_codec import HttpCodec
from adapters.soap.mock_http import Asked, envelope_of, locations
from bridge.call import JsonValue
from bridge.errors import BridgeError, CallError, DoesNotFit
from bridge.shapes import json
from bridge.shapes.samples import NoSample, sample

ERRORS_MAX = 20
CONTENT_TYPES = {"1.1": "text/xml; charset=utf-8", "1.2": "application/soap+xml; charset=utf-8"}
PLAIN = "text/plain; charset=utf-8"
# A value must be found for whatever the seed asks; a few seeds on, contradictions in a schema are mostly passed.
_SEEDS = 5


class Refusal(BridgeError):
    """A message that is answered with a fault that blames its sender; `detail` says why, for people."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes back: an envelope, or nothing when `body` is empty (one-way). `operation` "" when none was found."""

    status: int
    content_type: str
    body: bytes
    operation: str = ""


class MockService:
    """Answers for all usable operations of a contract. `fault_rate`: the share of calls that get a fault."""

    def __init__(self, contract: Contract, *, seed: int = 0, fault_rate: float = 0.0) -> None:
        self.projection = Projection(contract)
        self.version = contract.port.version
        self.codecs = dict(_usable(self.projection))
        self._seed, self._fault_rate = seed, fault_rate
        self._calls = {name: count() for name in self.codecs}
        self._by_root: dict[str, list[str]] = {}
        self._locations = locations(self.codecs)
        for name, codec in self.codecs.items():
            if codec.http is not None:
                continue
            self._by_root.setdefault(_root_of(codec.contract.input), []).append(name)

    def answer(self, body: bytes, *, action: str = "", charset: str | None = None, content_type: str = "") -> Answered:
        """Never raises for what a client sends. `content_type`: as it was written; a package is answered by one."""
        if not self._by_root:
            return Answered(404, PLAIN, b"no operation has this address\n")
        name = ""
        try:
            root, values = served.taken(body, content_type, charset)
            name = self._named(root, action)
            self._check(self.codecs[name], root, values)
        except (BridgeError, RecursionError) as error:
            return self._fault(self._any, "", "client", _reason(error), name)
        return self._reply(name, content_type)

    def answer_http(self, asked: Asked) -> Answered | None:
        """The same for requests of HTTP bindings; None when no operation is found there."""
        try:
            found = ((name, one, one.pairs(asked)) for name, one in self._locations.items())
            name, location, pairs = next((each for each in found if each[2] is not None), ("", None, None))
            if location is None or pairs is None:
                return None
            self._check(self.codecs[name], envelope_of(location.codec, pairs, asked))
        except (BridgeError, RecursionError) as error:
            return Answered(400, PLAIN, f"{_reason(error)}\n".encode())
        return self._reply_http(name, self.codecs[name], location.codec)

    def _reply_http(self, name: str, codec: OperationCodec, http: HttpCodec) -> Answered:
        number = self._number(name)
        if codec.contract.output is None:
            return Answered(202, "", b"", name)
        if _share(number) < self._fault_rate:
            return Answered(500, PLAIN, b"a failure that the mock was asked for\n", name)
        try:
            return Answered(200, *http.answer(_sample_answer(codec, number)), name)
        except (NoSample, BridgeError) as error:
            return Answered(500, PLAIN, f"no answer can be made up: {_reason(error)}\n".encode(), name)

    @property
    def _any(self) -> OperationCodec:
        return next(iter(self.codecs.values()))

    def _number(self, name: str) -> int:
        return zlib.crc32(f"{self._seed}:{name}:{next(self._calls[name])}".encode())

    # ── which operation, and does it fit ─────────────────────────────────────────────────────────────────────────

    def _named(self, root: XmlElement, action: str) -> str:
        """By the first element of the Body, where it is not one operation's alone by the action too."""
        parts = take_apart(root)
        if parts.version != self.version:
            raise Refusal(f"this port speaks SOAP {self.version}, the message is SOAP {parts.version}")
        tag = str(parts.body[0].tag) if parts.body else ""
        by_root = self._by_root.get(tag, []) or (self._by_root.get("", []) if action else [])
        soap = (name for names in self._by_root.values() for name in names)
        by_action = [name for name in soap if action and self.codecs[name].action == action]
        both = [name for name in by_root if name in by_action]
        found = both or by_root
        if not found:
            raise Refusal(f"no operation takes {tag or 'an empty Body'}; there are {_list(self._by_root)}")
        if by_action and not both:
            raise Refusal(f"the action {action} is that of {by_action[0]}, but the Body is that of {found[0]}")
        # Several ports may offer the same message; whose operation it is makes no difference then.
        if len({(self.codecs[name].action, self.codecs[name].contract.input) for name in found}) > 1:
            raise Refusal(f"{tag or 'this Body'} may be for {_list(found)}; the SOAPAction must say which")
        return found[0]

    def _check(self, codec: OperationCodec, root: XmlElement, values: Values = NO_VALUES) -> None:
        """Strict on the way in: read without tolerance, then judged against every facet."""
        text = codec.decode_request(root, values)
        codec.encode_request(json.loads(text.encode()) if text else None, given=bool(text))

    # ── the answer ───────────────────────────────────────────────────────────────────────────────────────────────

    def _reply(self, name: str, asked_as: str) -> Answered:
        codec = self.codecs[name]
        number = self._number(name)
        if codec.contract.output is None:
            return Answered(202, CONTENT_TYPES[self.version], b"", name)
        if _share(number) < self._fault_rate:
            return self._some_fault(name, codec, number)
        numbers = count(number << 64)
        parts = served.collected(asked_as, lambda: f"{next(numbers):032x}")
        try:
            envelope = _sample_answer(codec, number, parts)
            body, kind = served.given(envelope, CONTENT_TYPES[self.version], parts, lambda: f"{next(numbers):032x}")
            return Answered(200, kind, body, name)
        except (NoSample, BridgeError) as error:
            return self._fault(codec, "", "server", f"no answer can be made up: {_reason(error)}", name)

    def _some_fault(self, name: str, codec: OperationCodec, number: int) -> Answered:
        declared = [fault.name for fault in (*codec.contract.faults, *codec.contract.header_faults)]
        if not declared:
            return self._fault(codec, "", "server", "a failure that the mock was asked for", name)
        fault = declared[number % len(declared)]
        return self._fault(codec, fault, "client", f"{fault}, which the mock was asked for", name, number)

    def _fault(
        self, codec: OperationCodec, fault: str, blame: Blame, text: str, operation: str, number: int = 0
    ) -> Answered:
        # SOAP 1.2 part 2 §7.5.2.2: a Sender's fault is a 400; SOAP 1.1 §6.2 knows 500 only.
        status = 400 if self.version == "1.2" and blame == "client" else 500
        try:
            body = codec.encode_fault(fault, fault_sample(codec, fault, number), text, blame)
        except (NoSample, BridgeError):
            body = codec.encode_fault("", None, text, blame)
        return Answered(status, CONTENT_TYPES[self.version], body, operation)


def fault_sample(codec: OperationCodec, fault: str, number: int = 0) -> JsonValue:
    """A made-up detail of a declared fault, None for one that is not declared. Raises NoSample."""
    described = next((one.detail for one in codec.description.faults if one.name == fault), None)
    return None if described is None or described.shape is None else sample(described, number % _SEEDS)


def _sample_answer(codec: OperationCodec, number: int, parts: Collected | None = None) -> bytes:
    described = codec.description.output
    if described.shape is None:
        return codec.encode_answer(None, given=False)
    for seed in range(number % 1000, number % 1000 + _SEEDS):
        try:
            return codec.encode_answer(sample(described, seed), attach=parts)
        except (NoSample, DoesNotFit):
            if parts is not None:
                parts.parts.clear()
    return codec.encode_answer(sample(described), attach=parts)


def _usable(projection: Projection) -> Iterator[tuple[str, OperationCodec]]:
    for name in projection.contract.operations:
        try:
            yield name, projection.operation(name)
        except BridgeError:
            continue  # whoever starts the mock is told what is left out


def _root_of(message: Message) -> str:
    """The element that a Body of this message begins with, "" when it may be empty."""
    if message.wrapper or not message.parts:
        return message.wrapper
    return message.parts[0].element or message.parts[0].name


def _share(number: int) -> float:
    return zlib.crc32(number.to_bytes(4, "big")) / 2**32


def _list(names: dict[str, list[str]] | list[str]) -> str:
    shown = [name or "an empty Body" for name in names]
    return ", ".join(shown[:ERRORS_MAX]) + (" …" if len(shown) > ERRORS_MAX else "")


def _reason(error: Exception) -> str:
    if isinstance(error, CallError) and error.errors:
        shown = "; ".join(f"{one.pointer or '/'}: {one.detail}" for one in error.errors[:ERRORS_MAX])
        return f"the request does not fit: {shown}"
    return str(error)[:500] or type(error).__name__
