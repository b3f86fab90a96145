"""The order of the wire: writes the slots of a record as its content model wants, and decides choices.

A branch of a choice is taken when one of its keys is there; keys of two branches at once are a violation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from bridge.call import JsonValue
from bridge.formats.xml.encode_places import Places, TooManyWays
from bridge.formats.xml.items import model_of
from bridge.formats.xml.leniency import CHOICES, COUNTS, MISSING
from bridge.formats.xml.plan import ANY_KEY, Alt, Leaf, Node, RecordPlan, Seq, Slot, leaves, may_be_left_out
from bridge.formats.xml.writing import Out, Path

Write = Callable[[JsonValue, Path, Out], None]
Body = Callable[[JsonValue, Path, Out, str, str], None]
Step = Callable[[dict[str, JsonValue], Path, Out, dict[Slot, int]], None]


def order_of(plan: RecordPlan, writers: dict[Slot, Write]) -> Write:
    """A writer of all child elements of a record, from the whole JSON object."""
    counted = Counter(leaf.slot for leaf in leaves(plan.tree))
    step = _seq(plan.tree, writers, counted)
    listed = [slot for slot in writers if slot.many]
    places = Places(plan) if any(times > 1 for times in counted.values()) else None

    def write(value: JsonValue, path: Path, out: Out) -> None:
        assert isinstance(value, dict)
        for slot in listed:
            if slot.key in value:
                _check_array(value[slot.key], slot, (path, slot.key), out)
        if places is not None and _write_filled(places, value, writers, path, out):
            return
        done: dict[Slot, int] = {}
        step(value, path, out, done)
        for slot in listed:
            items = value.get(slot.key)
            if type(items) is not list or done.get(slot, 0) >= len(items):
                continue
            if out.lenient.counts == "send":
                _write_rest(items, slot, done.get(slot, 0), writers[slot], path, out)
            elif not _too_many(slot, items):
                out.error((path, slot.key), "has more items than fit beside the other properties")

    return write


def _write_filled(
    places: Places, value: dict[str, JsonValue], writers: dict[Slot, Write], path: Path, out: Out
) -> bool:
    """Writes what fits exactly; False when it does not, which is then told, or let go, place by place."""
    if any(slot.many and value.get(slot.key) == [] and not slot.always for slot in writers):
        return False  # an empty array chooses a branch
    try:
        filled = places.filled(value)
    except TooManyWays:
        return False
    done: dict[Slot, int] = {}
    for leaf, times in filled or ():
        items, start = value[leaf.slot.key], done.get(leaf.slot, 0)
        done[leaf.slot] = start + times
        if not leaf.slot.many:
            writers[leaf.slot](items, (path, leaf.slot.key), out)
        elif type(items) is list:
            for index in range(start, start + times):
                writers[leaf.slot](items[index], ((path, leaf.slot.key), index), out)
    return filled is not None


def order_of_items(slot: Slot) -> Write | None:
    """A check of the order of `items`; None where any order is right, or the model is too large to be checked."""
    model = model_of(slot)
    if model is None:
        return None
    names = {member.key: member.name or ANY_KEY for member in slot.members if member.kind != "text"}
    keys = {name: key for key, name in names.items()}

    def check(value: JsonValue, path: Path, out: Out) -> None:
        assert isinstance(value, list)
        members = [(index, key) for index, item in enumerate(value) if isinstance(item, dict) for key in item]
        members = [(index, key) for index, key in members if key in names]
        wrong = model.wrong(names[key] for _, key in members)
        if wrong is None:
            return
        if out.bend(CHOICES, allowed=out.lenient.choices == "send"):
            return
        at, could = wrong
        expected = f"expected: {', '.join(keys[name] for name in could)}" if could else "nothing more may follow"
        if at < len(members):
            index, key = members[at]
            out.error(((path, index), key), f"cannot stand here; {expected}")
        else:
            out.error(path, f"is not complete; {expected if could else 'it needs an element'}")

    return check


def _too_many(slot: Slot, items: list[JsonValue]) -> bool:
    return slot.max is not None and len(items) > slot.max


def _check_array(value: JsonValue, slot: Slot, path: Path, out: Out) -> None:
    if type(value) is not list:
        out.error(path, "must be an array")
    elif len(value) < slot.least:
        if not out.bend(COUNTS, allowed=out.lenient.counts == "send"):
            out.error(path, f"must have at least {slot.least} items")
    elif slot.max is not None and len(value) > slot.max and out.lenient.counts != "send":
        out.error(path, f"must have at most {slot.max} items")


def _write_rest(items: list[JsonValue], slot: Slot, start: int, write: Write, path: Path, out: Out) -> None:
    """What the schema has no place for follows what it has."""
    out.bend(COUNTS, allowed=True)
    for index in range(start, len(items)):
        write(items[index], ((path, slot.key), index), out)


def _lack(slot: Slot, path: Path, out: Out) -> None:
    """A required element that was not given."""
    rule = out.lenient.missing
    if not out.bend(MISSING, allowed=rule != "refuse"):
        out.error((path, slot.key), "is required")
    elif rule == "empty" and slot.name:
        out.parts.append(f"<{out.qname(slot.name)}/>")


def _step(node: Node, writers: dict[Slot, Write], places: Counter[Slot]) -> Step:
    if isinstance(node, Leaf):
        return _many(node, writers[node.slot]) if node.slot.many else _one(node, writers[node.slot])
    return _alt(node, writers, places) if isinstance(node, Alt) else _seq(node, writers, places)


def _one(leaf: Leaf, write: Write) -> Step:
    key, required = leaf.slot.key, leaf.min > 0

    def step(value: dict[str, JsonValue], path: Path, out: Out, _: dict[Slot, int]) -> None:
        if key in value:
            write(value[key], (path, key), out)
        elif required:
            _lack(leaf.slot, path, out)

    return step


def _many(leaf: Leaf, write: Write) -> Step:
    slot = leaf.slot

    def step(value: dict[str, JsonValue], path: Path, out: Out, done: dict[Slot, int]) -> None:
        items = value.get(slot.key)
        if slot.key not in value and leaf.min > 0:
            _lack(slot, path, out)
        if type(items) is not list:
            return
        start = done.get(slot, 0)
        room = len(items) - start - leaf.reserve
        end = start + (max(room, 0) if leaf.max is None else min(leaf.max, max(room, leaf.min)))
        for index in range(start, min(end, len(items))):
            write(items[index], ((path, slot.key), index), out)
        done[slot] = end
        if len(items) - start < leaf.min and len(items) >= slot.least and out.lenient.counts != "send":
            out.error((path, slot.key), f"must have at least {start + leaf.min} items")

    return step


def _seq(seq: Seq, writers: dict[Slot, Write], places: Counter[Slot]) -> Step:
    steps = [_step(node, writers, places) for node in seq.items]
    keys = frozenset(_keys(seq))

    def step(value: dict[str, JsonValue], path: Path, out: Out, done: dict[Slot, int]) -> None:
        if seq.optional and keys.isdisjoint(value):
            return
        for one in steps:
            one(value, path, out, done)

    return step


def _alt(alt: Alt, writers: dict[Slot, Write], places: Counter[Slot]) -> Step:
    branches = [(frozenset(_keys(node)), node, _step(node, writers, places)) for node in alt.branches]
    everything = frozenset().union(*(keys for keys, _, _ in branches))
    inside = Counter(leaf.slot for leaf in leaves(alt))
    # An array that also has a place outside does not decide; what is left of it is written there.
    shared = [leaf for leaf in leaves(alt) if leaf.slot.many and places[leaf.slot] > inside[leaf.slot]]
    elsewhere = frozenset(leaf.slot.key for leaf in shared)
    empty_allowed = not alt.required or any(may_be_left_out(node) for node in alt.branches)
    names = ", ".join(dict.fromkeys(key for node in alt.branches for key in _keys(node)))

    def step(value: dict[str, JsonValue], path: Path, out: Out, done: dict[Slot, int]) -> None:
        present = everything & value.keys()
        if not present:
            if not empty_allowed and not out.bend(MISSING, allowed=out.lenient.missing != "refuse"):
                out.error(path, f"needs one of: {names}")
            return
        deciding = present - elsewhere
        if not deciding and empty_allowed and not any(_spare(leaf, value, done) for leaf in shared):
            return
        fitting = [branch for branch in branches if deciding <= branch[0]]
        if not fitting:
            if out.bend(CHOICES, allowed=out.lenient.choices == "send"):
                for keys, _, one in branches:
                    if not keys.isdisjoint(present):
                        one(value, path, out, done)
            else:
                out.error(path, f"can have only one of: {', '.join(sorted(present))}")
            return
        # An array of several branches does not tell which: the first that has all it needs is taken.
        chosen = next((one for one in fitting if _is_whole(one[1], present)), fitting[0]) if fitting[1:] else fitting[0]
        chosen[2](value, path, out, done)

    return step


def _spare(leaf: Leaf, value: dict[str, JsonValue], done: dict[Slot, int]) -> bool:
    """Whether items are left that no later place needs."""
    items = value.get(leaf.slot.key)
    return type(items) is list and len(items) > done.get(leaf.slot, 0) + leaf.reserve


def _keys(node: Node) -> list[str]:
    if isinstance(node, Leaf):
        return [node.slot.key]
    return [key for part in (node.items if isinstance(node, Seq) else node.branches) for key in _keys(part)]


def _is_whole(node: Node, present: AbstractSet[str]) -> bool:
    """Whether what is there is all that a branch cannot do without."""
    if isinstance(node, Leaf):
        return not node.min or node.slot.key in present
    if isinstance(node, Seq):
        untouched = node.optional and present.isdisjoint(_keys(node))
        return untouched or all(_is_whole(item, present) for item in node.items)
    keys = present & frozenset(_keys(node))
    if not keys and not node.required:
        return True
    return any(keys <= frozenset(_keys(branch)) and _is_whole(branch, present) for branch in node.branches)
