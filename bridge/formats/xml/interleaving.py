"""Whether the properties of a record tell the order of its elements on the wire, or order must be kept in an array.

An element that has several places in a record is one property, so two messages may look the same: of `(a|b), (a|b)?`
both `a b` and `b a` are one `a` and one `b`. And what `required` and `oneOf` can say may be less than the places allow,
or so much more that not even a sample fits. Both are found by trying: all messages of the places in question, with few
occurrences each. Where either is so, the planner makes these places an array of single-key objects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from bridge.formats.xml.choices import choices_of
from bridge.formats.xml.plan import Alt, Leaf, Node, Seq, Slot, least_if_present, leaves, may_be_left_out, occurs
from bridge.shapes.instance_choices import allowed

OCCURS_MAX = 6
MESSAGES_MAX = 4000

Message = tuple[str, ...]
Counts = frozenset[tuple[str, int]]


class _Bounds(NamedTuple):
    """How many are tried: at each place beyond what must be there, and of each property in all."""

    more: int
    most: int = 100


class _TooMany(Exception):
    """More messages than are worth trying."""


def told_apart(parts: Sequence[Node]) -> bool:
    """Whether what stands at these places, in a row, can be told by properties. True where it is too much to try."""
    places = Counter(leaf.slot for part in parts for leaf in leaves(part))
    twins = {slot for slot, times in places.items() if times > 1}
    if not twins:
        return True
    tree = _Sketch(twins).seq(Seq(list(parts)))
    # With few at each place two ways meet soon, where with many there are too many to try.
    return all(_is_told(tree, bounds) for bounds in (_Bounds(1), _Bounds(2), _Bounds(OCCURS_MAX, _most(tree))))


def spans(parts: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """The rows of neighbours (first, last) that share slots with each other and not with the rest."""
    last = {leaf.slot: index for index, part in enumerate(parts) for leaf in leaves(part)}
    first = reach = 0
    for index, part in enumerate(parts):
        reach = max([reach, *(last[leaf.slot] for leaf in leaves(part))])
        if index == reach:
            yield first, index
            first = reach = index + 1


def _is_told(tree: Seq, bounds: _Bounds) -> bool:
    try:
        messages = _messages(tree, bounds)
        seen = {frozenset(Counter(message).items()) for message in messages}
        if len(seen) < len(messages):
            return False
        accepted = set(_accepted(tree, seen))
    except _TooMany:
        return True
    return seen <= accepted and seen.issuperset(_fewest(accepted))


class _Sketch:
    """The same tree, where each part without a twin is one property: what is in it, it tells by itself."""

    def __init__(self, twins: set[Slot]) -> None:
        self._twins = {slot: Slot(slot.kind, key=f"t{index}") for index, slot in enumerate(twins)}
        self._alone = 0

    def seq(self, tree: Seq) -> Seq:
        """The whole, with what each property is."""
        made = self._seq(tree)
        for slot in self._twins.values():
            slot.min, slot.max = occurs(made, slot)
            slot.many, slot.least = slot.max != 1, least_if_present(made, slot) or 0
        return made

    def _seq(self, tree: Seq) -> Seq:
        items: list[Node] = []
        alone: list[Node] = []
        for item in tree.items:
            if self._holds(item):
                items += [*self._one(alone), self._node(item)]
                alone = []
            else:
                alone.append(item)
        return Seq([*items, *self._one(alone)], tree.optional)

    def _node(self, node: Node) -> Node:
        if isinstance(node, Leaf):
            return Leaf(self._twins[node.slot], node.min, node.max)
        if isinstance(node, Seq):
            return self._seq(node)
        branches = [self._node(one) if self._holds(one) else self._one([one])[0] for one in node.branches]
        return Alt(branches, node.required)

    def _one(self, nodes: list[Node]) -> list[Node]:
        self._alone += 1
        least = int(not all(map(may_be_left_out, nodes)))
        return [Leaf(Slot("element", key=f"p{self._alone}", min=least), least)] if nodes else []

    def _holds(self, node: Node) -> bool:
        return any(leaf.slot in self._twins for leaf in leaves(node))


def _most(tree: Seq) -> int:
    """So many of each show whether two ways meet: all that must be, and two more."""
    needed: Counter[Slot] = Counter()
    for leaf in leaves(tree):
        needed[leaf.slot] += max(leaf.min, leaf.max or 0)
    return min(max(needed.values()) + 2, OCCURS_MAX)


def _messages(node: Node, bounds: _Bounds) -> set[Message]:
    """Every message of a node within the bounds."""
    if isinstance(node, Leaf):
        top = min(node.min + bounds.more, bounds.most, bounds.most if node.max is None else node.max)
        return {(node.slot.key,) * times for times in range(node.min, top + 1)}
    if isinstance(node, Alt):
        found = set[Message]().union(*(_messages(branch, bounds) for branch in node.branches))
        return found if node.required else found | {()}
    found = {()}
    for item in node.items:
        more = _messages(item, bounds)
        if len(found) * len(more) > MESSAGES_MAX:
            raise _TooMany
        found = {one for one in (before + after for before in found for after in more) if _is_small(one, bounds.most)}
    return found | {()} if node.optional else found


def _is_small(message: Message, most: int) -> bool:
    return len(message) <= most or max(Counter(message).values()) <= most


def _accepted(tree: Seq, seen: set[Counts]) -> Iterator[Counts]:
    """What the schema of such a record takes, up to what was seen: how many of each, and which of them together."""
    slots = list(dict.fromkeys(leaf.slot for leaf in leaves(tree)))
    most: Counter[str] = Counter()
    for counts in seen:
        most |= Counter(dict(counts))
    ranges = [_range(slot, most[slot.key]) for slot in slots]
    number = 1
    for one in ranges:
        number *= len(one)
    if number > 4 * MESSAGES_MAX:
        raise _TooMany
    needed = {slot.key for slot in slots if occurs(tree, slot)[0]}
    choices = choices_of(tree)
    for row in product(*ranges):
        told = {slot.key: count for slot, count in zip(slots, row, strict=True) if count}
        if needed <= told.keys() and allowed(choices, told):
            yield frozenset(told.items())


def _fewest(accepted: set[Counts]) -> Iterator[Counts]:
    """Of each set of properties the one with the fewest occurrences: samples are made so."""
    found: dict[frozenset[str], Counts] = {}
    for counts in accepted:
        keys = frozenset(key for key, _ in counts)
        if keys not in found or _total(counts) < _total(found[keys]):
            found[keys] = counts
    yield from found.values()


def _total(counts: Counts) -> int:
    return sum(times for _, times in counts)


def _range(slot: Slot, most: int) -> list[int]:
    top = most if slot.max is None else min(slot.max, most)
    return [0, *range(max(slot.least, 1), top + 1)]
