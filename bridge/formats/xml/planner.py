"""Makes the plan of a record from its type: walks the particles, merges what is one slot, gives the keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from bridge.errors import ContractError
from bridge.formats.xml.choices import choices_of, needs_of
from bridge.formats.xml.content import least_members, may_be_empty
from bridge.formats.xml.interleaving import spans, told_apart
from bridge.formats.xml.layout import XSD, ComplexType, Element, Group, Layout, Particle, Wildcard
from bridge.formats.xml.plan import (
    ANY_KEY,
    ATTRIBUTES_KEY,
    TEXT_KEY,
    Alt,
    Leaf,
    Node,
    RecordPlan,
    ScalarUse,
    Seq,
    Slot,
    certain,
    least_if_present,
    leaves,
    local,
    occurs,
    reserve,
    sure,
)
from bridge.formats.xml.writing import is_name
from bridge.shapes.naming import Style, assign


def plan_record(found: ComplexType, layout: Layout, style: Style) -> RecordPlan:
    """The plan of a type, its wrappers and derived types left aside."""
    plan = RecordPlan(found)
    _Planner(layout, style, plan).fill()
    return plan


class _Planner:
    """Fills the plan of one record: walks its particles, merges what is one slot, and gives keys."""

    def __init__(self, layout: Layout, style: Style, plan: RecordPlan) -> None:
        self.layout, self.style, self.plan = layout, style, plan
        self.by_name: dict[str, Slot] = {}
        self.free: dict[tuple[Wildcard, int], Slot] = {}
        self.met: Counter[Wildcard] = Counter()
        self.in_order = False

    def fill(self) -> None:
        self._build()
        places = Counter(leaf.slot for leaf in leaves(self.plan.tree))
        if max(places.values(), default=0) > 1:
            # Rare: only then can it be that properties do not tell the order, which takes a while to find out.
            self.by_name, self.free, self.met, self.in_order = {}, {}, Counter(), True
            self._build()
        owned: dict[Slot, list[Leaf]] = {}
        for leaf in leaves(self.plan.tree):
            owned.setdefault(leaf.slot, []).append(leaf)
        always = {id(leaf) for leaf in sure(self.plan.tree)}
        needed = {id(leaf) for leaf in certain(self.plan.tree)}
        for slot, own in owned.items():
            self._count(slot, own, always, needed)
        self.plan.slots = [*self._attributes(), *self._text(), *owned]
        _give_keys(self.plan.slots, self.style)
        if self.in_order:
            needs = set(needs_of(choices_of(self.plan.tree)))
            for slot in owned:
                slot.least = max(slot.least, int(slot.many and not slot.always and slot.key in needs))

    def _build(self) -> None:
        found = self.plan.type
        if found.mixed:
            slot = self._items(found.content, mixed=True)
            text = Slot("text", key=TEXT_KEY, use=ScalarUse(f"{{{XSD}}}string"))
            least = 0 if found.content is None or may_be_empty(found.content) else 1
            slot.members = (*slot.members[:least], text, *slot.members[least:])  # samples take the first of them
            self.plan.tree = Seq([Leaf(slot, least, None)])
        elif found.content is not None:
            node = self._node(found.content)
            if node is not None:
                self.plan.tree = node if isinstance(node, Seq) and not node.optional else Seq([node])

    def _attributes(self) -> Iterator[Slot]:
        for attribute in self.plan.type.attributes:
            _check_name(attribute.name, self.plan.type)
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
        before = set(self.by_name.values())
        if particle.kind == "choice":
            nodes = list(self._branches(particle))
            made: Node = Alt(nodes, required=particle.min > 0 and len(nodes) == len(particle.items))
        else:
            parts = [(item, node) for item in particle.items if (node := self._node(item)) is not None]
            nodes = self._rows(parts, before) if self.in_order else [node for _, node in parts]
            made = Seq(nodes, optional=particle.min == 0)
        if not nodes:
            return None
        if self.in_order and not (isinstance(made, Seq) and not made.optional):
            return self._told(particle, [made], before) or made
        return made

    def _rows(self, parts: list[tuple[Particle, Node]], before: set[Slot]) -> list[Node]:
        """The nodes of a sequence, where those that properties do not tell apart are one array."""
        nodes: list[Node] = []
        for first, last in spans([node for _, node in parts]):
            row = parts[first : last + 1]
            found = [node for _, node in row]
            group = Group("sequence", tuple(particle for particle, _ in row))
            array = self._told(group, found, before) if len(row) > 1 else None
            nodes += found if array is None else [array]
        return nodes

    def _told(self, group: Group, nodes: list[Node], before: set[Slot]) -> Leaf | None:
        """An array in place of these nodes, None where properties will do. `before`: slots that others have, too."""
        if told_apart(nodes) or len({leaf for leaf in _leaves_of(group) if isinstance(leaf, Wildcard)}) > 1:
            return None
        for slot in {leaf.slot for node in nodes for leaf in leaves(node)} - before:
            self.by_name.pop(slot.name, None)
        return Leaf(self._items(group), least_members(group), None)

    def _branches(self, choice: Group) -> Iterator[Node]:
        """Only one branch is on the wire, so equal wildcards of different branches are one slot, as elements are."""
        before, most = self.met, self.met
        for item in choice.items:
            self.met = before.copy()
            node = self._node(item)
            most = most | self.met
            if node is not None:
                yield node
        self.met = most

    def _repeated(self, group: Group) -> Node | None:
        parts = _leaves_of(group)
        if not parts:
            return None
        if len(parts) == 1:
            least, most = _span(group)
            return Leaf(self._slot(parts[0]), least, most)
        return Leaf(self._items(group), least_members(group), None)

    def _items(self, group: Group | None, *, mixed: bool = False) -> Slot:
        needed = set(_round(group)) if group is not None and (mixed or group.kind != "choice") else set[str]()
        members: dict[str, Slot] = {}
        for leaf in _leaves_of(group):
            name = leaf.name if isinstance(leaf, Element) else ANY_KEY
            members.setdefault(name, self._bare(leaf, required=name in needed))
        _give_keys(list(members.values()), self.style)
        return Slot("items", key="items", members=tuple(members.values()), max=None, order=group)

    def _slot(self, leaf: Element | Wildcard) -> Slot:
        if isinstance(leaf, Wildcard):
            said = msgspec.structs.replace(leaf, min=0, max=1)
            self.met[said] += 1
            return self.free.setdefault((said, self.met[said]), self._bare(leaf))
        if leaf.name not in self.by_name:
            self.by_name[leaf.name] = self._bare(leaf)
        return self.by_name[leaf.name]

    def _bare(self, leaf: Element | Wildcard, *, required: bool = False) -> Slot:
        least = min(leaf.min, 1) if required else 0
        if isinstance(leaf, Wildcard):
            return Slot("any", key=ANY_KEY, source=leaf, min=least)
        _check_name(leaf.name, self.plan.type)
        if leaf.abstract and leaf.ref and not self.layout.substitutes.get(leaf.name):
            return Slot("any", name=leaf.name, source=Wildcard(process="skip", min=leaf.min, max=leaf.max), min=least)
        return Slot("element", name=leaf.name, source=leaf, min=least)

    def _count(self, slot: Slot, own: list[Leaf], always: set[int], needed: set[int]) -> None:
        """`always`, `needed`: the leaves that are written whatever is chosen, and those no valid message is without."""
        tree, single = self.plan.tree, own[0] if len(own) == 1 else None
        if single is not None:  # nearly every one, and then no walk through the tree is needed
            slot.min, slot.max = single.min if id(single) in needed else 0, single.max
        else:
            slot.min, slot.max = occurs(tree, slot)
        slot.many = slot.kind in {"element", "any"} and slot.max != 1
        slot.always = (slot.kind == "items" or slot.many) and any(id(leaf) in always for leaf in own)
        slot.least = slot.min if slot.always else (single.min if single else least_if_present(tree, slot) or 0)
        if single is None:
            reserve(tree, slot, 0)


def _give_keys(slots: Sequence[Slot], style: Style) -> None:
    """Names of one record: elements first; an attribute that meets one takes the suffix Attr (DESIGN, "Names")."""
    named = [slot for slot in slots if slot.kind in {"element", "any"} and slot.name]
    for slot, key in zip(named, assign([local(slot.name) for slot in named], style), strict=True):
        slot.key = key
    taken = {slot.key for slot in slots if slot.kind != "attribute"}
    attributes = [slot for slot in slots if slot.kind == "attribute"]
    for slot, key in zip(attributes, assign([local(slot.name) for slot in attributes], style), strict=True):
        slot.key = key
        while slot.key in taken:
            slot.key += "_attr" if style == "snake" else "Attr"
        taken.add(slot.key)
    names = {slot.key for slot in slots if slot.kind not in {"items", "any"} or slot.name}
    free = arrays = 0
    for slot in slots:
        if slot.kind == "items":
            arrays += 1
            slot.key = "items" if arrays == 1 else f"items{arrays}"
            slot.key = f"@{slot.key}" if slot.key in names else slot.key
        if slot.kind == "any" and not slot.name:
            free += 1
            slot.key = ANY_KEY if free == 1 else f"{ANY_KEY}{free}"


def _leaves_of(particle: Particle | None) -> list[Element | Wildcard]:
    if particle is None or particle.max == 0:
        return []
    if not isinstance(particle, Group):
        return [particle]
    return [leaf for item in particle.items for leaf in _leaves_of(item)]


def _round(particle: Particle) -> list[str]:
    """The members that make the shortest time through a group: of a choice its first way. Samples go it."""
    if particle.min == 0 or particle.max == 0:
        return []
    if not isinstance(particle, Group):
        return [particle.name if isinstance(particle, Element) else ANY_KEY]
    items = particle.items[:1] if particle.kind == "choice" else particle.items
    return [name for item in items for name in _round(item)]


def _span(particle: Particle) -> tuple[int, int | None]:
    """How often the only leaf of a particle may occur, however deep it stands."""
    if not isinstance(particle, Group):
        return particle.min, particle.max
    within = next(item for item in particle.items if _leaves_of(item))
    least, most = _span(within)
    if particle.kind == "choice" and len(particle.items) > 1:
        least = 0
    return least * particle.min, None if most is None or particle.max is None else most * particle.max


def _check_name(name: str, owner: ComplexType) -> None:
    # A schema that was read with tolerance may have names that XML cannot carry.
    if not is_name(name):
        raise ContractError(f"{owner.key} has a part without a usable name: {local(name)[:40]!r}")
