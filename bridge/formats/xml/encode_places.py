"""Which places of a record its properties fill, where a property has several places.

All ways are followed at once, as what is left of each property after every place: so no place takes what a later one
needs, and a branch of a choice is taken only where the rest then fits. One way fits where the planner made properties
of it (interleaving.py).
"""

from __future__ import annotations

from bridge.call import JsonValue
from bridge.formats.xml.plan import Alt, Leaf, Node, RecordPlan, Seq, Slot, leaves, occurs

STEPS_MAX = 20_000

Filled = list[tuple[Leaf, int]]
_Left = tuple[int, ...]
_Span = tuple[int, int | None]


class TooManyWays(Exception):
    """More ways than are worth following."""


class _Trace:
    """The way to a state, from its end: a place, and how many it took."""

    __slots__ = ("before", "leaf", "times")

    def __init__(self, before: _Trace | None, leaf: Leaf, times: int) -> None:
        self.before, self.leaf, self.times = before, leaf, times


_States = dict[_Left, _Trace | None]


class Places:
    """Compiled from a plan in which a slot has several places."""

    def __init__(self, plan: RecordPlan) -> None:
        self._tree = plan.tree
        self._numbers = {slot: index for index, slot in enumerate(dict.fromkeys(one.slot for one in leaves(plan.tree)))}
        self._after: dict[int, _Span] = {}
        for slot in self._numbers:
            self._look_ahead(plan.tree, slot, (0, 0))

    def filled(self, value: dict[str, JsonValue]) -> Filled | None:
        """The places in the order of the wire, with how many each takes; None when not everything has a place.
        Raises TooManyWays."""
        left = tuple(_count(slot, value) for slot in self._numbers)
        states = _Ways(self._numbers, self._after).node(self._tree, {left: None})
        done = (0,) * len(left)
        return _row(states[done]) if done in states else None

    def _look_ahead(self, node: Node, slot: Slot, after: _Span) -> None:
        """Tells each place of a slot how often it may occur in what is written after it."""
        if isinstance(node, Leaf):
            if node.slot is slot:
                self._after[id(node)] = after
        elif isinstance(node, Alt):
            for branch in node.branches:
                self._look_ahead(branch, slot, after)
        else:
            for item in reversed(node.items):
                self._look_ahead(item, slot, after)
                least, most = occurs(item, slot)
                after = after[0] + least, None if after[1] is None or most is None else after[1] + most


class _Ways:
    """The ways of one value."""

    def __init__(self, numbers: dict[Slot, int], after: dict[int, _Span]) -> None:
        self._numbers, self._after, self._steps = numbers, after, 0

    def node(self, node: Node, states: _States) -> _States:
        if not states:
            return states
        if isinstance(node, Leaf):
            return self._leaf(node, states)
        if isinstance(node, Alt):
            found: _States = {}
            for branch in node.branches:
                _add(found, self.node(branch, states))
            return found if node.required else _add(found, states)
        return self._seq(node, states)

    def _seq(self, seq: Seq, states: _States) -> _States:
        found = states
        for item in seq.items:
            found = self.node(item, found)
        return _add(dict(found), states) if seq.optional else found

    def _leaf(self, leaf: Leaf, states: _States) -> _States:
        index = self._numbers[leaf.slot]
        least, most = (leaf.min, leaf.max) if leaf.slot.many else (min(leaf.min, 1), 1)
        needed, room = self._after[id(leaf)]
        found: _States = {}
        for left, trace in states.items():
            here = left[index]
            top = here - needed if most is None else min(most, here - needed)
            low = least if room is None else max(least, here - room)
            self._steps += 1 + max(0, top - low)
            if self._steps > STEPS_MAX:
                raise TooManyWays
            for times in range(top, low - 1, -1):
                rest = (*left[:index], here - times, *left[index + 1 :])
                found.setdefault(rest, _Trace(trace, leaf, times) if times else trace)
        return found


def _add(found: _States, more: _States) -> _States:
    for left, trace in more.items():
        found.setdefault(left, trace)
    return found


def _count(slot: Slot, value: dict[str, JsonValue]) -> int:
    items = value.get(slot.key)
    return len(items) if slot.many and type(items) is list else int(slot.key in value)


def _row(trace: _Trace | None) -> Filled:
    found: Filled = []
    while trace is not None:
        found.append((trace.leaf, trace.times))
        trace = trace.before
    return found[::-1]
