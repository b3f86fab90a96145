"""What should be shown of a contract, where each goal stands, and what was shown so far: the book-keeping alone.

A `Unit` is what is shown once per contract: a named type, one kind of scalar, or a message. Its nodes are the places in
it. Which units lie below a node is kept as a bit mask, so a walk sees at once whether going in is worth it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

PLAIN, ORDER, FREE = 0, 1, 2
"""Classes of goals: what the contract promises; orders that it may not allow; what it says nothing about."""
CLASSES = (PLAIN, ORDER, FREE)


@dataclass(slots=True, eq=False)
class Unit:
    """`values`: of a scalar, what it may be; of others empty. `reach`: the bits of itself and of all below it;
    `wide`: with what free XML may hold."""

    name: str
    bit: int
    shape: Any = None
    root: Node | None = None
    values: list[tuple[str, Any]] = field(default_factory=list)
    pool: bool = False
    turn: int = 0
    cost: float = inf
    reach: int = 0
    wide: int = 0


@dataclass(slots=True, eq=False)
class Node:
    """A place; `shape` is what the contract says of it. `goals`: the open ones and their class; `open`: how many of
    them there are, by class, here and below in the unit.

    `cost`: the fewest values that go with it; `once`: with one of what may be repeated. `unit` is what it belongs to,
    `ref` what it refers to.
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
    """The goals of one contract: which are planned, which were reached."""

    def __init__(self) -> None:
        self.planned = self.reached = 0
        self.open_units = [0, 0, 0]
        self.refused: set[tuple[Node, str]] = set()
        self.units: list[Unit] = []

    def unit(self, name: str, shape: Any) -> Unit:
        unit = Unit(name, 1 << len(self.units), shape)
        self.units.append(unit)
        return unit

    def unmet(self) -> Iterator[str]:
        """The goals that nothing has shown yet."""
        todo = [unit.root for unit in self.units if unit.root is not None]
        while todo:
            node = todo.pop()
            yield from (node.site + label for label in node.goals)
            todo.extend(node.parts())

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


def distinct(values: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """With labels that tell all of them apart, since a goal is known by its label."""
    found: dict[str, Any] = {}
    for label, value in values:
        found[label if label not in found else f"{label} ({len(found) + 1})"] = value
    return list(found.items())


def settle(units: Sequence[Unit], cost_of: Callable[[Node], float], is_free: Callable[[Node], bool]) -> None:
    """Repeats until nothing changes; the units that were met last are looked at first, so few rounds are needed."""
    changed = True
    while changed:
        changed = False
        for unit in reversed(units):
            if unit.root is None:
                continue
            below, wider = _reach(unit.root, is_free)
            reach, wide = unit.bit | below, unit.bit | wider
            cost = _cost(unit.root, cost_of) if not unit.pool else unit.cost
            if (reach, wide) != (unit.reach, unit.wide) or cost < unit.cost:
                unit.reach, unit.wide, unit.cost, changed = reach, wide, cost, True


def _reach(node: Node, is_free: Callable[[Node], bool]) -> tuple[int, int]:
    """What lies below; and what lies below when free XML is gone into, where anything known may stand."""
    found, wide = (0, 0) if node.ref is None else (node.ref.reach, node.ref.wide)
    for part in node.parts():
        below, wider = _reach(part, is_free)
        found, wide = found | below, wide | wider
    if is_free(node):
        found = 0
    if (found, wide) != (node.reach, node.wide):  # else keep what is shared with others
        node.reach, node.wide = found, wide
    return node.reach, node.wide


def _cost(node: Node, cost_of: Callable[[Node], float]) -> float:
    for part in node.parts():
        _cost(part, cost_of)
    node.cost = cost_of(node)
    return node.cost
