"""Everything the WSDL documents of one set define, in one table each, whatever document it stood in.

Import is treated as transitive: generators disagree about it, and a component that is there may be used. Names that
miss by namespace only are found by their local part, which is what many published services need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from adapters.soap.documents import DocumentSet
from adapters.soap.wsdl.names import SCHEMA_TAGS, WSDL2, children, local, named, namespace_of, wsdl
from adapters.soap.wsdl.roots import Roots
from bridge.errors import ContractError
from bridge.formats.xml.xsd import Source

Components = dict[str, etree._Element]  # noqa: SLF001 # the only name lxml has for the class


@dataclass(frozen=True, slots=True)
class Definitions:
    """The merged definitions. `schemas` holds the inline schemas and those that a wsdl:import named directly."""

    root: etree._Element
    messages: Components = field(default_factory=dict)
    port_types: Components = field(default_factory=dict)
    bindings: Components = field(default_factory=dict)
    services: list[etree._Element] = field(default_factory=list)
    schemas: list[Source] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def target(self) -> str:
        return self.root.get("targetNamespace", "")


def find(components: Mapping[str, etree._Element], name: str) -> etree._Element | None:
    """A component by name; by its local part when exactly one has it."""
    exact = components.get(name)
    if exact is not None:
        return exact
    alike = [element for key, element in components.items() if local(key) == local(name)]
    return alike[0] if len(alike) == 1 else None


def collect(docs: DocumentSet, roots: Roots) -> Definitions:
    """Reads the entry document and every WSDL it imports, each once, so that circles end."""
    entry = roots.of(docs.location)
    if namespace_of(entry.tag) == WSDL2:
        raise ContractError(f"{docs.location} is WSDL 2.0; only WSDL 1.1 is understood. Ask for the 1.1 description.")
    if entry.tag != wsdl("definitions"):
        raise ContractError(f"{docs.location} is no WSDL: its root element is {entry.tag}")
    found = Definitions(entry)
    waiting, seen = [docs.location], {docs.location}
    while waiting:
        location = waiting.pop(0)
        for target in _read(found, docs, roots.of(location), location):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return found


def _read(found: Definitions, docs: DocumentSet, root: etree._Element, location: str) -> list[str]:
    """Takes in one document; gives back the locations it imports."""
    if root.tag in SCHEMA_TAGS:
        found.schemas.append(Source(location, root))
        return []
    if root.tag != wsdl("definitions"):
        found.warnings.append(f"{location} is imported but is neither WSDL nor schema (root {root.tag}); left out")
        return []
    for types in children(root, "types"):
        found.schemas.extend(Source(location, schema) for schema in types if schema.tag in SCHEMA_TAGS)
    for kind, table in (
        ("message", found.messages),
        ("portType", found.port_types),
        ("binding", found.bindings),
    ):
        for element in children(root, kind):
            table.setdefault(named(element), element)
    found.services.extend(children(root, "service"))
    return _imports(found, docs, root, location)


def _imports(found: Definitions, docs: DocumentSet, root: etree._Element, location: str) -> list[str]:
    targets = []
    for element in (*children(root, "import"), *children(root, "include")):
        reference = element.get("location", "").strip()
        target = docs.follow(location, reference)
        if target is not None:
            targets.append(target)
        else:
            where = reference or f"the namespace {element.get('namespace', '')} without a location"
            found.warnings.append(f"{location} imports {where}, which is not in the document set; left out")
    return targets
