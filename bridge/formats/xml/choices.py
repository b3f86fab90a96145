"""What the places of a record say beyond single properties: choices, and groups that come whole or not at all.

Made from the tree of a plan, as the encoder is, so that both say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bridge.formats.xml.plan import Alt, Leaf, Node, Seq, Slot, leaves
from bridge.shapes.model import Branch, Choice

Places = Counter[Slot]


def choices_of(tree: Seq) -> list[Choice]:
    """What a JSON Schema must say beyond `required`."""
    return _choices(tree, Counter(leaf.slot for leaf in leaves(tree)))


def needs_of(choices: Sequence[Choice]) -> Iterator[str]:
    """The keys that some branch needs although they do not tell that it was taken."""
    for choice in choices:
        for branch in choice.branches:
            yield from branch.needs
            yield from needs_of(branch.choices)


def shared(alt: Alt, places: Places) -> frozenset[Slot]:
    """Arrays that stand in a choice and outside of it, too: they do not tell which way was taken."""
    inside = Counter(leaf.slot for leaf in leaves(alt) if leaf.slot.many)
    return frozenset(slot for slot, times in inside.items() if places[slot] > times)


def _choices(node: Seq, places: Places, silent: frozenset[Slot] = frozenset()) -> list[Choice]:
    found: list[Choice] = []
    for part in node.items:
        if isinstance(part, Alt):
            found.append(_choice(part, places, silent | shared(part, places)))
        elif isinstance(part, Seq):
            branch = _branch(part, places, silent)
            if not part.optional:
                found.extend(branch.choices)
            elif branch.choices or (branch.required and len(branch.keys) > 1):
                found.append(Choice((branch,), required=False))
    return found


def _choice(alt: Alt, places: Places, silent: frozenset[Slot]) -> Choice:
    made = [(branch, _branch(branch, places, silent)) for branch in alt.branches]
    branches = tuple(_whole(one) if _optional(branch) else one for branch, one in made)
    forced = all(branch.required or branch.needs or any(one.required for one in branch.choices) for branch in branches)
    return Choice(branches, required=alt.required and forced)


def _branch(node: Node, places: Places, silent: frozenset[Slot]) -> Branch:
    """`silent`: what does not tell that this branch was taken."""
    if isinstance(node, Leaf):
        if node.slot in silent:
            return Branch((), needs=(node.slot.key,) if node.min else ())
        return Branch((node.slot.key,), (node.slot.key,) if node.min else ())
    if isinstance(node, Alt):
        choice = _choice(node, places, silent | shared(node, places))
        keys = tuple(dict.fromkeys(key for branch in choice.branches for key in branch.keys))
        return Branch(keys, (), (choice,))
    parts = [_branch(part, places, silent) for part in node.items]
    keys = tuple(dict.fromkeys(key for part in parts for key in part.keys))
    sure = [part for part, item in zip(parts, node.items, strict=True) if not _optional(item)]
    required = tuple(dict.fromkeys(key for part in sure for key in part.required))
    needs = tuple(dict.fromkeys(key for part in sure for key in part.needs if key not in required))
    return Branch(keys, required, tuple(_choices(node, places, silent)), needs)


def _whole(branch: Branch) -> Branch:
    """A group that may be left out, as a branch of a choice: it asks for nothing unless it is there."""
    return Branch(branch.keys, (), (Choice((branch,), required=False),))


def _optional(node: Node) -> bool:
    return isinstance(node, Seq) and node.optional
