"""What `verify` found: an outcome per operation, the reasons, what was covered. Plain data; says nothing itself."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

Outcome = Literal["lossless", "not lossless", "not judged", "left out"]
Check = Literal["schema", "encode", "xsd", "decode", "json", "xml"]
"""`schema`: the JSON does not fit the published schema · `encode`, `decode`: refused · `xsd`: the XML is invalid ·
`json`: it reads back otherwise · `xml`: it is written back otherwise."""

REASONS_MAX = 5


class Reason(msgspec.Struct, frozen=True):
    """Why an operation is not lossless. `message`: request, answer, or fault with its name; `made`: what was tried,
    JSON or XML text; `pointer`: where in it, as far as that is known."""

    message: str
    check: Check
    said: str
    made: str
    pointer: str = ""


class OperationReport(msgspec.Struct):
    """`why`: why it is left out or not judged. `contradictions`: what one judge found invalid and the other valid.

    `values`, `documents`: how many JSON values and XML documents went both ways. `failures` counts all, `reasons`
    holds the first. `cut`: a bound ended it before everything was tried.
    """

    name: str
    outcome: Outcome = "lossless"
    why: str = ""
    values: int = 0
    documents: int = 0
    failures: int = 0
    reasons: list[Reason] = []
    contradictions: list[str] = []
    cut: str = ""

    def add(self, reason: Reason) -> None:
        self.outcome = "not lossless"
        self.failures += 1
        if len(self.reasons) < REASONS_MAX:
            self.reasons.append(reason)

    def unjudged(self, why: str) -> None:
        """Something in it could not be judged; what was found wrong without a judge stays found."""
        if self.outcome == "lossless":
            self.outcome = "not judged"
            self.why = why

    def contradicted(self, said: str) -> None:
        if said not in self.contradictions and len(self.contradictions) < REASONS_MAX:
            self.contradictions.append(said)


class Report(msgspec.Struct):
    """A whole contract. `goals`: kind of goal → how many different ones were met. `judge`: why the first judge cannot
    load the schemas, "" where it can. `stopped`: why it ended early."""

    wsdl: str
    service: str
    port: str
    operations: list[OperationReport] = []
    goals: dict[str, int] = {}
    judge: str = ""
    stopped: str = ""

    def counts(self) -> Counter[Outcome]:
        return Counter(one.outcome for one in self.operations)

    def judged(self) -> int:
        """How many operations the percentage speaks of."""
        counts = self.counts()
        return counts["lossless"] + counts["not lossless"]

    def percent(self) -> float | None:
        """The lossless ones of those that were judged; None where none was."""
        judged = self.judged()
        return 100 * self.counts()["lossless"] / judged if judged else None

    def proves(self) -> bool:
        """Whether something was judged and all of that is lossless."""
        return self.percent() == 100
