"""The plan of a record: its slots, one a JSON key, and the tree of places where they stand on the wire.

Plain data and the few questions that are asked of it; shapes, the encoder and the decoder all read the same plans.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from bridge.formats.xml.layout import Attribute, ComplexType, Element, Group, Wildcard

ANY_KEY, ATTRIBUTES_KEY, TYPE_KEY, UNKNOWN_KEY, TEXT_KEY = "@any", "@attributes", "@type", "@unknown", "@text"
NIL_KEY, NAME_KEY, VALUE_KEY = "@nil", "@name", "@value"

# ── how a value lies in an element ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ScalarUse:
    """Text only; `type` is the key of a simple type."""

    type: str


@dataclass(frozen=True, slots=True)
class RecordUse:
    """Fields; `type` is the key of a complex type."""

    type: str


@dataclass(frozen=True, slots=True)
class ArrayUse:
    """A wrapper that disappears: nothing but one repeated element."""

    type: str


@dataclass(frozen=True, slots=True)
class VariantsUse:
    """The declared type `type` or one derived from it; members are (value of `@type`, type key)."""

    type: str
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SubstituteUse:
    """The element `head` or one that may stand in its place; members are (value of `@type`, global element).

    `derived`: of those that may name a type derived from their own (`xsi:type`), the value of `@type` for that form.
    """

    head: str
    members: tuple[tuple[str, Element], ...]
    derived: tuple[tuple[str, Element], ...] = ()


@dataclass(frozen=True, slots=True)
class FreeUse:
    """`xs:anyType`: any content. `typed`: it may say its type, and then has a typed form; `text`: it may be a text."""

    typed: bool = True
    text: bool = True


Use = ScalarUse | RecordUse | ArrayUse | VariantsUse | SubstituteUse | FreeUse

# ── the slots of a record and the order they are written in ──────────────────────────────────────────────────────

SlotKind = Literal["attribute", "text", "element", "any", "attributes", "items"]


@dataclass(slots=True, eq=False)
class Slot:
    """One key of a record. `name` is the Clark name on the wire; `members` and `order` only for `items`.

    `many`: the JSON is an array. `always`: an array that is written as `[]` when nothing occurs. `least`: the fewest
    items that an array may have when it is there at all (in a branch of a choice `[]` would choose, and fill, nothing).
    """

    kind: SlotKind
    key: str = ""
    name: str = ""
    use: Use = FreeUse()
    source: Element | Attribute | Wildcard | None = None
    members: tuple[Slot, ...] = ()
    many: bool = False
    always: bool = False
    min: int = 0
    max: int | None = 1
    least: int = 0
    order: Group | None = None

    @property
    def nillable(self) -> bool:
        return isinstance(self.source, Element) and self.source.nillable


@dataclass(slots=True, eq=False)
class Leaf:
    """A place where a slot is written: between `min` and `max` times; `reserve` is what later places need."""

    slot: Slot
    min: int = 1
    max: int | None = 1
    reserve: int = 0


@dataclass(slots=True, eq=False)
class Seq:
    """All of it in order, or (when `optional`) none of it."""

    items: list[Node]
    optional: bool = False


@dataclass(slots=True, eq=False)
class Alt:
    """One of the branches."""

    branches: list[Node]
    required: bool = True


Node = Leaf | Seq | Alt


@dataclass(slots=True, eq=False)
class RecordPlan:
    """`slots` in the order of the answer; `tree` is the order of the wire (elements only)."""

    type: ComplexType
    slots: list[Slot] = field(default_factory=list)
    tree: Seq = field(default_factory=lambda: Seq([]))

    def slot(self, kind: SlotKind) -> Slot | None:
        return next((slot for slot in self.slots if slot.kind == kind), None)


def leaves(node: Node) -> Iterator[Leaf]:
    """The places of a tree, in the order of the wire."""
    if isinstance(node, Leaf):
        yield node
    else:
        for part in node.items if isinstance(node, Seq) else node.branches:
            yield from leaves(part)


def sure(node: Node) -> list[Leaf]:
    """The leaves that are written whatever is chosen."""
    if isinstance(node, Leaf):
        return [node]
    if isinstance(node, Alt) or node.optional:
        return []
    return [leaf for part in node.items for leaf in sure(part)]


def certain(node: Node) -> Iterator[Leaf]:
    """The leaves on every way through a tree: `sure`, and those of a choice that leaves none."""
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Seq):
        yield from (leaf for part in node.items for leaf in certain(part)) if not node.optional else ()
    elif node.required and len(node.branches) == 1:
        yield from certain(node.branches[0])


def may_be_left_out(node: Node) -> bool:
    """Whether nothing at all is right there, too."""
    if isinstance(node, Leaf):
        return node.min == 0
    if isinstance(node, Alt):
        return not node.required or any(may_be_left_out(branch) for branch in node.branches)
    return node.optional or all(may_be_left_out(item) for item in node.items)


def occurs(node: Node, slot: Slot) -> tuple[int, int | None]:
    """How often a slot may occur under a node."""
    if isinstance(node, Leaf):
        return (node.min, node.max) if node.slot is slot else (0, 0)
    parts = [occurs(part, slot) for part in (node.items if isinstance(node, Seq) else node.branches)]
    unbounded = any(most is None for _, most in parts)
    if isinstance(node, Alt):
        most = None if unbounded else max(most or 0 for _, most in parts)
        return (min(least for least, _ in parts) if node.required else 0), most
    least = 0 if node.optional else sum(least for least, _ in parts)
    return least, None if unbounded else sum(most or 0 for _, most in parts)


def least_if_present(node: Node, slot: Slot) -> int | None:
    """The fewest items of a slot on a way that holds it; None when the node does not."""
    if isinstance(node, Leaf):
        return node.min if node.slot is slot else None
    parts = node.items if isinstance(node, Seq) else node.branches
    found = [(least, occurs(part, slot)[0]) for part in parts if (least := least_if_present(part, slot)) is not None]
    if not found:
        return None
    # In a row, one part is entered and the others have what they must have in any case.
    beside = sum(always for _, always in found) if isinstance(node, Seq) else 0
    return min(least + (beside - always if beside else 0) for least, always in found)


def reserve(node: Node, slot: Slot, after: int) -> None:
    """Tells each place of a slot how many items the places that are written after it need."""
    if isinstance(node, Leaf):
        node.reserve = after if node.slot is slot else node.reserve
    elif isinstance(node, Alt):
        for branch in node.branches:
            reserve(branch, slot, after)
    else:
        for item in reversed(node.items):
            reserve(item, slot, after)
            after += occurs(item, slot)[0]


def local(name: str) -> str:
    """The local part of a Clark name."""
    return name.rpartition("}")[2]
