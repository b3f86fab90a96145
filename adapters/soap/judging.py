"""The rules of a configuration on the answers of a service: which concern which operation, and what documents tell.

Nothing is worked out for an operation before somebody asks for it, and nothing at all where there are no rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

from bridge.contracts import Description, FailureInfo
from bridge.errors import BridgeError, Fault
from bridge.rules.failing import Judging, Verdict, concerned, failures, verdict
from bridge.rules.settings import FailRule
from bridge.shapes.jsonpath import Condition, Path
from bridge.shapes.jsonpath_fit import Misfit, misfits
from bridge.shapes.model import Described
from bridge.transport.wording import public_text

T = TypeVar("T")
Output = Callable[[str], Described]
"""The shape of an operation's answers."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`own`: by operation; `general`: of the whole service, for the operations whose answers have what they ask for."""

    own: Mapping[str, Sequence[FailRule]] = field(default_factory=dict)
    general: Sequence[FailRule] = ()

    def of(self, operation: str, output: Output) -> list[FailRule]:
        general = concerned(self.general, output(operation)) if self.general else []
        return [*self.own.get(operation, ()), *general]

    def judging(self, operation: str, output: Output, first: Sequence[Verdict] = ()) -> Judging | None:
        """What judges the answers of an operation, None where nobody does. `first`: verdicts of the whole service that
        come before."""
        if not (first or self.general or self.own.get(operation)):
            return None

        def verdicts() -> list[Verdict]:
            before = [one for one in first if not misfits(one.condition.uses, output(operation))]
            return [*before, *(verdict(rule, public_text) for rule in self.of(operation, output))]

        return Judging(verdicts)

    def failures(self, operation: str, description: Description, faults: Mapping[str, int]) -> tuple[FailureInfo, ...]:
        """What may come of answers and faults beside what is declared. `faults`: what tells one → HTTP status."""
        declared = {fault.name for fault in description.faults}
        told = [FailureInfo(status, Fault.code, doc=key) for key, status in faults.items() if key not in declared]
        rules = self.of(operation, lambda _: description.output)
        return (*failures(rules, description.output), *told)


@dataclass(frozen=True, slots=True)
class Unfit:
    """A rule that can never be, and where it stands below its upstream: keys, and positions in lists."""

    way: tuple[str | int, ...]
    misfit: Misfit

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.way))}: {self.misfit.text}"


def unfit(rules: Rules, operations: Sequence[str], output: Output) -> Iterator[Unfit]:
    """The rules that nothing fits: one of an operation must fit its answers, one of the service those of any."""
    for operation, own in rules.own.items():
        if operation in operations and own:
            shape = _shape(output, operation)
            for index, rule in enumerate(own if shape is not None else ()):
                way = ("operations", operation, "fail_when", index)
                yield from (Unfit((*way, key), one) for key, one in _wrong(rule, shape or Described(None)))
    for index, rule in enumerate(rules.general):
        # One that it concerns is enough, so few of many operations are worked out.
        if not any(concerned([rule], shape) for shape in _shapes(output, operations)):
            wrongs = [_wrong(rule, shape) for shape in _shapes(output, operations) if shape.shape is not None]
            found = nearest(wrongs, lambda wrong: [one for _, one in wrong])
            yield from (Unfit(("fail_when", index, key), one) for key, one in found)


def _shapes(output: Output, operations: Sequence[str]) -> Iterator[Described]:
    return (shape for name in operations if (shape := _shape(output, name)) is not None)


def _shape(output: Output, operation: str) -> Described | None:
    try:
        return output(operation)
    except BridgeError:
        return None  # it cannot be offered, which is told elsewhere


def _wrong(rule: FailRule, shape: Described) -> list[tuple[str, Misfit]]:
    paths = {"message": rule.message, "detail": rule.detail}
    uses = [("when", Condition(rule.when).uses)]
    uses += [(key, Path(text).uses) for key, text in paths.items() if text and text.startswith("$")]
    return [(key, one) for key, found in uses for one in misfits(found, shape)]


def nearest(wrongs: Sequence[list[T]], misfits_of: Callable[[list[T]], list[Misfit]]) -> list[T]:
    """Of what is wrong with several operations, that with the one which was probably meant; [] for none."""

    def distance(wrong: list[T]) -> tuple[bool, bool, int]:
        found = misfits_of(wrong)
        near = any(get_close_matches(one.name, one.known, 1) for one in found if one.name)
        return not near, not any(one.known for one in found), len(found)

    return min((wrong for wrong in wrongs if wrong), key=distance, default=[])
