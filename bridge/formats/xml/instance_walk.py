"""One walk through the plan of a layout, which makes one XML instance."""

from __future__ import annotations

from math import inf

from bridge.formats.xml.instance_layout import Way, branch_label, foreign_name
from bridge.formats.xml.instance_lexical import NameText
from bridge.formats.xml.instance_text import Tree
from bridge.formats.xml.layout import XSI, ComplexType, Element, Group, Layout, SimpleType, Wildcard
from bridge.shapes.coverage import Node, Unit
from bridge.shapes.instance_goals import Goals

BACKWARDS_MAX = 8
LEVELS = 2
"""An element in an element is an object in an array for whoever reads it as JSON."""
_FREE = "{urn:example:free}"


class XmlWalk:
    """`free`: whether something stands in the instance of which the schema says nothing."""

    def __init__(self, layout: Layout, goals: Goals, seed: int) -> None:
        self.layout, self.goals, self.seed = layout, goals, seed
        self.free = False
        self.ids = 0

    def element(self, node: Node) -> Tree:
        """One occurrence."""
        self.goals.spent += 1
        self.goals.depth += LEVELS
        try:
            return self._element(node)
        finally:
            self.goals.depth -= LEVELS

    def _element(self, node: Node) -> Tree:
        shape = node.shape
        assert isinstance(shape, Element)
        label, kid = self.way(node)
        way: Way = kid.shape
        assert kid.ref is not None
        own = self.goals.is_open(node, label)
        tree = Tree(way.element.name, {f"{{{XSI}}}type": NameText(way.type)} if way.named else {})
        nil, default = self.goals.is_open(node, " nil"), self.goals.is_open(node, " empty for its default")
        if not own and way.element is shape and (nil or default):
            self.goals.meet(node, " nil" if nil else " empty for its default")
            if nil:
                tree.attributes[f"{{{XSI}}}nil"] = "true"
            self.attributes(kid.ref, tree)
            return tree
        state = self.goals.entering(kid)
        self.goals.meet(node, label)
        path = self.goals.path
        self.goals.path |= kid.ref.bit
        self.content(kid.ref, tree)
        self.goals.path = path
        self.goals.left(kid, state)
        return tree

    def way(self, node: Node) -> tuple[str, Node]:
        options = [
            (label, kid)
            for label, kid in zip(node.ways, node.kids, strict=True)
            if kid.cost < inf and self.goals.affords(kid.cost)
        ]
        for label, kid in options:
            if self.goals.is_open(node, label):
                return label, kid
        leading = [one for one in options if self.goals.wants(one[1])]
        if leading:
            return min(leading, key=lambda one: self.goals.steps(one[1]))
        return min(zip(node.ways, node.kids, strict=True), key=lambda one: one[1].cost)

    # ── types ────────────────────────────────────────────────────────────────────────────────────────────────────

    def content(self, unit: Unit, tree: Tree) -> None:
        if unit.pool:
            tree.children.append(self.text(unit))
            return
        node = unit.root
        assert node is not None
        assert isinstance(node.shape, ComplexType)
        self.attributes(unit, tree)
        tree.mixed = node.shape.mixed
        for kid in node.kids:
            if kid.ref is not None:
                tree.children.append(self.text(kid.ref))
            else:
                tree.children.extend(self.particle(kid))
        if self.goals.is_open(node, " mixed with text"):
            self.goals.meet(node, " mixed with text")
            between = [part for child in tree.children for part in (child, " and <more> ")]
            tree.children = ["Some & text ", *between]

    def attributes(self, unit: Unit, tree: Tree) -> None:
        node = unit.root
        if node is None or not isinstance(node.shape, ComplexType):
            return
        for name, kid in node.keys.items():
            if kid.cost < inf and (kid.shape.required or self.includes(kid)):
                self.goals.meet(kid, " present")
                assert kid.ref is not None
                tree.attributes[name] = self.text(kid.ref)
            else:
                self.goals.meet(kid, " absent")
        if self.goals.is_open(node, " free attribute"):
            assert node.shape.any_attribute is not None
            name = foreign_name(node.shape.any_attribute, self.layout)
            self.goals.meet(node, " free attribute")
            if name:
                self.free = True
                tree.attributes[name] = 'free "text" & <more>'

    def includes(self, kid: Node) -> bool:
        if self.goals.is_open(kid, " present"):
            return self.goals.affords(1)
        return not self.goals.is_open(kid, " absent") and self.goals.wants(kid)

    def text(self, unit: Unit) -> str:
        self.goals.spent += 1
        assert unit.root is not None
        shape = unit.root.shape
        if isinstance(shape, SimpleType) and shape.name in {"ID", "IDREF"} and shape.facets.enumeration is None:
            for label, _ in unit.values:
                self.goals.meet(unit.root, f" edge {label}")
            self.ids += shape.name == "ID"
            return f"id-{self.ids if shape.name == 'ID' else 1}"
        text: str = self.goals.draw(unit, self.seed)
        return text

    # ── particles ────────────────────────────────────────────────────────────────────────────────────────────────

    def particle(self, node: Node) -> list[Tree | str]:
        """All occurrences."""
        found: list[Tree | str] = []
        shown: set[int] = set()
        if self.goals.is_open(node, " backwards") and not any(self.goals.is_open(node, one) for one in node.sizes):
            return self.backwards(node)
        for _ in range(self.size(node)):
            if isinstance(node.shape, Element):
                found.append(self.element(node))
            elif isinstance(node.shape, Wildcard):
                found.append(self.wildcard(node))
            else:
                found.extend(self.group(node, shown))
        return found

    def backwards(self, node: Node) -> list[Tree | str]:
        """A repeated choice from its last branch to its first."""
        self.goals.meet(node, " backwards")
        options = [kid for kid in node.kids[::-1] if kid.cost < inf]
        wanted = max(node.shape.min, min(len(options), BACKWARDS_MAX))
        rounds = wanted if node.shape.max is None else min(node.shape.max, wanted)
        return [one for round_ in range(rounds) for one in self.particle(options[round_ % len(options)])]

    def size(self, node: Node) -> int:
        if not node.sizes:
            return 1
        low, high = node.shape.min, node.shape.max
        cost = node.once
        for label, size in node.sizes.items() if node.goals else ():
            if self.goals.is_open(node, label) and (not size or self.goals.affords(size * cost)):
                self.goals.meet(node, label)
                return size
        more = max(int(low), 1)
        if more > low and (high is None or high > 0) and cost < inf and self.goals.enters(node):
            return more
        return int(low)

    def group(self, node: Node, shown: set[int]) -> list[Tree | str]:
        group = node.shape
        assert isinstance(group, Group)
        if group.kind == "choice":
            return self.branch(node, shown)
        kids = node.kids
        if self.goals.is_open(node, " reversed"):
            self.goals.meet(node, " reversed")
            kids = kids[::-1]
        self.goals.reserved += sum(kid.cost for kid in kids)
        found: list[Tree | str] = []
        for kid in kids:
            self.goals.reserved -= kid.cost
            found.extend(self.particle(kid))
        return found

    def branch(self, node: Node, shown: set[int]) -> list[Tree | str]:
        """`shown`: branches of earlier rounds, so that the next is another one."""
        options = [index for index, kid in enumerate(node.kids) if kid.cost < inf and self.goals.affords(kid.cost)]
        fresh = [index for index in options if self.goals.is_open(node, branch_label(index))]
        leading = [index for index in options if self.goals.wants(node.kids[index])]
        others = [index for index in options if shown and index not in shown]
        if not node.kids:
            return []
        cheapest = min(range(len(node.kids)), key=lambda index: node.kids[index].cost)
        chosen = next(iter((*fresh, *others, *leading)), cheapest)
        shown.add(chosen)
        self.goals.meet(node, branch_label(chosen))
        return self.particle(node.kids[chosen])

    def wildcard(self, node: Node) -> Tree:
        assert isinstance(node.shape, Wildcard)
        self.free = True
        foreign = foreign_name(node.shape, self.layout)
        if not self.goals.is_open(node, " foreign"):
            kid = self.known(node, needed=not foreign)
            if kid is not None:
                self.goals.meet(node, f" known {kid.site}")
                return self.element(kid)
        self.goals.meet(node, " foreign")
        part = Tree(f"{_FREE}inner", {"no": "1"}, ["text & more"])
        return Tree(foreign or f"{_FREE}part", {f"{_FREE}kind": "a"}, [part, Tree("plain", {}, [])])

    def known(self, node: Node, *, needed: bool) -> Node | None:
        finite = [kid for kid in node.kids if kid.once < inf]
        options = [kid for kid in finite if self.goals.affords(kid.once)]
        fresh = (kid for kid in options if self.goals.is_open(node, f" known {kid.site}"))
        leading = (kid for kid in options if self.goals.free and self.goals.enters(kid))
        return next(fresh, None) or next(
            leading, min(finite, key=lambda kid: kid.once, default=None) if needed else None
        )
