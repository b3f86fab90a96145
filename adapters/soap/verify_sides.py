"""The messages of an operation as the rounds see them: how each is written, read and judged.

Knows the codec by what it uses of it, so that a test can hand in a broken one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from lxml import etree

from adapters.soap.codec import Decoded
from adapters.soap.contract import Contract, Message, OperationContract
from adapters.soap.envelope import Blame
from adapters.soap.faults import SoapFault
from adapters.soap.judge import Judge
from adapters.soap.judge_validators import Judgement
from adapters.soap.verify_documents import Recipe
from bridge.call import JsonValue
from bridge.contracts import Description
from bridge.formats.xml.decode import Unreadable
from bridge.shapes.model import Described


class Codec(Protocol):
    """What is proved: the part of OperationCodec that the rounds use."""

    @property
    def description(self) -> Description: ...

    def encode_request(self, args: JsonValue, *, given: bool = True, headers: str = "") -> bytes: ...

    def decode_request(self, root: etree._Element) -> str: ...

    def encode_answer(self, value: JsonValue, *, given: bool = True) -> bytes: ...

    def decode_answer(self, root: etree._Element, *, strict: bool = False) -> Decoded: ...

    def encode_fault(self, name: str, value: JsonValue, text: str, blame: Blame = "server") -> bytes: ...

    def decode_fault(self, root: etree._Element) -> SoapFault: ...


@dataclass(frozen=True, slots=True)
class Side:
    """One message of an operation. `encode` raises DoesNotFit, `decode` Unreadable; `decode` gives None for nothing.

    `nothing`: the message when there is no value at all. `name`: request, answer, or fault with its name. `recipe`:
    how documents are made of the schema, None where SOAP's encoding says how they look.
    """

    name: str
    described: Described
    encode: Callable[[JsonValue], bytes]
    decode: Callable[[etree._Element], str | None]
    judge: Callable[[bytes], Judgement]
    nothing: Callable[[], bytes]
    recipe: Recipe | None = None


def sides(operation: OperationContract, codec: Codec, judge: Judge, contract: Contract) -> Iterator[Side]:
    """Request, answer and each declared fault. Raises ContractError."""
    description = codec.description

    def judged(side: str, message: Message) -> Callable[[bytes], Judgement]:
        return lambda xml: judge.message(operation, side, message, xml)

    yield Side(
        "request",
        description.input,
        codec.encode_request,
        lambda root: codec.decode_request(root) or None,
        judged("request", operation.input),
        lambda: codec.encode_request(None, given=False),
        _recipe(contract, operation.input),
    )
    if operation.output is not None:
        yield Side(
            "answer",
            description.output,
            codec.encode_answer,
            lambda root: codec.decode_answer(root, strict=True).json,
            judged("answer", operation.output),
            lambda: codec.encode_answer(None, given=False),
            _recipe(contract, operation.output),
        )
    for number in range(len(description.faults)):
        yield _fault(operation, codec, judge, contract, number)


def _recipe(contract: Contract, message: Message) -> Recipe | None:
    if message.use == "encoded" or not message.parts:
        return None
    return Recipe(contract.layout, contract.port.version, message.parts, message.wrapper)


def _fault(operation: OperationContract, codec: Codec, judge: Judge, contract: Contract, number: int) -> Side:
    in_header = number >= len(operation.faults)
    name, declared = codec.description.faults[number].name, (*operation.faults, *operation.header_faults)[number]
    recipe = Recipe(contract.layout, contract.port.version, (declared.part,), fault=True)

    def decode(root: etree._Element) -> str | None:
        found = codec.decode_fault(root)
        if found.name != name:
            raise Unreadable(f"the fault {name} was read as {found.name or 'one that is not declared'}")
        return found.detail

    return Side(
        f"fault {name}",
        codec.description.faults[number].detail,
        lambda value: codec.encode_fault(name, value, ""),
        decode,
        judge.envelope if in_header else lambda xml: judge.fault(operation, number, xml),
        lambda: codec.encode_fault(name, None, ""),
        None if in_header or declared.use == "encoded" else recipe,
    )
