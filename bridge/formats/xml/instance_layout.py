"""What XML instances of a layout should show: the goals of each particle, type and attribute, and what it costs.

Reads the layout alone; plans, views and shapes are what the instances are to test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from bridge.formats.xml.blocked import unblocked
from bridge.formats.xml.builtin import ANY, BUILTINS
from bridge.formats.xml.instance_lexical import texts_of
from bridge.formats.xml.instance_text import STYLES, split
from bridge.formats.xml.layout import (
    ANY_TYPE,
    Attribute,
    ComplexType,
    Element,
    Group,
    Layout,
    Particle,
    SimpleType,
    Wildcard,
)
from bridge.shapes.coverage import FREE, PLAIN, Ledger, Node, Unit, distinct

KNOWN_MAX = 3
MANY_MAX = 4


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that an element may be: which element stands there, of which type, and whether `xsi:type` says so."""

    element: Element
    type: str
    named: bool = False


class XmlCoverage(Ledger):
    """The goals of one layout, shared by all elements that instances are made of."""

    def __init__(self) -> None:
        super().__init__()
        self._types: dict[str, Unit] = {}
        self._texts: dict[object, Unit] = {}
        self._todo: list[Unit] = []

    def root(self, layout: Layout, element: Element) -> Node:
        self.layout = layout
        unit = self.unit(split(element.name)[1], None)
        unit.root = self._element(element, unit.name, unit, None)
        for style in STYLES:
            self.plan(unit.root, f" with {style}")
        while self._todo:
            self.go_on()
            todo = self._todo.pop()
            todo.root = self._complex(todo.shape, todo)
        self.settle(_cost_of, lambda node: isinstance(node.shape, Wildcard))
        return unit.root

    # ── types ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _type(self, key: str) -> Unit:
        found = ANY if key == ANY_TYPE else self.layout.types.get(key) or BUILTINS.get(key)
        if not isinstance(found, ComplexType):
            return self._pool(key, key.rpartition("}")[2])
        if key not in self._types:
            self._types[key] = self.unit(key.rpartition("}")[2], found)
            self._todo.append(self._types[key])
        return self._types[key]

    def _pool(self, key: str, site: str, fixed: str | None = None, default: str | None = None) -> Unit:
        known = (key, fixed, default)
        if known not in self._texts:
            unit = self._texts[known] = self.unit(site, None)
            unit.pool, unit.values = True, distinct(self._values(key, fixed, default))
            unit.root = Node(site, self.layout.types.get(key) or BUILTINS.get(key), unit, None)
            unit.cost = 1 if unit.values else inf
            for label, _ in unit.values:
                self.plan(unit.root, f" edge {label}")
        return self._texts[known]

    def _values(self, key: str, fixed: str | None, default: str | None) -> list[tuple[str, str]]:
        if fixed is not None:
            return [("fixed", fixed)]
        found = texts_of(self.layout, key)
        return found if default is None else [("default", default), *(edge for edge in found if edge[1].strip())]

    def _complex(self, found: ComplexType, unit: Unit) -> Node:
        node = Node(unit.name, found, unit, None)
        for one in found.attributes:
            kid = Node(f"{node.site}@{split(one.name)[1]}", one, unit, node)
            kid.ref = self._pool(one.type, kid.site, one.fixed, one.default)
            node.keys[one.name] = kid
            self.plan(kid, " present")
            if not one.required:
                self.plan(kid, " absent")
        if found.any_attribute is not None and found.any_attribute.process != "strict":
            self.plan(node, " free attribute", FREE)
        if found.text:
            kid = Node(node.site, self.layout.types.get(found.text), unit, node)
            kid.ref = self._pool(found.text, node.site)
            node.kids.append(kid)
        elif found.content is not None:
            node.kids.append(self._particle(found.content, node.site, unit, node))
        if found.mixed:
            self.plan(node, " mixed with text", FREE if found.key == ANY_TYPE else PLAIN)
        return node

    # ── particles ────────────────────────────────────────────────────────────────────────────────────────────────

    def _particle(self, particle: Particle, site: str, unit: Unit, parent: Node | None) -> Node:
        if isinstance(particle, Element):
            node = self._element(particle, f"{site}/{split(particle.name)[1]}", unit, parent)
        elif isinstance(particle, Wildcard):
            node = self._wildcard(particle, site, unit, parent)
        else:
            node = self._group(particle, site, unit, parent)
        if (particle.min, particle.max) != (1, 1):
            node.sizes = sizes(particle)
            for label in node.sizes:
                self.plan(node, label, FREE if isinstance(particle, Wildcard) else PLAIN)
        return node

    def _group(self, group: Group, site: str, unit: Unit, parent: Node | None) -> Node:
        node = Node(
            f"{site}/{group.kind}" if parent is not None and parent.shape is not None else site, group, unit, parent
        )
        node.kids = [self._particle(item, node.site, unit, node) for item in group.items if item.max != 0]
        if group.kind == "choice":
            for index in range(len(node.kids)):
                self.plan(node, branch_label(index))
            if group.max != 1 and len(node.kids) > 1:
                self.plan(node, " backwards")
        if group.kind == "all" and len(node.kids) > 1:
            self.plan(node, " reversed")
        return node

    def _element(self, element: Element, site: str, unit: Unit, parent: Node | None) -> Node:
        node = Node(site, element, unit, parent)
        for label, way in self._ways(element):
            kid = Node(site + label, way, unit, node)
            simple = not isinstance(self.layout.types.get(way.type, ANY if way.type == ANY_TYPE else None), ComplexType)
            preset = way.element.fixed, way.element.default
            kid.ref = self._pool(way.type, site, *preset) if simple and any(preset) else self._type(way.type)
            node.kids.append(kid)
            node.ways[label] = way
            self.plan(node, label)
        if element.nillable and element.fixed is None and not element.abstract:
            self.plan(node, " nil")
        if element.default is not None or element.fixed is not None:
            self.plan(node, " empty for its default")
        return node

    def _ways(self, element: Element) -> Iterator[tuple[str, Way]]:
        if not element.abstract:
            if not self._is_abstract(element.type):
                yield " plain", Way(element, element.type)
            for key in unblocked(self.layout, element):
                if "/" not in split(key)[1] and not self._is_abstract(key) and self._is_complex(key):
                    yield f" xsi:type={split(key)[1]}", Way(element, key, named=True)
        for name in self.layout.substitutes.get(element.name, ()) if element.ref else ():
            member = self.layout.elements[name]
            if not self._is_abstract(member.type):
                yield f" is {split(name)[1]}", Way(member, member.type)

    def _is_complex(self, key: str) -> bool:
        return isinstance(self.layout.types.get(key), ComplexType)

    def _is_abstract(self, key: str) -> bool:
        found = self.layout.types.get(key)
        return isinstance(found, ComplexType) and found.abstract

    def _wildcard(self, wildcard: Wildcard, site: str, unit: Unit, parent: Node | None) -> Node:
        node = Node(f"{site}/any", wildcard, unit, parent)
        known = [one for one in self.layout.elements.values() if admits(wildcard, one.name) and not one.abstract]
        if wildcard.process != "skip":
            node.kids = [
                self._element(one, f"{node.site}({split(one.name)[1]})", unit, node) for one in known[:KNOWN_MAX]
            ]
        if foreign_name(wildcard, self.layout):
            self.plan(node, " foreign", FREE)
        for kid in node.kids:
            self.plan(node, f" known {kid.site}", FREE)
        return node


