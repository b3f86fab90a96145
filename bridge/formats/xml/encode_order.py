"""The order of the wire: writes the slots of a record as its content model wants, and decides choices.

A branch of a choice is taken when one of its keys is there; keys of two branches at once are a violation.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.call import JsonValue
from bridge.formats.xml.plan import Alt, Leaf, Node, RecordPlan, Seq, Slot
from bridge.formats.xml.writing import Out, Path

Write = Callable[[JsonValue, Path, Out], None]
Body = Callable[[JsonValue, Path, Out, str, str], None]
Step = Callable[[dict[str, JsonValue], Path, Out, dict[Slot, int]], None]


def order_of(plan: RecordPlan, writers: dict[Slot, Write]) -> Write:
    """A writer of all child elements of a record, from the whole JSON object."""
    step = _seq(plan.tree, writers)
    listed = [slot for slot in writers if slot.many]

    def write(value: JsonValue, path: Path, out: Out) -> None:
        assert isinstance(value, dict)
        for slot in listed:
            if slot.key in value:
                _check_array(value[slot.key], slot, (path, slot.key), out)
        done: dict[Slot, int] = {}
        step(value, path, out, done)
        for slot in listed:
            items = value.get(slot.key)
            if type(items) is list and done.get(slot, 0) < len(items) and not _too_many(slot, items):
                out.error((path, slot.key), "has more items than fit beside the other properties")

    return write


def _too_many(slot: Slot, items: list[JsonValue]) -> bool:
    return slot.max is not None and len(items) > slot.max


def _check_array(value: JsonValue, slot: Slot, path: Path, out: Out) -> None:
    if type(value) is not list:
        out.error(path, "must be an array")
    elif len(value) < slot.min:
        out.error(path, f"must have at least {slot.min} items")
    elif slot.max is not None and len(value) > slot.max:
        out.error(path, f"must have at most {slot.max} items")


def _step(node: Node, writers: dict[Slot, Write]) -> Step:
    if isinstance(node, Leaf):
        return _many(node, writers[node.slot]) if node.slot.many else _one(node, writers[node.slot])
    return _alt(node, writers) if isinstance(node, Alt) else _seq(node, writers)


def _one(leaf: Leaf, write: Write) -> Step:
    key, required = leaf.slot.key, leaf.min > 0

    def step(value: dict[str, JsonValue], path: Path, out: Out, _: dict[Slot, int]) -> None:
        if key in value:
            write(value[key], (path, key), out)
        elif required:
            out.error((path, key), "is required")

    return step


def _many(leaf: Leaf, write: Write) -> Step:
    slot = leaf.slot

    def step(value: dict[str, JsonValue], path: Path, out: Out, done: dict[Slot, int]) -> None:
        items = value.get(slot.key)
        if slot.key not in value and leaf.min > 0:
            out.error((path, slot.key), "is required")
        if type(items) is not list:
            return
        start = done.get(slot, 0)
        room = len(items) - start - leaf.reserve
        end = start + (max(room, 0) if leaf.max is None else min(leaf.max, max(room, leaf.min)))
        for index in range(start, min(end, len(items))):
            write(items[index], ((path, slot.key), index), out)
        done[slot] = end

    return step


def _seq(seq: Seq, writers: dict[Slot, Write]) -> Step:
    steps = [_step(node, writers) for node in seq.items]
    keys = frozenset(_keys(seq))

    def step(value: dict[str, JsonValue], path: Path, out: Out, done: dict[Slot, int]) -> None:
        if seq.optional and keys.isdisjoint(value):
            return
        for one in steps:
            one(value, path, out, done)

    return step


def _alt(alt: Alt, writers: dict[Slot, Write]) -> Step:
    branches = [(frozenset(_keys(node)), frozenset(_needs(node)), _step(node, writers)) for node in alt.branches]
    everything = frozenset().union(*(keys for keys, _, _ in branches))
    empty_allowed = not alt.required or any(_may_be_empty(node) for node in alt.branches)
    names = ", ".join(dict.fromkeys(key for node in alt.branches for key in _keys(node)))

    def step(value: dict[str, JsonValue], path: Path, out: Out, done: dict[Slot, int]) -> None:
        present = everything & value.keys()
        if not present:
            if not empty_allowed:
                out.error(path, f"needs one of: {names}")
            return
        fitting = [branch for branch in branches if present <= branch[0]]
        if not fitting:
            out.error(path, f"can have only one of: {', '.join(sorted(present))}")
            return
        chosen = next((branch for branch in fitting if branch[1] <= present), fitting[0])
        chosen[2](value, path, out, done)

    return step


def _keys(node: Node) -> list[str]:
    if isinstance(node, Leaf):
        return [node.slot.key]
    return [key for part in (node.items if isinstance(node, Seq) else node.branches) for key in _keys(part)]


def _needs(node: Node) -> list[str]:
    if isinstance(node, Leaf):
        return [node.slot.key] if node.min else []
    if isinstance(node, Alt) or node.optional:
        return []
    return [key for part in node.items for key in _needs(part)]


def _may_be_empty(node: Node) -> bool:
    if isinstance(node, Leaf):
        return node.min == 0
    if isinstance(node, Alt):
        return not node.required or any(_may_be_empty(branch) for branch in node.branches)
    return node.optional or all(_may_be_empty(item) for item in node.items)
