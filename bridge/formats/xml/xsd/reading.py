"""The state of one reading: which types are known, which wait to be read, which are broken, and how much was spent.

Gives keys to types (layout.py says how they look). It does not read what a component says.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from lxml import etree

from bridge.errors import BridgeError, ContractError
from bridge.formats.xml.builtin import ANY, BUILTINS
from bridge.formats.xml.layout import ANY_TYPE, XSD, Attribute, ComplexType, Element, Group, SimpleType
from bridge.formats.xml.xsd.documents import Declared, Document, Documents
from bridge.formats.xml.xsd.names import clark, namespace_of

# Named groups and bases are put in place, so a small document can ask for very much: that is what this bounds.
PARTICLES_MAX = 3_000_000


class Unresolved(BridgeError):
    """A component that cannot be read; it becomes a problem of the type it stands in."""


@dataclass(eq=False, slots=True)
class Reading:
    """Filled while reading. `broken`: type key → why; `places`: type key → where it is written."""

    documents: Documents
    types: dict[str, SimpleType | ComplexType] = field(default_factory=dict)
    elements: dict[str, Element] = field(default_factory=dict)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    places: dict[str, Declared] = field(default_factory=dict)
    pending: deque[str] = field(default_factory=deque)
    groups: dict[Declared, tuple[Group | None, int]] = field(default_factory=dict)
    opening: set[Declared] = field(default_factory=set)
    spent: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    _keys: dict[tuple[etree._Element, Document], str] = field(default_factory=dict)
    _known: dict[tuple[Document, str], str] = field(default_factory=dict)
    _twins: dict[str, int] = field(default_factory=dict)

    def spend(self, particles: int) -> None:
        """Counts what was put in place."""
        self.spent += particles
        if self.spent > PARTICLES_MAX:
            raise ContractError(f"The schema describes more than {PARTICLES_MAX} elements and attributes")

    def queue(self, declared: Declared) -> str:
        """The key of a global type, which is read later."""
        if declared.name not in self.places:
            self.places[declared.name] = declared
            self.pending.append(declared.name)
        return declared.name

    def type_key(self, document: Document, node: etree._Element, reference: str) -> str:
        """The key of the type a QName at `node` means; a broken one if it means nothing."""
        prefix = reference.strip().rpartition(":")[0] or None
        plain = prefix not in document.nested
        key = self._known.get((document, reference)) if plain else None
        if key is None:
            key = self._find_type(document, node, reference)
            if plain:
                self._known[document, reference] = key
        return key

    def _find_type(self, document: Document, node: etree._Element, reference: str) -> str:
        name = document.expand(node, reference)
        if name is None:
            key = reference.strip()
            self.broken.setdefault(key, f"the prefix of the type {key} is not declared")
            return key
        if name == ANY_TYPE:
            return self.use_any()
        if name in BUILTINS:
            self.use_builtin(name)
            return name
        declared = self.documents.find(self.documents.types, document, node, reference)
        if declared is not None:
            return self.queue(declared)
        known = namespace_of(name) in self.documents.namespaces
        reason = "is not defined in the documents" if known else "is of a namespace no document defines"
        self.broken.setdefault(name, f"the type {name} {reason}")
        return name

    def use_builtin(self, name: str) -> None:
        """Lists a built-in type among the types, and what it consists of."""
        found = self.types[name] = BUILTINS[name]
        if found.item:
            self.types[found.item] = BUILTINS[found.item]

    def use_any(self) -> str:
        """The key of anyType, which is now among the types."""
        self.types[ANY_TYPE] = ANY
        return ANY_TYPE

    def any_simple(self) -> str:
        """The type of an attribute that names none."""
        name = clark(XSD, "anySimpleType")
        self.use_builtin(name)
        return name

    def anonymous(self, node: etree._Element, document: Document, path: str) -> str:
        """The key of a type without a name, which is read later; the same node gives the same key."""
        key = self._keys.get((node, document))
        if key is None:
            key = path
            while key in self.places:
                self._twins[path] = self._twins.get(path, 1) + 1
                key = f"{path}~{self._twins[path]}"
            self._keys[node, document] = key
            self.places[key] = Declared(key, node, document)
            self.pending.append(key)
        return key
