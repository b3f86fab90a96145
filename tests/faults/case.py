"""One case of the fault matrix, and what has to come of it: derived from the kind of the fault and of the operation,
never from what the bridge does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tests.faults.proxy import Play

ATTEMPTS = 3
Adapter = Literal["soap", "http"]
Kind = Literal["safe", "idempotent", "write"]
KINDS: tuple[Kind, ...] = ("safe", "idempotent", "write")
Means = Literal["unsent", "no_trust", "cut", "timeout", "invalid", "broken", "refused", "unauthorized", "good", "fault"]
"""What a fault is to a client: nothing was sent · the same, and never tried again · it broke off · no answer in time ·
no usable answer · a gateway's or a crashed server's page · the bridge's own password or certificate · fine · a fault
that blames the server, said in the protocol itself."""
Lane = Literal["patient", "brief", "retrying", "tls", "dns"]


@dataclass(frozen=True)
class Fault:
    """`row` is that of reliability.md. `effects`: what one attempt leaves at the system behind. `turns`: whether an
    attempt is seen as a connection. `means` may name two where the moment decides; `racy`: anew for each attempt."""

    id: str
    row: str
    play: Play
    means: tuple[Means, ...]
    effects: int = 1
    turns: bool = True
    lane: Lane = "patient"
    adapters: Sequence[Adapter] = ("soap", "http")
    warm: bool = False
    host: str = ""
    tls: str = ""
    heavy: bool = False
    once: bool = True
    racy: bool = False


@dataclass(frozen=True)
class Expected:
    """`calls` and `effects` are bounds, both inclusive. `outcome` None: whatever it says."""

    status: int
    code: str
    outcome: str | None
    calls: tuple[int, int]
    effects: tuple[int, int]


@dataclass(frozen=True)
class Case:
    """`once`: only the first attempt meets the fault."""

    fault: Fault
    adapter: Adapter
    kind: Kind
    once: bool

    @property
    def id(self) -> str:
        return f"{self.fault.row}/{self.fault.id}/{self.adapter}/{self.kind}/{'once' if self.once else 'always'}"

    @property
    def expected(self) -> list[Expected]:
        return [self._of(means) for means in self.fault.means]

    def _of(self, means: Means) -> Expected:
        effects = self.fault.effects
        if means == "good":
            return Expected(200, "", None, (1, 1), (1, 1))
        if not self._repeated(means):
            status, code, outcome = self._told(means)
            most = ATTEMPTS if self.fault.racy else 1
            return Expected(status, code, outcome, (1, most), (effects, most * effects))
        if self.once:
            return Expected(200, "", None, (2, 2), (effects + 1, effects + 1))
        status, code, outcome = self._told(means)
        least = 1 if means == "timeout" else ATTEMPTS  # as many as begin before the deadline
        return Expected(status, code, outcome, (least, ATTEMPTS), (least * effects, ATTEMPTS * effects))

    def _repeated(self, means: Means) -> bool:
        if means == "unsent":
            return True
        return means in {"cut", "timeout", "broken", "fault"} and self.kind != "write"

    def _told(self, means: Means) -> tuple[int, str, str | None]:
        if self.kind == "write" and means in {"cut", "timeout", "broken"}:
            return 504, "outcome_unknown", "unknown"
        match means:
            case "unsent" | "no_trust":
                return 502, "upstream_unreachable", "not_sent"
            case "cut":
                return 502, "upstream_cut", None
            case "timeout":
                return 504, "upstream_timeout", None
            case "invalid":
                return 502, "upstream_invalid", "unknown"
            case "refused":
                return 503, "upstream_throttled", None
            case "unauthorized":
                return 502, "upstream_unauthorized", "not_sent"
        return 502, "upstream_fault", None


def cases_of(faults: Sequence[Fault]) -> list[Case]:
    """Every kind of operation, each fault for good and, where a second attempt is of any use, only once."""
    found = []
    for fault in faults:
        for adapter in fault.adapters:
            for kind in KINDS:
                case = Case(fault, adapter, kind, once=fault.warm)
                found.append(case)
                if fault.once and any(case._repeated(means) for means in fault.means):
                    found.append(Case(fault, adapter, kind, once=True))
    return found
