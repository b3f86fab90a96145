"""Which keys of a record its choices bring: a branch that was not shown yet, or one that leads on, or the cheapest."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.shapes.coverage import Node
from bridge.shapes.instance_choices import allowed, cost_of_branch
from bridge.shapes.instance_goals import Goals
from bridge.shapes.instance_plan import branch_label
from bridge.shapes.model import Branch, Choice, Record
from bridge.shapes.schema_choices import keys_of, may_be_empty


def choose_keys(goals: Goals, node: Node, shape: Record, required: frozenset[str]) -> frozenset[str]:
    """Beside the required ones; the plainest set where the wanted ones do not go together."""
    chosen = frozenset[str]()
    for eager in (True, False):
        choosing = _Choosing(goals, node, required, eager=eager)
        for choice in node.kids:
            choosing.choice(choice)
        chosen = frozenset(choosing.chosen)
        if allowed(shape.choices, chosen | required):
            for place, label in choosing.shown:
                goals.meet(place, label)
            break
    return chosen - required


class _Choosing:
    """`eager`: after goals; else only what must be there."""

    def __init__(self, goals: Goals, node: Node, required: frozenset[str], *, eager: bool) -> None:
        self.goals, self.node, self.required, self.eager = goals, node, required, eager
        self.costs = {key: kid.cost for key, kid in node.keys.items()}
        self.chosen: set[str] = set()
        self.shown: list[tuple[Node, str]] = []

    def choice(self, place: Node) -> None:
        shape = place.shape
        assert isinstance(shape, Choice)
        taken = (self.chosen | self.required) & {key for branch in shape.branches for key in keys_of(branch)}
        options = [kid for kid in place.kids if self._cost(kid) < float("inf") and taken <= _keys(kid)]
        none = may_be_empty(shape) and not taken
        found = self._wanted(place, options, none=none)
        if found is None and not none:
            found = min(options, key=self._cost, default=None)
        if found is None:
            self.shown.append((place, " -> none"))
            return
        assert isinstance(found.shape, Branch)
        self.shown.append((place, f" -> {branch_label(found.shape)}"))
        self._fill(found, found.shape)

    def _wanted(self, place: Node, options: list[Node], *, none: bool) -> Node | None:
        if not self.eager:
            return None
        for kid in options:
            assert isinstance(kid.shape, Branch)
            if self.goals.is_open(place, f" -> {branch_label(kid.shape)}") and self.goals.affords(self._cost(kid)):
                return kid
        if none and self.goals.is_open(place, " -> none"):
            return None
        return next((kid for kid in options if self._leads_on(kid)), None)

    def _leads_on(self, kid: Node) -> bool:
        return self.goals.wants(kid) or any(self.goals.enters(self.node.keys[key]) for key in _own(kid))

    def _cost(self, kid: Node) -> float:
        assert isinstance(kid.shape, Branch)
        return cost_of_branch(kid.shape, self.costs)

    def _fill(self, found: Node, branch: Branch) -> None:
        self.chosen.update(branch.required, branch.needs)
        for key in _own(found):
            if self.eager and key not in self.chosen and self.goals.includes(self.node.keys[key]):
                self.chosen.add(key)
        for inner in found.kids:
            self.choice(inner)


def _keys(kid: Node) -> frozenset[str]:
    assert isinstance(kid.shape, Branch)
    return frozenset(keys_of(kid.shape))


def _own(kid: Node) -> Iterator[str]:
    """The keys of a branch that no nested choice governs."""
    assert isinstance(kid.shape, Branch)
    nested = {key for inner in kid.shape.choices for branch in inner.branches for key in keys_of(branch)}
    return (key for key in kid.shape.keys if key not in nested)
