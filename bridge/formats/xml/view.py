"""The client's view of an XML Layout: which JSON key stands for what, and which wrappers disappear.

A view is a projection of (layout × options) and holds no compiled code. Shapes (shape.py), the encoder and the decoder
are all made from the same plans here, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bridge.errors import ContractError
from bridge.formats.xml.builtin import BUILTINS
from bridge.formats.xml.layout import (
    ANY_TYPE,
    XSD,
    Attribute,
    ComplexType,
    Element,
    Group,
    Layout,
    Particle,
    SimpleType,
    Wildcard,
)
from bridge.shapes.naming import Style, assign

ANY_KEY, ATTRIBUTES_KEY, TYPE_KEY, UNKNOWN_KEY, TEXT_KEY = "@any", "@attributes", "@type", "@unknown", "@text"


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """`naming` of keys; `numbers="string"` writes 64-bit and decimal kinds as strings; `bad_dates="text"` lets an
    unreadable date of an answer through as it is."""

    naming: Style = "camel"
    numbers: Literal["number", "string"] = "number"
    bad_dates: Literal["refuse", "text"] = "refuse"


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
    """The element `head` or one that may stand in its place; members are (value of `@type`, global element)."""

    head: str
    members: tuple[tuple[str, Element], ...]


@dataclass(frozen=True, slots=True)
class FreeUse:
    """`xs:anyType`: any content."""


Use = ScalarUse | RecordUse | ArrayUse | VariantsUse | SubstituteUse | FreeUse

# ── the slots of a record and the order they are written in ──────────────────────────────────────────────────────

SlotKind = Literal["attribute", "text", "element", "any", "attributes", "items"]


@dataclass(slots=True, eq=False)
class Slot:
    """One key of a record. `name` is the Clark name on the wire; `members` only for `items`.

    `many`: the JSON is an array. `always`: an array that is written as `[]` when nothing occurs.
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


class View:
    """Plans for the types of one layout, made when first asked for."""

    def __init__(self, layout: Layout, options: ViewOptions) -> None:
        self.layout, self.options = layout, options
        self._records: dict[str, RecordPlan] = {}
        self._uses: dict[str, Use] = {}
        self._made: dict[str, ComplexType] = {}
        self._tags = self._type_tags()

    def complex(self, key: str) -> ComplexType:
        found = self._made.get(key) or self.layout.types.get(key)
        if not isinstance(found, ComplexType):
            raise ContractError(self.layout.problems.get(key) or f"the type {key} is not defined")
        return found

    def simple(self, key: str) -> SimpleType:
        found = self.layout.types.get(key) or BUILTINS.get(key)
        if not isinstance(found, SimpleType):
            raise ContractError(self.layout.problems.get(key) or f"the simple type {key} is not defined")
        return found

    def tag(self, key: str) -> str:
        """The value of `@type` for a global complex type, "" for others."""
        return self._tags.get(key, "")

    def in_hierarchy(self, key: str) -> bool:
        """True for a type that may stand among variants, so its record takes `@type`."""
        found = self.layout.types.get(key)
        return bool(self.layout.derived.get(key)) or (isinstance(found, ComplexType) and bool(found.base))

    def use_of(self, key: str) -> Use:
        """How an element of this declared type lies."""
        if key not in self._uses:
            self._uses[key] = self._use_of(key)
        return self._uses[key]

    def _use_of(self, key: str) -> Use:
        if key == ANY_TYPE:
            return FreeUse()
        found = self.layout.types.get(key)
        if isinstance(found, SimpleType) or key in BUILTINS:
            return ScalarUse(key)
        derived = [(self.tag(one), one) for one in self.layout.derived.get(key, ()) if self._may_stand(one)]
        declared = self.complex(key)
        if derived:
            own = [] if declared.abstract else [(self.tag(key), key)]
            return VariantsUse(key, tuple(own + derived))
        return FreeUse() if declared.abstract else self.plain_use_of(key)

    def _may_stand(self, key: str) -> bool:
        found = self.layout.types.get(key)
        return isinstance(found, ComplexType) and not found.abstract and key in self._tags

    def plain_use_of(self, key: str) -> Use:
        """How exactly this type lies, derived ones left aside."""
        found = self.complex(key)
        if found.text and not found.attributes and not found.any_attribute:
            return ScalarUse(found.text)
        plan = self.record(key)
        only = plan.slots[0] if len(plan.slots) == 1 else None
        if only and only.kind == "element" and only.many and not found.mixed and isinstance(plan.tree.items[0], Leaf):
            return ArrayUse(key)
        return RecordUse(key)

    def element_use(self, element: Element) -> Use:
        """How a particle lies, its substitution group included."""
        substitutes = self.layout.substitutes.get(element.name, ()) if element.ref else ()
        if not substitutes:
            return self.use_of(element.type)
        own = [] if element.abstract else [self.layout.elements[element.name]]
        members = own + [self.layout.elements[name] for name in substitutes]
        tags = assign([_local(member.name) for member in members], self.options.naming)
        return SubstituteUse(element.name, tuple(zip(tags, members, strict=True)))

    def record(self, key: str) -> RecordPlan:
        if key not in self._records:
            found = self.complex(key)
            plan = self._records[key] = RecordPlan(found)
            _Planner(self, plan).fill()
        return self._records[key]

    def add(self, made: ComplexType) -> str:
        """Adds a type that stands in no schema (an rpc wrapper, a message of several parts); its key."""
        self._made[made.key] = made
        return made.key

    def _type_tags(self) -> dict[str, str]:
        keys = [
            key for key, found in self.layout.types.items() if isinstance(found, ComplexType) and "/" not in _local(key)
        ]
        return dict(zip(keys, assign([_local(key) for key in keys], self.options.naming), strict=True))


