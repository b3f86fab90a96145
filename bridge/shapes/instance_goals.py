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

    # A narrow walk takes the shortest way to one thing that is far, and shows what is near on it.
    # Free XML is gone into last, and then for all that is left: some types are only met there.

    def __init__(self, coverage: Ledger, group: int, values_max: int, futile: dict[Node, int], *, narrow: bool) -> None:
        self.coverage, self.group, self.values_max, self.futile = coverage, group, values_max, futile
        self.narrow, self.free = narrow, group == FREE
        wanted = coverage.open_units[group] | (coverage.open_units[PLAIN] if self.free else 0)
        self.levels = coverage.distances(wanted, free=self.free)
        self.limit: float = inf
        self.path = 0  # the units that are being made: what is open in them is shown without going in again
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

    def is_enough(self, node: Node) -> bool:
        """What may be null is null: below, there may be more of it without end."""
        return self.depth > DEPTH_MAX or not self.affords(node.cost)

    def wants(self, node: Node) -> bool:
        """Something is left to be shown below, may be within reach, and was not sought there in vain too often."""
        if self.done() or self.depth > DEPTH_MAX or not self.affords(node.cost):
            return False
        if self.futile.get(node, 0) >= FUTILE_MAX - self.narrow:
            return False
        return self.steps(node) < self.limit

    def steps(self, node: Node) -> float:
        """How far what is left to be shown lies: 0 in this unit or the next, infinitely far where there is nothing."""
        units, reach = self.coverage.open_units, node.wide if self.free else node.reach
        wanted = units[self.group] | (units[PLAIN] if self.free else 0)
        if node.open[self.group] or (self.free and node.open[PLAIN]) or reach & wanted & ~self.path:
            return 0
        return next((step for step, mask in enumerate(self.levels[1:], 1) if reach & mask), inf)

    def includes(self, place: Node) -> bool:
        """Whether what may be left out is there."""
        if place.cost == inf or not self.affords(place.cost):
            return False
        if self.is_open(place, " present") or self.is_open(place, "=null"):
            return True
        return not self.is_open(place, " absent") and self.enters(place)

    def enters(self, place: Node) -> bool:
        """Whether to go into what may be left out."""
        return place.cost < inf and self.wants(place)

    def forget(self) -> None:
        """What was met in a walk that did not end was not shown."""
        for met in self.met:
            self.coverage.reopen(met.node, met.label, met.group)

    def entering(self, node: Node) -> tuple[bool, int, float]:
        """What `came_back` wants to know. From a step of a long way on, each must lead nearer. Raises Stopped."""
        self.coverage.go_on()
        state = self.wants(node), len(self.met), self.limit
        if self.narrow and state[0] and (steps := self.steps(node)):
            self.limit = steps
        return state

    def left(self, node: Node, state: tuple[bool, int, float]) -> None:
        wanted, before, limit = state
        if wanted:
            self.came_back(node, before)
        self.limit = limit if limit == self.limit else 1  # one long way is enough for one walk

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
