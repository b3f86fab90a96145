"""Matching in time linear in the text, for patterns that could make a backtracking engine run for ever.

A set of states walks along the text (Thompson's construction). The language of XML Schema patterns has nothing that
needs more than this.
"""

from __future__ import annotations

from bridge.shapes import charsets
from bridge.shapes.charsets import Charset
from bridge.shapes.pattern_syntax import Alternatives, BadPattern, Chars, Node, Repeat, Sequence

STATES_MAX = 20_000
_UNBOUNDED = 16  # from here on a repetition counts as unbounded
_CACHE_MAX = 10_000


def is_tame(node: Node) -> bool:
    """Whether backtracking stays harmless: no repetition within a repetition, and at most two in all."""
    return _wild(node) <= 2


class Walk:
    """A compiled pattern. Steps that were taken once are remembered, so most characters cost one look-up."""

    def __init__(self, node: Node) -> None:
        self._edges: list[tuple[Charset, int] | None] = [None]
        self._jumps: list[tuple[int, ...]] = [()]
        self._start = self._closure([self._build(node, 0)])
        self._steps: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def fits(self, text: str) -> bool:
        states = self._start
        for character in text:
            found = self._steps.get((states, character))
            states = self._step(states, character) if found is None else found
            if not states:
                return False
        return 0 in states

    def _step(self, states: frozenset[int], character: str) -> frozenset[int]:
        edges = (self._edges[state] for state in states)
        result = self._closure([edge[1] for edge in edges if edge and charsets.holds(edge[0], character)])
        if len(self._steps) < _CACHE_MAX:
            self._steps[states, character] = result
        return result

    def _closure(self, states: list[int]) -> frozenset[int]:
        seen: set[int] = set()
        while states:
            state = states.pop()
            if state not in seen:
                seen.add(state)
                states.extend(self._jumps[state])
        return frozenset(state for state in seen if state == 0 or self._edges[state])

    def _add(self, edge: tuple[Charset, int] | None, jumps: tuple[int, ...] = ()) -> int:
        if len(self._edges) >= STATES_MAX:
            raise BadPattern("the pattern is too large")
        self._edges.append(edge)
        self._jumps.append(jumps)
        return len(self._edges) - 1

    def _build(self, node: Node, then: int) -> int:
        match node:
            case Chars(chars):
                return self._add((chars, then))
            case Sequence(items):
                for item in reversed(items):
                    then = self._build(item, then)
                return then
            case Alternatives(items):
                return self._add(None, tuple(self._build(item, then) for item in items))
            case Repeat():
                return self._repeat(node, then)

    def _repeat(self, node: Repeat, then: int) -> int:
        if node.high is None:
            loop = self._add(None)
            self._jumps[loop] = (self._build(node.item, loop), then)
            then = loop
        else:
            end = then
            for _ in range(node.high - node.low):
                then = self._add(None, (self._build(node.item, then), end))
        for _ in range(node.low):
            then = self._build(node.item, then)
        return then


def _wild(node: Node) -> int:
    """How many open repetitions there are; one within another counts as many."""
    match node:
        case Chars():
            return 0
        case Sequence(items) | Alternatives(items):
            return sum(map(_wild, items))
        case Repeat(item, low, high):
            inside = _wild(item) + (isinstance(item, Repeat) or _varies(item))
            if high is not None and high <= 1:
                return _wild(item)
            if low == high and not inside:
                return 0
            is_open = high is None or high >= _UNBOUNDED
            return 100 if inside and (is_open or high is None or high > 1) else int(is_open)


def _varies(node: Node) -> bool:
    match node:
        case Chars():
            return False
        case Sequence(items):
            return any(map(_varies, items))
        case Alternatives():
            return True
        case Repeat(item, low, high):
            return low != high or _varies(item)
