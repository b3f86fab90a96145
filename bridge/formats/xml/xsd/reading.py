"""The state of one reading: which types are known, which wait to be read, which are broken, and how much was spent.

Gives keys to types (layout.py says how they look). It does not read what a component says.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from lxml import etree

from bridge.errors import BridgeError, ContractError
from bridge.formats.xml.builtin import ANY, BUILTINS
from bridge.formats.xml.layout import ANY_SIMPLE, ANY_TYPE, XSD, Attribute, ComplexType, Element, Group, SimpleType
from bridge.formats.xml.xsd.documents import Declared, Document, Documents
from bridge.formats.xml.xsd.names import OLD_TYPES, clark, local_of, namespace_of

# Named groups and bases are put in place, so a small document can ask for very much: that is what this bounds.
PARTICLES_MAX = 3_000_000

Unknown = Literal["broken", "any", "text"]
"""What a type is whose name means nothing: broken, for what cannot be described without it (a base); free XML, as the
content of an element whose name is known; a text, as the value of an attribute."""

_LOWER = {name.rpartition("}")[2].lower(): name for name in BUILTINS} | {
    old.lower(): clark(XSD, new) for old, new in OLD_TYPES.items() if new != "anyType"
}


class Unresolved(BridgeError):
    """A component that cannot be read; it becomes a problem of the type it stands in."""


def meant_builtin(name: str | None, local: str) -> str:
    """The built-in type that is meant by a name that is not there (None: its prefix is not declared), "" for none.

    A built-in's name under a wrong prefix is meant; so is one with wrong capitals in the namespace of XML Schema, and
    whatever else is said to be of that namespace is a text at least.
    """
    if name is None or namespace_of(name) != XSD:
        return clark(XSD, local) if clark(XSD, local) in BUILTINS else ""
    return _LOWER.get(local.lower(), ANY_SIMPLE)


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
    cuts: int = 0
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

    def type_key(self, document: Document, node: etree._Element, reference: str, unknown: Unknown = "broken") -> str:
        """The key of the type a QName at `node` means; `unknown` says what it is if it means nothing."""
        prefix = reference.strip().rpartition(":")[0] or None
        plain = prefix not in document.nested
        key = self._known.get((document, reference)) if plain else None
        if key is None:
            key = self._find_type(document, node, reference)
            if plain and key:
                self._known[document, reference] = key
        return key or self._unknown(document, node, reference, unknown)

    def _find_type(self, document: Document, node: etree._Element, reference: str) -> str:
        """The key of a type that is there, "" for none."""
        name = document.expand(node, reference)
        local = reference.strip().rpartition(":")[2]
        if name is not None and namespace_of(name) == XSD:
            name = clark(XSD, OLD_TYPES.get(local, local))
        if name == ANY_TYPE:
            return self.use_any()
        if name in BUILTINS:
            self.use_builtin(str(name))
            return str(name)
        declared = self.documents.find(self.documents.types, document, node, reference)
        if declared is not None:
            return self.queue(declared)
        meant = "" if name is not None and self.documents.is_lacking(name) else meant_builtin(name, local)
        if meant:
            self.use_builtin(meant)
            self.documents.note(f"there is no type {reference}; it is taken to be the built-in {local_of(meant)}")
        return meant

    def _unknown(self, document: Document, node: etree._Element, reference: str, unknown: Unknown) -> str:
        name = document.expand(node, reference)
        if name is None:
            name, reason = reference.strip(), f"the prefix of the type {reference.strip()} is not declared"
        elif namespace_of(name) in self.documents.namespaces:
            reason = f"the type {name} is not defined in the documents"
        else:
            reason = f"the type {name} is of a namespace no document defines"
        if unknown == "broken":
            self.broken.setdefault(name, reason)
            return name
        self.documents.note(f"{reason}; what is of it is described as {'free XML' if unknown == 'any' else 'text'}")
        return self.use_any() if unknown == "any" else self.any_simple()

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
        self.use_builtin(ANY_SIMPLE)
        return ANY_SIMPLE

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
