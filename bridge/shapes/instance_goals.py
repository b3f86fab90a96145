"""What one walk is after, what it has shown, and what it may still spend."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

from bridge.shapes.coverage import FREE, ORDER, PLAIN, Ledger, Node, Unit

DEPTH_MAX = 40
FUTILE_MAX = 2


@dataclass(frozen=True, slots=True)
class Met:
    """A goal that was shown for the first time."""

    node: Node
    label: str
    group: int


class Goals:
    """`group`: the class of goals it is after. `futile`: how often a place was entered for nothing, over all walks."""

    # A narrow walk goes one way down, so that what lies beside it does not use up what may be spent.
    # Free XML is gone into last, and then for all that is left: some types are only met there.

    def __init__(self, coverage: Ledger, group: int, values_max: int, futile: dict[Node, int], *, narrow: bool) -> None:
        self.coverage, self.group, self.values_max, self.futile = coverage, group, values_max, futile
        self.narrow, self.deepest = narrow, -1
        self.path = 0  # the units that are being made: what is open in them is shown without going in again
        self.free = group == FREE
        self.met: list[Met] = []
        self.spent = self.depth = 0
        self.reserved: float = 0

    def meet(self, node: Node, label: str) -> None:
        if self.is_open(node, label):
            self.met.append(Met(node, label, node.goals[label]))
            self.coverage.meet(node, label)

    def done(self) -> bool:
        """One order at a time: a refusal must be told from all others."""
        return self.group == ORDER and bool(self.met)

    def is_open(self, node: Node, label: str) -> bool:
        group = node.goals.get(label)
        return group is not None and not self.done() and (group == self.group or (self.free and group == PLAIN))

    def affords(self, cost: float) -> bool:
        return self.spent + self.reserved + cost <= self.values_max

    def wants(self, node: Node) -> bool:
        """Something is left to be shown below, may be within reach, and was not sought there in vain too often."""
        if self.done() or self.depth > DEPTH_MAX or not self.affords(node.cost):
            return False
        if self.futile.get(node, 0) >= FUTILE_MAX - self.narrow:
            return False
        units = self.coverage.open_units
        if self.free:
            return bool(node.open[FREE] or node.open[PLAIN] or node.wide & (units[FREE] | units[PLAIN]) & ~self.path)
        return bool(node.open[self.group] or node.reach & units[self.group] & ~self.path)

    def includes(self, place: Node) -> bool:
        """Whether what may be left out is there."""
        if place.cost == inf or not self.affords(place.cost):
            return False
        if self.is_open(place, " present") or self.is_open(place, "=null"):
            return True
        return not self.is_open(place, " absent") and self.enters(place)

    def enters(self, place: Node) -> bool:
        """Whether to go into what may be left out."""
        if place.cost == inf or not self.wants(place):
            return False
        if self.narrow and self.depth <= self.deepest:
            return False
        self.deepest = self.depth
        return True

    def came_back(self, place: Node, before: int) -> None:
        if len(self.met) > before:
            self.futile.pop(place, None)
        else:
            self.futile[place] = self.futile.get(place, 0) + 1

    def draw(self, unit: Unit, seed: int) -> Any:
        """One of the values of a scalar: the next that was not shown, or the next of all."""
        assert unit.root is not None
        found = next((one for one in unit.values if self.is_open(unit.root, f" edge {one[0]}")), None)
        if found is None:
            unit.turn += self.group == PLAIN
            found = unit.values[(unit.turn + seed) % len(unit.values) if self.group == PLAIN else 0]
        self.meet(unit.root, f" edge {found[0]}")
        return found[1]