def sizes(particle: Particle) -> dict[str, int]:
    """How many times, by goal; a repeated choice is shown three times, each time another branch."""
    low, high = particle.min, particle.max
    more = [3] if isinstance(particle, Group) and particle.kind == "choice" else []
    wanted = dict.fromkeys([1, 2, low, 0, *more] + ([high] if high is not None and high <= MANY_MAX else []))
    return {f"[{size}]": size for size in wanted if low <= size and (high is None or size <= high)}


def branch_label(index: int) -> str:
    return f" -> branch {index + 1}"


def admits(wildcard: Wildcard, name: str) -> bool:
    space = split(name)[0]
    if "##any" in wildcard.namespaces:
        return True
    if "##other" in wildcard.namespaces:
        return bool(space) and space != wildcard.target
    return space in wildcard.namespaces


def foreign_name(wildcard: Wildcard, layout: Layout) -> str:
    """A name that nobody declares, where one may stand; "" where not."""
    if wildcard.process == "strict":
        return ""
    tried = [
        "{urn:example:free}part",
        *(f"{{{space}}}foreignPart" if space else "foreignPart" for space in wildcard.namespaces),
    ]
    return next((name for name in tried if admits(wildcard, name) and name not in layout.elements), "")


# ── what it costs ────────────────────────────────────────────────────────────────────────────────────────────────


def _cost_of(node: Node) -> float:
    match node.shape:
        case Element(min=low) | Wildcard(min=low) | Group(min=low):
            node.once = _once(node)
            return low * node.once if low else 0
        case ComplexType():
            required = sum(kid.cost for kid in node.keys.values() if kid.shape.required)
            return required + sum(kid.cost for kid in node.kids)
        case Way() | Attribute() | SimpleType():
            return node.ref.cost if node.ref is not None else 1
    return node.ref.cost if node.ref is not None else 0


def _once(node: Node) -> float:
    """What one occurrence costs."""
    match node.shape:
        case Element():
            return 1 + min((kid.cost for kid in node.kids), default=inf)
        case Wildcard():
            known = min((kid.once for kid in node.kids), default=inf)
            return min(known, inf if node.shape.process == "strict" else 1)
        case Group(kind="choice"):
            return min((kid.cost for kid in node.kids), default=0)
    return sum(kid.cost for kid in node.kids)
