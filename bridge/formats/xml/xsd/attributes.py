"""Reads the attributes of a type: its own, those of attribute groups, references to global ones, the wildcard."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
from lxml import etree

from bridge.formats.xml.layout import Attribute, Wildcard
from bridge.formats.xml.xsd.documents import Declared, Document, as_it_was
from bridge.formats.xml.xsd.names import (
    ANY_ATTRIBUTE,
    ATTRIBUTE,
    ATTRIBUTE_GROUP,
    SIMPLE_TYPE,
    child,
    clark,
    documentation,
)
from bridge.formats.xml.xsd.particles import wildcard
from bridge.formats.xml.xsd.reading import Reading, Unresolved
from bridge.formats.xml.xsd.wildcards import both

_DEPTH_MAX = 100


@dataclass(slots=True)
class Attributes:
    """What a type says about attributes: None stands for a prohibited one. `any`: what its own wildcard and those of
    its groups let in together."""

    named: dict[str, Attribute | None] = field(default_factory=dict)
    any: Wildcard | None = None

    @property
    def wildcard(self) -> Wildcard | None:
        """The wildcard, where something is let in."""
        return self.any if self.any is not None and self.any.namespaces else None


def read_attributes(
    reading: Reading, node: etree._Element, document: Document, owner: Declared, found: Attributes, depth: int = 0
) -> Attributes:
    """Adds what stands among the children of `node`."""
    if depth > _DEPTH_MAX:
        raise Unresolved(f"its attribute groups are nested more than {_DEPTH_MAX} deep")
    for one in node:
        if one.tag == ATTRIBUTE:
            reading.spend(1)
            attribute = _attribute(reading, one, document, owner)
            if attribute is not None:
                found.named[attribute.name] = None if one.get("use") == "prohibited" else attribute
        elif one.tag == ATTRIBUTE_GROUP and one.get("ref"):
            _group(reading, one, document, owner, found, depth)
        elif one.tag == ANY_ATTRIBUTE:
            found.any = both(wildcard(one, document), found.any)
    return found


def _group(
    reading: Reading, node: etree._Element, document: Document, owner: Declared, found: Attributes, depth: int
) -> None:
    reference = node.get("ref", "")
    declared = reading.documents.find(reading.documents.attribute_groups, document, node, reference)
    declared = as_it_was(declared, owner)
    if declared is None:
        reading.documents.note(f"{owner.name}: the attribute group {reference} is not defined; left out")
        return
    if declared in reading.opening:
        return  # circular groups add nothing
    reading.opening.add(declared)
    try:
        inner = Attributes()
        read_attributes(reading, declared.node, declared.document, declared, inner, depth + 1)
    finally:
        reading.opening.discard(declared)
    for name, attribute in inner.named.items():
        found.named.setdefault(name, attribute)
    found.any = both(found.any, inner.any)


def _attribute(reading: Reading, node: etree._Element, document: Document, owner: Declared) -> Attribute | None:
    reference = node.get("ref")
    required = node.get("use") == "required"
    if reference is None:
        local = node.get("name", "").strip()
        form = node.get("form")
        qualified = document.attribute_qualified if form is None else form == "qualified"
        name = clark(document.target, local) if qualified else local
        return _declared(reading, node, document, name, f"{owner.name}/@{local}", required=required)
    declared = reading.documents.find(reading.documents.attributes, document, node, reference)
    if declared is None:
        if required:
            raise Unresolved(f"its required attribute {reference} is not defined")
        if node.get("use") != "prohibited":
            reading.documents.note(f"{owner.name}: the optional attribute {reference} is not defined; left out")
        return None
    found = global_attribute(reading, declared)
    return msgspec.structs.replace(
        found,
        required=required,
        default=node.get("default", found.default),
        fixed=node.get("fixed", found.fixed),
        doc=documentation(node) or found.doc,
    )


def global_attribute(reading: Reading, declared: Declared) -> Attribute:
    """A global attribute, read once."""
    found = reading.attributes.get(declared.name)
    if found is None:
        target = declared.document.target
        path = clark(target, f"/@{declared.name.rpartition('}')[2]}")
        found = _declared(reading, declared.node, declared.document, declared.name, path)
        reading.attributes[declared.name] = found
    return found


def _declared(
    reading: Reading, node: etree._Element, document: Document, name: str, path: str, *, required: bool = False
) -> Attribute:
    reference, inline = node.get("type"), child(node, SIMPLE_TYPE)
    if reference is not None:
        key = reading.type_key(document, node, reference, "text")
    else:
        key = reading.any_simple() if inline is None else reading.anonymous(inline, document, path)
    return Attribute(name, key, required, node.get("default"), node.get("fixed"), documentation(node))
