"""`verify`: whether every operation of a contract is lossless, proved with instances and judges of others.

For each message: values that cover its Shape, and documents that cover its schema, go both ways (verify_rounds.py).
Bounded in instances and in time; what a bound cut off is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.soap.codec import Projection
from adapters.soap.contract import Contract, OperationContract
from adapters.soap.documents import DocumentSet
from adapters.soap.judge import Judge
from adapters.soap.verify_goals import kind_of
from adapters.soap.verify_pace import Pace
from adapters.soap.verify_report import OperationReport, Report
from adapters.soap.verify_rounds import Rounds
from adapters.soap.verify_schema import PublishedSchemas
from adapters.soap.verify_sides import Codec, Side, sides
from adapters.soap.verify_trees import presets
from bridge.clock import Clock
from bridge.errors import BridgeError
from bridge.formats.xml.instances import XmlCoverage
from bridge.formats.xml.view import ViewOptions
from bridge.shapes.instances import Coverage, NoSample, instances, refuse

INSTANCES_MAX = 200
OWN_MAX = 16
"""So many values and documents of its own each message has at least; beyond them, what one operation has shown of a
shared type is not shown again by the next."""
TOTAL_S = 100.0
"""How long all operations together may take."""


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
    wanted = [one for name, one in contract.operations.items() if not bounds.only or name in bounds.only]
    pace = Pace(clock, bounds.total_s)
    with TemporaryDirectory(prefix="legacy-bridge-") as folder:
        judge = Judge(docs, Path(folder), contract, left_s=pace.left_s)
        report.judge = judge.why
        going = _Verification(contract, judge, bounds, pace)
        made = codecs or Projection(contract, ViewOptions(attachments=False)).operation
        report.operations.extend(going.add(operation, made) for operation in wanted)
        going.work()
        report.goals, report.stopped = dict(going.goals), going.stopped
    return report


class _Verification:
    """All operations are described before the first is tried: only then is it known what their schemas share."""

    def __init__(self, contract: Contract, judge: Judge, bounds: Bounds, pace: Pace) -> None:
        self._contract, self._judge, self._bounds, self._pace = contract, judge, bounds, pace
        self._sides: list[tuple[OperationReport, list[Side]]] = []
        self._coverage, self._documents = Coverage(), XmlCoverage()
        self._presets = presets(contract.layout)
        self.goals: Counter[str] = Counter()
        self.stopped = ""

    def add(self, operation: OperationContract, codecs: Codecs) -> OperationReport:
        report = OperationReport(operation.name)
        try:
            self._sides.append((report, list(sides(operation, codecs(operation.name), self._judge, self._contract))))
        except (BridgeError, RecursionError) as error:
            report.outcome, report.why = "left out", str(error) or type(error).__name__
        return report

    def work(self) -> None:
        schemas = PublishedSchemas(side.described for _, found in self._sides for side in found)
        self._pace.plan(2 * sum(len(found) for _, found in self._sides))
        for report, found in self._sides:
            try:
                for side in found:
                    self._side(side, schemas, report)
            except NoSample as error:
                report.outcome, report.why = "left out", f"no instance can be made: {error}"
            except RecursionError:
                report.unjudged("its instances are nested too deeply")

    def _side(self, side: Side, schemas: PublishedSchemas, report: OperationReport) -> None:
        """Once at least, unless all time is over; else as long as its part of the time lasts."""
        self._pace.next()
        if self._is_over(report, self._pace.is_over):
            report.unjudged(report.cut)
            return
        going = Rounds(side, schemas.of(side.described), self._presets, report)
        if not side.described.required or side.described.shape is None:
            going.nothing()
        if side.described.shape is None:
            return
        name, most = f"{report.name} {side.name}", self._bounds.instances_max
        self._coverage.should_stop = self._pace.is_over
        # What others have shown, perhaps in free XML that no schema judges, is shown here as well.
        tried = self._values(side, going, self._coverage, name, most)
        self._values(side, going, Coverage(), name, min(OWN_MAX, most) - tried)
        cut = self._is_over(report, self._pace.is_up)
        self._pace.next()
        tried = self._made(side, going, self._documents, most)
        self._made(side, going, XmlCoverage(), min(OWN_MAX, most) - tried)
        if (self._is_over(report, self._pace.is_up) or cut) and not report.values:
            report.unjudged(report.cut)

    def _values(self, side: Side, going: Rounds, coverage: Coverage, name: str, most: int) -> int:
        """JSON values; how many were tried."""
        count = 0
        if most < 1:
            return 0
        for instance in instances(side.described, coverage, name=name, instances_max=most):
            coverage.should_stop = self._pace.is_up
            count += 1
            if going.value(instance.value, free=instance.free, unsure=bool(instance.unsure)):
                self.goals.update(kind_of(met.label) for met in instance.met if coverage is self._coverage)
            else:
                refuse(instance, coverage)
        return count

    def _made(self, side: Side, going: Rounds, coverage: XmlCoverage, most: int) -> int:
        """XML documents; how many were tried."""
        count = 0
        if most < 1:
            return 0
        coverage.should_stop = self._pace.is_up
        for made in side.recipe.documents(coverage, most) if side.recipe else ():
            going.document(made.xml, free=made.free)
            count += 1
        return count

    def _is_over(self, report: OperationReport, over: Callable[[], bool]) -> bool:
        if over():
            report.cut = self.stopped = f"{self._bounds.total_s:g} s were over"
            return True
        return False
