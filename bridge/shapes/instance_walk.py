"""One walk through a plan, which makes one value. Decides by what is still to be shown and by what may be spent."""

from __future__ import annotations

from math import inf

from bridge.call import JsonValue
from bridge.shapes.coverage import Node, Unit
from bridge.shapes.instance_free import free_values
from bridge.shapes.instance_goals import Goals
from bridge.shapes.instance_keys import choose_keys
from bridge.shapes.instance_plan import cost_of_way, member_label, sizes
from bridge.shapes.json import loads
from bridge.shapes.model import AnyJson, Field, Items, ListOf, Record, Scalar, TextMap, Union, Variants, XmlNode
from bridge.shapes.patterns import fits, is_usable

TAG, NIL = "@type", "@nil"


class Walk:
    """Makes a value; `unsure` and `free` are as in `Instance`."""

    def __init__(self, goals: Goals, seed: int) -> None:
        self.goals, self.seed = goals, seed
        self.unsure: list[tuple[Node, str]] = []
        self.free = False
        self.ids = 0

    # ── values ───────────────────────────────────────────────────────────────────────────────────────────────────

    def value(self, node: Node) -> JsonValue:
        self.goals.spent += 1
        self.goals.depth += 1
        state = self.goals.entering(node)
        value = self._value(node)
        self.goals.left(node, state)
        self.goals.depth -= 1
        return value

    def _value(self, node: Node) -> JsonValue:
        if node.ref is not None:
            if node.ref.pool:
                return self.scalar(node)
            return self.named(node.ref)
        match node.shape:
            case Union():
                return self.value(self.one_of(node, [member_label(index) for index in range(len(node.kids))])[0])
            case ListOf():
                return self.array(node, node.shape)
            case Record():
                return self.record(node, node.shape)
            case Variants():
                return self.variants(node, node.shape)
            case Items():
                return self.items(node, node.shape)
            case XmlNode() | TextMap():
                return self.free_xml(node, node.shape)
            case AnyJson(example=example):
                return loads(example.encode()) if example else {}
        raise AssertionError(node.site)

    def named(self, unit: Unit) -> JsonValue:
        assert unit.root is not None
        path = self.goals.path
        self.goals.path |= unit.bit
        value = self._value(unit.root)
        self.goals.path = path
        return value

    def scalar(self, node: Node) -> JsonValue:
        unit = node.ref
        assert unit is not None
        assert unit.root is not None
        shape = node.shape
        if isinstance(shape, Scalar) and shape.name in {"ID", "IDREF"} and shape.facets.enumeration is None:
            return self.identity(node, shape)
        value: JsonValue = self.goals.draw(unit, self.seed)
        return value

    def identity(self, node: Node, shape: Scalar) -> JsonValue:
        """An ID stands once in a document, and a reference is to one of them."""
        assert node.ref is not None
        assert node.ref.root is not None
        for label, _ in node.ref.values:
            self.goals.meet(node.ref.root, f" edge {label}")
        self.ids += shape.name == "ID"
        text = f"id-{self.ids if shape.name == 'ID' else 1}"
        known = [pattern for pattern in shape.facets.patterns if is_usable(pattern)]
        return (
            text
            if all(fits(pattern, text) for pattern in known)
            else node.ref.values[self.ids % len(node.ref.values)][1]
        )

    def array(self, node: Node, shape: ListOf) -> JsonValue:
        kid = node.kids[0]
        each = min(1, kid.cost) if shape.nullable_items else kid.cost
        options = {label: size for label, size in sizes(shape).items() if not size or self.goals.affords(size * each)}
        label = next((label for label in options if self.goals.is_open(node, label)), None)
        if label is not None and kid.cost == inf and options[label] and label != "[null]":
            label = None
        size = options[label] if label is not None else shape.min_items
        if label is None and not size and shape.max_items != 0 and self.goals.wants(kid):
            size = 1
        nulls = label == "[null]" or kid.cost == inf
        self.goals.meet(node, label or f"[{size}]")
        self.goals.reserved += size * each
        found: list[JsonValue] = []
        for index in range(size):
            self.goals.reserved -= each
            null = (nulls and (kid.cost == inf or not index)) or (shape.nullable_items and self.goals.is_enough(kid))
            self.goals.spent += null
            found.append(None if null else self.value(kid))
        return found

    def one_of(self, node: Node, labels: list[str]) -> tuple[Node, int]:
        """A member that was not shown, or leads on, or is cheapest; the first of them where there are several."""
        options = [index for index, kid in enumerate(node.kids) if kid.cost < inf and self.goals.affords(kid.cost)]
        fresh = (index for index in options if self.goals.is_open(node, labels[index]))
        chosen = next(fresh, None)
        if chosen is None:
            leading = [index for index in options if self.goals.wants(node.kids[index])]
            chosen = min(leading, key=lambda index: self.goals.steps(node.kids[index]), default=None)
        if chosen is None:
            chosen = min(range(len(node.kids)), key=lambda index: node.kids[index].cost)
        self.goals.meet(node, labels[chosen])
        return node.kids[chosen], chosen

    def variants(self, node: Node, shape: Variants) -> JsonValue:
        kid, chosen = self.one_of(node, [f" is {member.tag}" for member in shape.members])
        member, value = shape.members[chosen], self.value(kid)
        if member.wrapped or not isinstance(value, dict):
            return {TAG: member.tag, "value": value}
        return {TAG: member.tag} | value

    def items(self, node: Node, shape: Items) -> JsonValue:
        label = self.way(node)
        way = node.ways[label]
        self.goals.meet(node, label)
        if way.unsure:
            self.unsure.append((node, label))
        costs = [node.kids[index].cost + 1 for index in way.members]
        self.goals.reserved += sum(costs)
        found: list[JsonValue] = []
        for index, cost in zip(way.members, costs, strict=True):
            self.goals.reserved -= cost
            self.goals.spent += 1
            found.append({shape.members[index].key: self.field(node.kids[index])})
        return found

    def way(self, node: Node) -> str:
        costs = {label: cost_of_way(node, way) for label, way in node.ways.items()}
        options = [
            label
            for label, cost in costs.items()
            if cost < inf and self.goals.affords(cost) and (node, label) not in self.goals.coverage.refused
        ]
        for label in options:
            if self.goals.is_open(node, label):
                return label
        for label in options:
            if any(self.goals.wants(node.kids[index]) for index in node.ways[label].members):
                return label
        fine = [label for label in costs if costs[label] < inf and (node, label) not in self.goals.coverage.refused]
        return min(fine or costs, key=lambda label: costs[label])

    def free_xml(self, node: Node, shape: XmlNode | TextMap) -> JsonValue:
        self.free = True
        values = free_values(shape)
        label = next((label for label in values if self.goals.is_open(node, label)), None)
        kid = None if label is not None else self.typed(node, needed=not values)
        if kid is None:
            label = label or next(iter(values), "")
            self.goals.meet(node, label)
            return values.get(label, {"@name": "note", "@content": ["text"]})
        assert isinstance(kid.shape, Field)
        assert isinstance(shape, XmlNode)
        self.goals.meet(node, f" is {kid.shape.key}")
        return {"@name" if shape.named else TAG: kid.shape.key, "@value": self.field(kid)}

    def typed(self, node: Node, *, needed: bool) -> Node | None:
        """What has a typed form here and was not shown in it, or leads on."""
        options = [kid for kid in node.kids if kid.cost < inf and self.goals.affords(kid.cost)]
        for kid in options:
            if isinstance(kid.shape, Field) and self.goals.is_open(node, f" is {kid.shape.key}"):
                return kid
        leading = (kid for kid in options if self.goals.free and self.goals.enters(kid))
        return next(leading, min(options, key=lambda kid: kid.cost, default=None) if needed else None)

    # ── records ──────────────────────────────────────────────────────────────────────────────────────────────────

    def record(self, node: Node, shape: Record) -> JsonValue:
        made = self.members(node, shape)
        if NIL in made and all(value == {} for key, value in made.items() if key != NIL):
            return None  # which is how nil is written where nothing goes with it
        return made

    def members(self, node: Node, shape: Record) -> dict[str, JsonValue]:
        required = [entry.key for entry in shape.fields if entry.required]
        self.goals.reserved += sum(node.keys[key].cost for key in required)
        chosen = choose_keys(self.goals, node, shape, frozenset(required))
        self.goals.reserved += sum(node.keys[key].cost for key in chosen)
        made: dict[str, JsonValue] = {}
        for entry in shape.fields:
            place = node.keys[entry.key]
            if entry.required or entry.key in chosen:
                self.goals.reserved -= place.cost
                made[entry.key] = self.field(place)
            elif entry.key not in node.governed and self.goals.includes(place):
                made[entry.key] = self.field(place)
            else:
                self.goals.meet(place, " absent")
        return made

    def field(self, place: Node) -> JsonValue:
        kid, before = place.kids[0], len(self.goals.met)
        null = isinstance(place.shape, Field) and place.shape.nullable
        wanted = not self.goals.is_open(place, " present") and self.goals.is_open(place, "=null")
        if kid.cost == inf or (null and (wanted or self.goals.is_enough(kid))):
            self.goals.meet(place, "=null")
            self.goals.spent += 1
            return None
        self.goals.meet(place, " present")
        value = self.value(kid)
        self.goals.came_back(place, before)
        return value
