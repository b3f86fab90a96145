"""What instances of a contract's shapes should show: the goals of each kind of shape, and what it costs at least."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from bridge.shapes.coverage import FREE, PLAIN, Ledger, Node, Unit, distinct
from bridge.shapes.instance_choices import cost_of_choices
from bridge.shapes.instance_free import free_goals, free_values, is_free
from bridge.shapes.instance_items import Way, ways
from bridge.shapes.instance_values import Value, values_of
from bridge.shapes.model import (
    Branch,
    Choice,
    Described,
    Field,
    Items,
    ListOf,
    Record,
    Ref,
    Scalar,
    Shape,
    TextMap,
    Union,
    Variants,
    XmlNode,
)
from bridge.shapes.schema_choices import keys_of, may_be_empty

LIST_MAX, LEAST_MAX = 5, 1000


class Coverage(Ledger):
    """The goals of one contract: which are planned, which were reached. Shared by all its operations."""

    def __init__(self) -> None:
        super().__init__()
        self._named: dict[tuple[int, str], Unit] = {}
        self._pools: dict[object, Unit] = {}
        self._tables: dict[int, Mapping[str, Shape]] = {}
        self._todo: list[Unit] = []

    def root(self, described: Described, name: str) -> Node:
        """The place of a whole message; plans what lies below it, if that was not done before."""
        assert described.shape is not None
        self.table = self._tables.setdefault(id(described.table), described.table)
        entry = Field(name, described.shape, required=True, nullable=described.nullable)
        unit = self.unit(name, None)
        unit.root = self._field(entry, name, unit, None)
        while self._todo:
            self.go_on()
            todo = self._todo.pop()
            assert todo.shape is not None
            todo.root = self.build(todo.shape, todo.name, todo, None)
        self.settle(_cost_of, lambda node: isinstance(node.shape, XmlNode))
        return unit.root

    # ── building ─────────────────────────────────────────────────────────────────────────────────────────────────

    def named(self, name: str) -> Unit:
        key = (id(self.table), name)
        if key not in self._named:
            unit = self._named[key] = self.unit(name, self.table[name])
            self._todo.append(unit)
        return self._named[key]

    def _pool(self, shape: Shape, key: object, site: str, values: Sequence[Value]) -> Unit:
        """One kind of scalar: each of its values is a goal, wherever it is met."""
        if key not in self._pools:
            unit = self._pools[key] = self.unit(site, None)
            unit.values, unit.pool = distinct(values), True
            unit.root = Node(site, shape, unit, None)
            unit.cost = 1 if values else inf
            for label, _ in unit.values:
                self.plan(unit.root, f" edge {label}")
        return self._pools[key]

    def build(self, shape: Shape, site: str, unit: Unit, parent: Node | None, holder: str = "") -> Node:
        node = Node(site, shape, unit, parent)
        match shape:
            case Scalar():
                node.ref = self._pool(shape, (shape, holder), site, values_of(shape, holder))
            case Union():
                self._union(node, shape, holder)
            case ListOf():
                self._list(node, shape)
            case Record():
                self._record(node, shape)
            case Variants():
                self._variants(node, shape)
            case Items():
                self._items(node, shape)
            case XmlNode() | TextMap():
                self._free(node, shape)
            case Ref(name):
                node.ref = self.named(name)
        return node

    def _union(self, node: Node, shape: Union, holder: str) -> None:
        if shape.facets.enumeration is not None:
            node.ref = self._pool(shape, (shape, holder), node.site, values_of(shape, holder))
            return
        for index, member in enumerate(shape.members):
            site = f"{node.site}|{index + 1}"
            kid = Node(site, member, node.unit, node)
            if isinstance(member, Scalar):
                listed = values_of(member, holder, earlier=shape.members[:index], wanted=shape.facets.patterns)
                kid.ref = self._pool(member, (shape, index, holder), site, listed)
            else:
                kid = self.build(member, site, node.unit, node, holder)
            node.kids.append(kid)
            if kid.ref is None or not kid.ref.pool or kid.ref.values:
                self.plan(node, member_label(index))

    def _list(self, node: Node, shape: ListOf) -> None:
        node.kids.append(self.build(shape.item, node.site + "[]", node.unit, node, "item"))
        group = FREE if is_free(shape.item, self.table) else PLAIN
        for label in sizes(shape):
            self.plan(node, label, group)

    def _record(self, node: Node, shape: Record) -> None:
        choices = shape.choices
        node.governed = frozenset(key for choice in choices for branch in choice.branches for key in keys_of(branch))
        optional = frozenset(_optional_keys(choices))
        for entry in shape.fields:
            kid = self._field(entry, f"{node.site}.{entry.key}", node.unit, node)
            node.keys[entry.key] = kid
            if not entry.required and (entry.key not in node.governed or entry.key in optional):
                self.plan(kid, " absent")
        node.kids = [self._choice(choice, node, node) for choice in choices]

    def _field(self, entry: Field, site: str, unit: Unit, parent: Node | None) -> Node:
        node = Node(site, entry, unit, parent)
        node.kids.append(self._preset(entry, site, unit, node))
        self.plan(node, " present", FREE if is_free(entry.shape, self.table) else PLAIN)
        if entry.nullable:
            self.plan(node, "=null")
        return node

    def _preset(self, entry: Field, site: str, unit: Unit, parent: Node) -> Node:
        """A fixed value is the only one; a default is one more, and nothing that is empty stays empty beside it."""
        shape = entry.shape
        known = entry.fixed is not None or (entry.default is not None and isinstance(shape, Scalar))
        listed = values_of(shape, "", default=entry.default, fixed=entry.fixed) if known else []
        if not listed:
            return self.build(shape, site, unit, parent, "mixed" if entry.key == "@text" else "")
        node = Node(site, shape, unit, parent)
        node.ref = self._pool(shape, (shape, entry.default, entry.fixed), site, listed)
        return node

    def _choice(self, choice: Choice, record: Node, parent: Node) -> Node:
        node = Node(f"{record.site}.{{{'|'.join(map(branch_label, choice.branches))}}}", choice, record.unit, parent)
        for branch in choice.branches:
            kid = Node(node.site, branch, record.unit, node)
            kid.kids = [self._choice(inner, record, kid) for inner in branch.choices]
            node.kids.append(kid)
            self.plan(node, f" -> {branch_label(branch)}")
        if may_be_empty(choice):
            self.plan(node, " -> none")
        return node

    def _variants(self, node: Node, shape: Variants) -> None:
        for member in shape.members:
            holder = f"{node.site}({member.tag})"
            node.kids.append(self.build(member.shape, holder, node.unit, node, "item"))
            self.plan(node, f" is {member.tag}")

    def _items(self, node: Node, shape: Items) -> None:
        node.kids = [self._field(one, f"{node.site}.{one.key}", node.unit, node) for one in shape.members]
        node.ways = ways(shape, [is_free(one.shape, self.table) for one in shape.members])
        for label, way in node.ways.items():
            self.plan(node, label, way.group)

    def _free(self, node: Node, shape: XmlNode | TextMap) -> None:
        for label in free_goals(shape):
            self.plan(node, label, FREE)
        if isinstance(shape, XmlNode):
            node.kids = [self._field(one, f"{node.site}<{one.key}>", node.unit, node) for one in shape.typed]


def sizes(shape: ListOf) -> dict[str, int]:
    """How many items to show, by goal."""
    low, high = shape.min_items, shape.max_items
    wanted = dict.fromkeys([1, 2, low, 0] + ([high] if high is not None and high <= LIST_MAX else []))
    found = {f"[{size}]": size for size in wanted if low <= size and (high is None or size <= high)}
    if low > LEAST_MAX:
        return {}
    return found | ({"[null]": max(low, 1)} if shape.nullable_items and high != 0 else {})


def branch_label(branch: Branch) -> str:
    return "+".join(branch.required or keys_of(branch)[:3]) or "nothing"


def member_label(index: int) -> str:
    return f" is member {index + 1}"


def _optional_keys(choices: Sequence[Choice]) -> Iterator[str]:
    for choice in choices:
        for branch in choice.branches:
            nested = {key for inner in branch.choices for one in inner.branches for key in keys_of(one)}
            yield from (key for key in branch.keys if key not in branch.required and key not in nested)
            yield from _optional_keys(branch.choices)


# ── what lies below, and what it costs ───────────────────────────────────────────────────────────────────────────


def _cost_of(node: Node) -> float:
    if node.ref is not None:
        return node.ref.cost
    match node.shape:
        case Field(nullable=True):
            return min(1, node.kids[0].cost)
        case Field():
            return node.kids[0].cost
        case Union() | Variants():
            return 1 + min((kid.cost for kid in node.kids), default=inf)
        case ListOf(min_items=low, nullable_items=nullable):
            each = min(1, node.kids[0].cost) if nullable else node.kids[0].cost
            return inf if low > LEAST_MAX else 1 + (low * each if low else 0)
        case Record(fields, choices):
            costs = {key: kid.cost for key, kid in node.keys.items()}
            return 1 + sum(costs[entry.key] for entry in fields if entry.required) + cost_of_choices(choices, costs)
        case Items():
            return 1 + min((cost_of_way(node, way) for way in node.ways.values()), default=inf)
        case XmlNode() as free if node.kids and not free_values(free):
            return 2 + min(kid.cost for kid in node.kids)  # nothing but the typed ones will do
        case XmlNode() | TextMap():
            return 2
        case _:
            return 0


def cost_of_way(node: Node, way: Way) -> float:
    return sum(node.kids[index].cost + 1 for index in way.members)