class _Planner:
    """Fills the plan of one record: walks its particles, merges what is one slot, and gives keys."""

    def __init__(self, view: View, plan: RecordPlan) -> None:
        self.view, self.plan = view, plan
        self.by_name: dict[str, Slot] = {}
        self.items = 0

    def fill(self) -> None:
        found = self.plan.type
        if found.mixed:
            slot = self._items(_leaves_of(found.content))
            text = Slot("text", key=TEXT_KEY, use=ScalarUse(f"{{{XSD}}}string"))
            slot.members = (text, *slot.members)
            self.plan.tree = Seq([Leaf(slot, 0, None)])
        elif found.content is not None:
            node = self._node(found.content)
            if node is not None:
                self.plan.tree = node if isinstance(node, Seq) and not node.optional else Seq([node])
        places = list(leaves(self.plan.tree))
        elements = list(dict.fromkeys(leaf.slot for leaf in places))
        for slot in elements:
            self._count(slot, places)
        self.plan.slots = [*self._attributes(), *self._text(), *elements]
        _give_keys(self.plan.slots, self.view.options.naming)

    def _attributes(self) -> Iterator[Slot]:
        for attribute in self.plan.type.attributes:
            yield Slot(
                "attribute",
                name=attribute.name,
                use=ScalarUse(attribute.type),
                source=attribute,
                min=int(attribute.required),
            )
        if self.plan.type.any_attribute is not None:
            yield Slot("attributes", key=ATTRIBUTES_KEY, source=self.plan.type.any_attribute)

    def _text(self) -> Iterator[Slot]:
        if self.plan.type.text:
            yield Slot("text", key="value", use=ScalarUse(self.plan.type.text), min=1)

    def _node(self, particle: Particle) -> Node | None:
        if particle.max == 0:
            return None
        if not isinstance(particle, Group):
            return Leaf(self._slot(particle), particle.min, particle.max)
        if particle.max != 1:
            return self._repeated(particle)
        nodes = [node for node in map(self._node, particle.items) if node is not None]
        if particle.kind == "choice":
            return Alt(nodes, required=particle.min > 0 and len(nodes) == len(particle.items)) if nodes else None
        return Seq(nodes, optional=particle.min == 0) if nodes else None

    def _repeated(self, group: Group) -> Node | None:
        parts = _leaves_of(group)
        if not parts:
            return None
        if len(parts) == 1:
            only = parts[0]
            least = only.min * group.min if _plain(group) else 0
            return Leaf(self._slot(only), least, _times(only.max, group.max))
        slot = self._items(parts, ordered=_plain(group))
        return Leaf(slot, min(group.min, 1) if _plain(group) or not _may_be_empty(group) else 0, None)

    def _items(self, parts: Sequence[Element | Wildcard], *, ordered: bool = False) -> Slot:
        members: dict[str, Slot] = {}
        for leaf in parts:
            name = leaf.name if isinstance(leaf, Element) else ANY_KEY
            members.setdefault(name, self._bare(leaf, required=ordered))
        _give_keys(list(members.values()), self.view.options.naming)
        self.items += 1
        suffix = str(self.items) if self.items > 1 else ""
        return Slot("items", key=f"items{suffix}", members=tuple(members.values()), max=None)

    def _slot(self, leaf: Element | Wildcard) -> Slot:
        if isinstance(leaf, Wildcard):
            return self._bare(leaf)
        if leaf.name not in self.by_name:
            self.by_name[leaf.name] = self._bare(leaf)
        return self.by_name[leaf.name]

    def _bare(self, leaf: Element | Wildcard, *, required: bool = False) -> Slot:
        least = min(leaf.min, 1) if required else 0
        if isinstance(leaf, Wildcard):
            return Slot("any", key=ANY_KEY, source=leaf, min=least)
        if leaf.abstract and leaf.ref and not self.view.layout.substitutes.get(leaf.name):
            return Slot("any", name=leaf.name, source=Wildcard(process="lax", min=leaf.min, max=leaf.max), min=least)
        return Slot("element", name=leaf.name, source=leaf, min=least)

    def _count(self, slot: Slot, places: list[Leaf]) -> None:
        slot.min, slot.max = _occurs(self.plan.tree, slot)
        slot.many = slot.kind in {"element", "any"} and slot.max != 1
        own = [leaf for leaf in places if leaf.slot is slot]
        slot.always = slot.kind == "items" or (slot.many and any(leaf in _sure(self.plan.tree) for leaf in own))
        for index, leaf in enumerate(own):
            leaf.reserve = sum(later.min for later in own[index + 1 :])


