"""What should be shown of a contract, where each goal stands, and what was shown so far: the book-keeping alone.

A `Unit` is what is shown once per contract: a named type, one kind of scalar, or a message. Its nodes are the places in
it. Which units a node leads to is kept as a bit mask, so a walk sees at once whether going in is worth it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

PLAIN, ORDER, FREE = 0, 1, 2
"""Classes of goals: what the contract promises; orders that it may not allow; what it says nothing about."""
CLASSES = (PLAIN, ORDER, FREE)


class Stopped(Exception):
    """Whoever has no more time for plans and walks said so."""


def _never() -> bool:
    return False


@dataclass(slots=True, eq=False)
class Unit:
    """`values`: of a scalar (a `pool`), what it may be. `bit` stands for it in masks."""

    name: str
    bit: int
    shape: Any = None
    root: Node | None = None
    values: list[tuple[str, Any]] = field(default_factory=list)
    pool: bool = False
    turn: int = 0
    cost: float = inf


@dataclass(slots=True, eq=False)
class Node:
    """A place; `shape` is what the contract says of it. `goals`: the open ones and their class; `open`: how many of
    them there are, by class, here and below in the unit.

    `cost`: the fewest values that go with it; `once`: with one of what may be repeated. `unit` is what it belongs to,
    `ref` what it refers to. `reach`: the bits of the units that it refers to here and below in the unit; `wide`: those
    in free XML, too, where anything known may stand.
    """

    site: str
    shape: Any
    unit: Unit
    parent: Node | None
    kids: list[Node] = field(default_factory=list)
    keys: dict[str, Node] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    ways: dict[str, Any] = field(default_factory=dict)
    governed: frozenset[str] = frozenset()
    goals: dict[str, int] = field(default_factory=dict)
    open: list[int] = field(default_factory=lambda: [0, 0, 0])
    ref: Unit | None = None
    cost: float = inf
    once: float = inf
    reach: int = 0
    wide: int = 0

    def parts(self) -> Iterator[Node]:
        yield from self.kids
        yield from self.keys.values()


class Ledger:
    """The goals of one contract: which are planned, which were reached. `should_stop` is asked while plans and walks
    are made; where it says so, there are no more instances."""

    def __init__(self) -> None:
        self.planned = self.reached = 0
        self.open_units = [0, 0, 0]
        self.refused: set[tuple[Node, str]] = set()
        self.units: list[Unit] = []
        self.should_stop: Callable[[], bool] = _never
        self._settled = 0
        self._distances: tuple[object, list[int]] = (None, [])

    def unit(self, name: str, shape: Any) -> Unit:
        unit = Unit(name, 1 << len(self.units), shape)
        self.units.append(unit)
        return unit

    def go_on(self) -> None:
        """Raises Stopped when there is no more time."""
        if self.should_stop():
            raise Stopped

    def settle(self, cost_of: Callable[[Node], float], is_free: Callable[[Node], bool]) -> None:
        """The units that were planned since the last time."""
        settle(self.units[self._settled :], cost_of, is_free, self.go_on)
        self._settled = len(self.units)

    def unmet(self) -> Iterator[str]:
        """The goals that nothing has shown yet."""
        todo = [unit.root for unit in self.units if unit.root is not None]
        while todo:
            node = todo.pop()
            yield from (node.site + label for label in node.goals)
            todo.extend(node.parts())

    def distances(self, wanted: int, *, free: bool) -> list[int]:
        """As below; made again only when something changed."""
        known = (wanted, free, len(self.units))
        if self._distances[0] != known:
            self._distances = known, distances(self.units, wanted, free=free)
        return self._distances[1]

    # ── open and met ─────────────────────────────────────────────────────────────────────────────────────────────

    def meet(self, node: Node, label: str) -> None:
        self.reached += 1
        self._count(node, node.goals.pop(label), -1)

    def reopen(self, node: Node, label: str, group: int) -> None:
        if label not in node.goals:
            self.reached -= 1
            node.goals[label] = group
            self._count(node, group, 1)

    def plan(self, node: Node, label: str, group: int = PLAIN) -> None:
        if label not in node.goals:
            self.planned += 1
            node.goals[label] = group
            self._count(node, group, 1)

    def _count(self, node: Node, group: int, change: int) -> None:
        above: Node | None = node
        last = node
        while above is not None:
            above.open[group] += change
            last, above = above, above.parent
        bit = node.unit.bit
        self.open_units[group] = self.open_units[group] | bit if last.open[group] else self.open_units[group] & ~bit


def distances(units: Sequence[Unit], wanted: int, *, free: bool) -> list[int]:
    """Masks of the units from which one that is wanted is at most 0, 1, 2 … steps away."""
    levels = [wanted]
    rest = [unit for unit in units if unit.root is not None and not unit.bit & wanted]
    while True:
        near = [unit for unit in rest if unit.root and (unit.root.wide if free else unit.root.reach) & levels[-1]]
        if not near:
            return levels
        levels.append(levels[-1] | sum(unit.bit for unit in near))
        rest = [unit for unit in rest if not unit.bit & levels[-1]]


def distinct(values: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """With labels that tell all of them apart, since a goal is known by its label."""
    found: dict[str, Any] = {}
    for label, value in values:
        found[label if label not in found else f"{label} ({len(found) + 1})"] = value
    return list(found.items())


def settle(
    units: Sequence[Unit],
    cost_of: Callable[[Node], float],
    is_free: Callable[[Node], bool],
    go_on: Callable[[], None] = lambda: None,
) -> None:
    """Repeats until no cost changes; the units that were met last are looked at first, so few rounds are needed."""
    for unit in units:
        if unit.root is not None:
            _reach(unit.root, is_free)
    changed = True
    while changed:
        changed = False
        for unit in reversed(units):
            go_on()
            cost = _cost(unit.root, cost_of) if unit.root is not None and not unit.pool else unit.cost
            if cost < unit.cost:
                unit.cost, changed = cost, True


def _reach(node: Node, is_free: Callable[[Node], bool]) -> tuple[int, int]:
    found, wide = (0, 0) if node.ref is None else (node.ref.bit, node.ref.bit)
    for part in node.parts():
        below, wider = _reach(part, is_free)
        found, wide = found | below, wide | wider
    node.reach, node.wide = (0 if is_free(node) else found), wide
    return node.reach, node.wide


def _cost(node: Node, cost_of: Callable[[Node], float]) -> float:
    for part in node.parts():
        _cost(part, cost_of)
    node.cost = cost_of(node)
    return node.cost
