"""Which place of a record each child element fills, where names alone do not tell.

The whole row of children is looked at (XML Schema wants one place for each, part 1, §3.8.6), so an element that may
stand in a repeated group and beside it goes where the schema means it. Children that have no place are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bridge.formats.xml.content import Automaton, Part, TooLarge, choice
from bridge.formats.xml.layout import Element, Wildcard
from bridge.formats.xml.plan import Alt, Node, Seq, Slot
from bridge.formats.xml.wildcards import allows

Mark = tuple[Slot, frozenset[str] | Wildcard]
"""A slot of the record, and what may stand at this place of it."""


class Attribution:
    """Compiled from the tree of a plan; `names` gives the elements that fill a slot. Raises TooLarge."""

    def __init__(self, tree: Seq, names: Callable[[Slot], list[str]]) -> None:
        self._names, self._automaton = names, Automaton[Mark]()
        whole = self._part(tree)
        self._first, self._last = whole.first, whole.last
        self._known: dict[tuple[frozenset[int], str], tuple[frozenset[int], frozenset[int]]] = {}

    def slots(self, tags: Iterable[str]) -> list[Slot | None]:
        """By child, the slot it fills; None for what cannot stand where it stands."""
        steps: list[frozenset[int]] = []
        ahead = self._first
        for tag in tags:
            here, after = self._step(ahead, tag)
            steps.append(here)
            ahead = after if here else ahead
        found: list[Slot | None] = [None] * len(steps)
        then: int | None = None
        for index in range(len(steps) - 1, -1, -1):
            if steps[index]:
                then = self._chosen(steps[index], then)
                found[index] = self._automaton.marks[then][0]
        return found

    def _step(self, ahead: frozenset[int], tag: str) -> tuple[frozenset[int], frozenset[int]]:
        known = self._known.get((ahead, tag))
        if known is None:
            here = frozenset(place for place in ahead if self._takes(place, tag))
            known = here, frozenset[int]().union(*(self._automaton.follow[place] for place in here))
            if here:  # what is met nowhere is not worth keeping, and there is no end to it
                self._known[ahead, tag] = known
        return known

    def _takes(self, place: int, tag: str) -> bool:
        what = self._automaton.marks[place][1]
        return allows(what, tag) if isinstance(what, Wildcard) else tag in what

    def _chosen(self, here: frozenset[int], then: int | None) -> int:
        """The place from which the row can go on as it did (there is only one, unless the schema is ambiguous)."""
        follow = self._automaton.follow
        fitting = self._last & here if then is None else [place for place in here if then in follow[place]]
        return min(fitting or here)

    def _part(self, node: Node) -> Part:
        automaton = self._automaton
        if isinstance(node, Seq):
            whole = automaton.sequence(map(self._part, node.items))
            return Part(whole.first, whole.last, whole.empty or node.optional)
        if isinstance(node, Alt):
            one = choice([self._part(branch) for branch in node.branches])
            return Part(one.first, one.last, one.empty or not node.required)
        slot = node.slot
        if slot.order is not None:
            members = {member.name: member for member in slot.members}
            return automaton.group(slot.order, lambda leaf: (slot, self._what(leaf, members)))
        mark = slot, self._wild(slot) or frozenset(self._names(slot))
        return automaton.repeated(lambda: automaton.place(mark), node.min, node.max)

    def _what(self, leaf: Element | Wildcard, members: dict[str, Slot]) -> frozenset[str] | Wildcard:
        return leaf if isinstance(leaf, Wildcard) else frozenset(self._names(members[leaf.name]))

    @staticmethod
    def _wild(slot: Slot) -> Wildcard | None:
        return slot.source if isinstance(slot.source, Wildcard) and not slot.name else None


def attribution_of(tree: Seq, names: Callable[[Slot], list[str]]) -> Attribution | None:
    """None where the content is too large for it."""
    try:
        return Attribution(tree, names)
    except TooLarge:
        return None
