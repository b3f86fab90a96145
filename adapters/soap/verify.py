"""`verify`: whether every operation of a contract is lossless, proved with instances and judges of others.

For each message: values that cover its Shape, and documents that cover its schema, go both ways (verify_rounds.py).
Bounded in instances and in time; what a bound cut off is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from lxml import etree

from adapters.soap.codec import Decoded, Projection, SoapFault
from adapters.soap.contract import Contract, Message, OperationContract
from adapters.soap.documents import DocumentSet
from adapters.soap.envelope import Blame
from adapters.soap.judge import Judge, Judgement
from adapters.soap.verify_instances import Coverage, instances
from adapters.soap.verify_report import OperationReport, Report
from adapters.soap.verify_rounds import Rounds, Side
from bridge.call import JsonValue
from bridge.clock import Clock
from bridge.contracts import Description
from bridge.errors import BridgeError
from bridge.formats.xml.decode import Unreadable

INSTANCES_MAX = 200
TOTAL_S = 100.0
"""How long all operations together may take."""


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
class Bounds:
    """`only`: these operations, or all where it is empty. `total_s`: over all operations."""

    instances_max: int = INSTANCES_MAX
    total_s: float = TOTAL_S
    only: tuple[str, ...] = ()


Codecs = Callable[[str], Codec]
"""The codec of an operation. Raises ContractError where there is none."""


def verify(
    contract: Contract, docs: DocumentSet, *, clock: Clock, bounds: Bounds | None = None, codecs: Codecs | None = None
) -> Report:
    """Works on the CPU for up to `bounds.total_s` and a little more. `codecs`: others than those of the contract."""
    bounds = bounds or Bounds()
    report = Report(docs.location, contract.port.service, contract.port.name)
    with TemporaryDirectory(prefix="legacy-bridge-") as folder:
        judge = Judge(docs, Path(folder), contract)
        report.judge = judge.why
        going = _Verification(codecs or Projection(contract).operation, judge, bounds, clock)
        for name, operation in contract.operations.items():
            if not bounds.only or name in bounds.only:
                report.operations.append(going.operation(operation))
        report.goals, report.stopped = dict(going.goals), going.stopped
    return report


class _Verification:
    def __init__(self, codecs: Codecs, judge: Judge, bounds: Bounds, clock: Clock) -> None:
        self._codecs, self._judge, self._bounds, self._clock = codecs, judge, bounds, clock
        self._end = clock.monotonic() + bounds.total_s
        self._coverage = Coverage()
        self.goals: Counter[str] = Counter()
        self.stopped = ""

    def operation(self, operation: OperationContract) -> OperationReport:
        report = OperationReport(operation.name)
        try:
            codec = self._codecs(operation.name)
            sides = list(self._sides(operation, codec))
        except (BridgeError, RecursionError) as error:
            report.outcome, report.why = "left out", str(error) or type(error).__name__
            return report
        for side in sides:
            self._side(side, report)
        return report

    def _side(self, side: Side, report: OperationReport) -> None:
        going = Rounds(side, report)
        if side.described.shape is None:
            going.nothing(lambda: side.encode(None))
            return
        for instance in instances(side.described, self._coverage, instances_max=self._bounds.instances_max):
            if self._clock.monotonic() > self._end:
                report.cut = self.stopped = f"{self._bounds.total_s:g} s were over"
                break
            going.value(instance.value)
            self.goals.update(goal.partition(":")[0] for goal in instance.goals)

    def _sides(self, operation: OperationContract, codec: Codec) -> Iterator[Side]:
        description, judge = codec.description, self._judge

        def judged(side: str, message: Message) -> Callable[[bytes], Judgement]:
            return lambda xml: judge.message(operation, side, message, xml)

        nothing = description.input.shape is None
        yield Side(
            "request",
            description.input,
            lambda value: codec.encode_request(value, given=not nothing),
            lambda root: codec.decode_request(root) or None,
            judged("request", operation.input),
        )
        if operation.output is not None:
            empty = description.output.shape is None
            yield Side(
                "answer",
                description.output,
                lambda value: codec.encode_answer(value, given=not empty),
                lambda root: codec.decode_answer(root, strict=True).json,
                judged("answer", operation.output),
            )
        for number, fault in enumerate(description.faults):
            yield _fault(operation, codec, judge, number, fault.name)


def _fault(operation: OperationContract, codec: Codec, judge: Judge, number: int, name: str) -> Side:
    def decode(root: etree._Element) -> str | None:
        found = codec.decode_fault(root)
        if found.name != name:
            raise Unreadable(f"the fault {name} was read as {found.name or 'one that is not declared'}")
        return found.detail

    return Side(
        f"fault {name}",
        codec.description.faults[number].detail,
        lambda value: codec.encode_fault(name, value, name),
        decode,
        lambda xml: judge.fault(operation, number, xml),
    )
