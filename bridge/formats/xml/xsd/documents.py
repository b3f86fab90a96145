"""Finds the schema documents: follows include, import and redefine, and lists the components each document declares.

Reads names only; what a component says is read by others. Documents come from the caller's `resolve` or from the
built-in copies.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

from bridge.errors import ContractError
from bridge.formats.xml.layout import XSD
from bridge.formats.xml.xsd.known import PREFIX, known_document, known_location
from bridge.formats.xml.xsd.names import (
    ATTRIBUTE,
    ATTRIBUTE_GROUP,
    COMPLEX_TYPE,
    ELEMENT,
    GROUP,
    IMPORT,
    INCLUDE,
    OLD_XSDS,
    REDEFINE,
    SCHEMA,
    SIMPLE_TYPE,
    clark,
    current,
    namespace_of,
)

DOCUMENTS_MAX = 5_000
NOTES_MAX = 200


class Source(NamedTuple):
    """An xs:schema element: a whole document, or one that stands inside wsdl:types (same location as its WSDL)."""

    location: str
    root: etree._Element


Resolve = Callable[[str, str, str | None], Source | None]


@dataclass(eq=False, slots=True)
class Document:
    """A schema element with what it says for all its components. `target` is that of the includer for a chameleon."""

    location: str
    root: etree._Element
    target: str
    prefixes: dict[str | None, str]
    nested: frozenset[str | None]
    chameleon: bool
    element_qualified: bool
    attribute_qualified: bool

    def expand(self, node: etree._Element, reference: str) -> str | None:
        """The Clark name of a QName that stands at `node`; None if its prefix is bound to nothing."""
        prefix, _, local = reference.strip().rpartition(":")
        key = prefix or None
        # lxml builds the map of a node anew each time; mostly the one of the root says the same.
        found = (node.nsmap if key in self.nested else self.prefixes).get(key)
        if found is None:
            if prefix:
                return clark("http://www.w3.org/XML/1998/namespace", local) if prefix == "xml" else None
            found = self.target if self.chameleon else ""
        return clark(XSD if found in OLD_XSDS else found, local)


@dataclass(eq=False, slots=True)
class Declared:
    """A global component and where it stands. `previous`: what it redefines."""

    name: str
    node: etree._Element
    document: Document
    previous: Declared | None = None


def as_it_was(found: Declared | None, owner: Declared) -> Declared | None:
    """What a reference inside `owner` means: in a redefinition its own name is the component as it was before."""
    itself = found is not None and found.name == owner.name and found.node.tag == owner.node.tag
    return owner.previous if itself and owner.previous is not None else found


Table = dict[str, Declared]
_SCHEMAS = (SCHEMA, *(f"{{{namespace}}}schema" for namespace in OLD_XSDS))
_SORTS = {
    SIMPLE_TYPE: "types",
    COMPLEX_TYPE: "types",
    ELEMENT: "elements",
    ATTRIBUTE: "attributes",
    GROUP: "groups",
    ATTRIBUTE_GROUP: "attribute_groups",
}


@dataclass(slots=True)
class _Alike:
    """Components by their local names alone, table by table; made when first asked for, as that is rare."""

    sizes: dict[int, int]
    found: dict[tuple[int, str], list[Declared]]

    def only(self, table: Table, local: str) -> Declared | None:
        """The one component of that name; None when there are several. The built-in copies do not count."""
        if self.sizes.get(id(table)) != len(table):
            self.sizes[id(table)] = len(table)
            self.found = {key: alike for key, alike in self.found.items() if key[0] != id(table)}
            for one in table.values():
                if not one.document.location.startswith(PREFIX):
                    self.found.setdefault((id(table), one.name.rpartition("}")[2]), []).append(one)
        alike = self.found.get((id(table), local), [])
        return alike[0] if len(alike) == 1 else None


@dataclass(eq=False, slots=True)
class Documents:
    """All documents and, by Clark name, all global components; the first definition of a name stands."""

    resolve: Resolve
    types: Table = field(default_factory=dict)
    elements: Table = field(default_factory=dict)
    attributes: Table = field(default_factory=dict)
    groups: Table = field(default_factory=dict)
    attribute_groups: Table = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _opened: set[tuple[etree._Element, str]] = field(default_factory=set)
    _queue: deque[Document] = field(default_factory=deque)
    _redefining: list[tuple[Document, etree._Element]] = field(default_factory=list)
    _bare_imports: list[tuple[Document, str]] = field(default_factory=list)
    _lacking: set[str] = field(default_factory=set)
    _alike: _Alike = field(default_factory=lambda: _Alike({}, {}))
    _count: int = 0

    def note(self, text: str) -> None:
        """Remembers a line for people."""
        if len(self.notes) < NOTES_MAX and text not in self.notes:
            self.notes.append(text)

    def load(self, sources: Sequence[Source]) -> None:
        """Reads these documents and all they lead to."""
        for source in sources:
            # Inline schemas share the location of their WSDL, so only whole documents are known by it.
            if source.root.getparent() is None:
                self._seen.add((source.location, source.root.get("targetNamespace", "")))
            self._open(source, "")
        self._drain()
        for document, namespace in self._bare_imports:
            if namespace not in self.namespaces:
                self._follow(document, namespace, None)
                self._drain()
            if namespace not in self.namespaces:
                self._lacking.add(namespace)
        self._bare_imports.clear()

    def load_known(self, namespace: str) -> bool:
        """Reads the built-in copy for a namespace; whether that was new."""
        location = known_location(namespace)
        if not location or (location, "") in self._seen:
            return False
        self._open_known(location)
        self._drain()
        return True

    def _open(self, source: Source, adopted: str) -> None:
        for root in [source.root] if source.root.tag in _SCHEMAS else list(source.root.iter(*_SCHEMAS)):
            own = root.get("targetNamespace", "").strip()
            target = own or adopted
            if (root, target) in self._opened:
                continue
            self._opened.add((root, target))
            if root.tag != SCHEMA:
                _renew(root)
            document = _document(Source(source.location, root), target, chameleon=not own and bool(adopted))
            self._count += 1
            if self._count > DOCUMENTS_MAX:
                raise ContractError(f"The schema consists of more than {DOCUMENTS_MAX} documents")
            self.namespaces.add(document.target)
            self._declare(document)
            self._queue.append(document)

    def _declare(self, document: Document) -> None:
        for node in document.root:
            sort = _SORTS.get(node.tag)
            name = node.get("name", "").strip() if sort else ""
            if sort and name:
                full = clark(document.target, name)
                table: Table = getattr(self, sort)
                first = table.setdefault(full, Declared(full, node, document))
                if first.node is not node and not _same(first.node, node):
                    self.note(f"{full} is defined more than once, and differently; the first definition stands")

    def _drain(self) -> None:
        while self._queue:
            document = self._queue.popleft()
            for node in _references(document.root):
                location = (node.get("schemaLocation") or "").strip() or None
                if node.tag == IMPORT:
                    self._import(document, node.get("namespace", "").strip(), location)
                elif location:
                    self._follow(document, document.target, location, document.target)
                if node.tag == REDEFINE:
                    self._redefining.append((document, node))
        # What is redefined may itself be redefining, so the innermost goes first.
        while self._redefining:
            self._redefine(*self._redefining.pop())

    def _import(self, document: Document, namespace: str, location: str | None) -> None:
        if namespace == XSD or namespace in OLD_XSDS:
            return
        if location is None or document.location.startswith(PREFIX):
            self._bare_imports.append((document, namespace))
        else:
            self._follow(document, namespace, location, namespace)

    def _follow(self, document: Document, namespace: str, location: str | None, adopted: str = "") -> None:
        # The built-in copies refer to each other only.
        own = document.location.startswith(PREFIX)
        source = None if own else self.resolve(document.location, namespace, location)
        if source is not None:
            target = source.root.get("targetNamespace", "").strip() or adopted
            if (source.location, target) not in self._seen:
                self._seen.add((source.location, target))
                self._open(source, adopted)
        elif built_in := known_location(location or "") or known_location(namespace):
            self._open_known(built_in)
        elif location:
            self._lacking.add(namespace)
            self.note(f"The schema document {location} could not be had")

    def _open_known(self, location: str) -> None:
        if (location, "") not in self._seen:
            self._seen.add((location, ""))
            self._open(Source(location, known_document(location)), "")

    def _redefine(self, document: Document, redefine: etree._Element) -> None:
        for node in redefine:
            sort = _SORTS.get(node.tag)
            name = node.get("name", "").strip() if sort else ""
            if sort and name:
                full = clark(document.target, name)
                table: Table = getattr(self, sort)
                table[full] = Declared(full, node, document, table.get(full))

    def find(self, table: Table, document: Document, node: etree._Element, reference: str) -> Declared | None:
        """The component a reference means. Tolerant: the namespace need not be imported, and a name without prefix
        may be meant in the target namespace (or in none) when it is not found where it should be. A name that is
        nowhere may be meant in another namespace, when exactly one component has it."""
        name = document.expand(node, reference)
        if name is None:
            return self._alone(table, reference)
        found = table.get(name)
        if found is None and self.load_known(namespace_of(name)):
            found = table.get(name)
        if found is None and ":" not in reference:
            local = name.rpartition("}")[2]
            found = table.get(clark(document.target, local)) or table.get(local)
            if found is not None:
                self.note(f"{reference} was not found in the default namespace and is taken to be {found.name}")
        if found is None and not self.is_lacking(name) and namespace_of(name) != XSD:
            return self._alone(table, reference)
        return found

    def is_lacking(self, name: str) -> bool:
        """Whether a name is of a namespace whose document was imported and could not be had."""
        return namespace_of(name) in self._lacking and namespace_of(name) not in self.namespaces

    def _alone(self, table: Table, reference: str) -> Declared | None:
        found = self._alike.only(table, reference.strip().rpartition(":")[2])
        if found is not None:
            self.note(f"{reference} is not defined under that name and is taken to be {found.name}, the only one alike")
        return found


def _renew(root: etree._Element) -> None:
    """A schema of a draft, as if it had been written in the namespace of 2001."""
    for node in root.iter("*"):
        node.tag = current(node.tag)


def _references(root: etree._Element) -> Iterator[etree._Element]:
    return (node for node in root if node.tag in {IMPORT, INCLUDE, REDEFINE})


def _document(source: Source, target: str, *, chameleon: bool) -> Document:
    root = source.root
    below = (etree.iterwalk(child, events=("start-ns",)) for child in root.iterchildren("*"))
    return Document(
        source.location,
        root,
        target,
        dict(root.nsmap),
        frozenset(prefix or None for walk in below for _, (prefix, _) in walk),
        chameleon,
        root.get("elementFormDefault") == "qualified",
        root.get("attributeFormDefault") == "qualified",
    )


def _same(first: etree._Element, second: etree._Element) -> bool:
    """Whether two declarations are written alike; the same schema is often reached by two addresses."""
    if len(first) != len(second) or first.attrib != second.attrib:
        return False
    return etree.tostring(first, method="c14n", with_tail=False) == etree.tostring(
        second, method="c14n", with_tail=False
    )