def use_of_slot(view: View, slot: Slot) -> Use:
    """Slots of elements look up their use late, because types may be recursive."""
    return view.element_use(slot.source) if isinstance(slot.source, Element) else slot.use


def _give_keys(slots: Sequence[Slot], style: Style) -> None:
    """Names of one record: elements first; an attribute that meets one takes the suffix Attr (DESIGN, "Names")."""
    named = [slot for slot in slots if slot.kind in {"element", "any"} and slot.name]
    for slot, key in zip(named, assign([_local(slot.name) for slot in named], style), strict=True):
        slot.key = key
    taken = {slot.key for slot in slots if slot.kind != "attribute"}
    attributes = [slot for slot in slots if slot.kind == "attribute"]
    for slot, key in zip(attributes, assign([_local(slot.name) for slot in attributes], style), strict=True):
        slot.key = key if key not in taken else key + ("_attr" if style == "snake" else "Attr")
        taken.add(slot.key)
    names = {slot.key for slot in slots if slot.kind not in {"items", "any"} or slot.name}
    free = 0
    for slot in slots:
        if slot.kind == "items" and slot.key in names:
            slot.key = "@" + slot.key
        if slot.kind == "any" and not slot.name:
            free += 1
            slot.key = ANY_KEY if free == 1 else f"{ANY_KEY}{free}"


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def leaves(node: Node) -> Iterator[Leaf]:
    """The places of a tree, in the order of the wire."""
    if isinstance(node, Leaf):
        yield node
    else:
        for part in node.items if isinstance(node, Seq) else node.branches:
            yield from leaves(part)


def _sure(node: Node) -> list[Leaf]:
    """The leaves that are written whatever is chosen."""
    if isinstance(node, Leaf):
        return [node]
    if isinstance(node, Alt) or node.optional:
        return []
    return [leaf for part in node.items for leaf in _sure(part)]


def _occurs(node: Node, slot: Slot) -> tuple[int, int | None]:
    """How often a slot may occur under a node."""
    if isinstance(node, Leaf):
        return (node.min, node.max) if node.slot is slot else (0, 0)
    parts = [_occurs(part, slot) for part in (node.items if isinstance(node, Seq) else node.branches)]
    unbounded = any(most is None for _, most in parts)
    if isinstance(node, Alt):
        most = None if unbounded else max(most or 0 for _, most in parts)
        return (min(least for least, _ in parts) if node.required else 0), most
    least = 0 if node.optional else sum(least for least, _ in parts)
    return least, None if unbounded else sum(most or 0 for _, most in parts)


def _leaves_of(particle: Particle | None) -> list[Element | Wildcard]:
    if particle is None or particle.max == 0:
        return []
    if not isinstance(particle, Group):
        return [particle]
    return [leaf for item in particle.items for leaf in _leaves_of(item)]


def _plain(group: Group) -> bool:
    """A repeated group in which every member stands in a fixed order (no choice inside)."""
    return group.kind != "choice" and all(not isinstance(item, Group) or (_plain(item)) for item in group.items)


def _may_be_empty(particle: Particle) -> bool:
    if particle.min == 0:
        return True
    if not isinstance(particle, Group):
        return False
    each = [_may_be_empty(item) for item in particle.items]
    return any(each) if particle.kind == "choice" else all(each)


def _times(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one * other
