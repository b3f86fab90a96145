"""Reads what stands in content models: elements, references to them, wildcards, model groups and named groups.

Types are only named here (`Reading` gives their keys); they are read on their own, so nesting of types costs no stack.
"""

from __future__ import annotations

import msgspec
from lxml import etree

from bridge.formats.xml.layout import XSD, Element, Group, Particle, Wildcard
from bridge.formats.xml.xsd.documents import Declared, Document, as_it_was
from bridge.formats.xml.xsd.names import (
    ALL,
    ANY,
    CHOICE,
    COMPLEX_TYPE,
    ELEMENT,
    GROUP,
    SEQUENCE,
    SIMPLE_TYPE,
    child,
    clark,
    documentation,
    flag,
    forbidden,
    namespace_of,
    occurs,
)
from bridge.formats.xml.xsd.reading import Reading, Unresolved

MODELS = (SEQUENCE, CHOICE, ALL, GROUP)
DEPTH_MAX = 100
_HEADS_MAX = 100
_EXPECTED_MEDIA = "{http://www.w3.org/2005/05/xmlmime}expectedContentTypes"
_MEDIA_CHARACTERS_MAX = 500
_CUTS_MAX = 1_000


def model(reading: Reading, node: etree._Element, document: Document, owner: Declared, depth: int = 0) -> Group | None:
    """A model group, or a reference to a named one; None when nothing can stand there."""
    if depth > DEPTH_MAX:
        raise Unresolved(f"its groups are nested more than {DEPTH_MAX} deep")
    least, most = occurs(node)
    if most == 0:
        return None
    if node.tag == GROUP:
        body = _referred(reading, node, document, owner, depth)
        return None if body is None else _times(body, least, most)
    items: list[Particle] = []
    for one in node:
        item = _particle(reading, one, document, owner, depth)
        if item is not None:
            items.append(item)
        elif node.tag == CHOICE and one.tag in MODELS and occurs(one)[1] != 0:
            least = 0  # a branch in which nothing stands: the choice may be left out
    return Group(node.tag.rpartition("}")[2], tuple(items), least, most) if items else None


def _times(body: Group, least: int, most: int | None) -> Group:
    """A group with the occurrences of its reference; its own are 1, or those of a group in a group."""
    if (body.min, body.max) == (1, 1):
        return msgspec.structs.replace(body, min=least, max=most)
    return body if (least, most) == (1, 1) else Group("sequence", (body,), least, most)


def _particle(
    reading: Reading, node: etree._Element, document: Document, owner: Declared, depth: int
) -> Particle | None:
    if node.tag == ELEMENT:
        reading.spend(1)
        found = element(reading, node, document, owner)
        return None if found.max == 0 else found
    if node.tag == ANY:
        reading.spend(1)
        least, most = occurs(node)
        return None if most == 0 else msgspec.structs.replace(wildcard(node, document), min=least, max=most)
    return model(reading, node, document, owner, depth + 1) if node.tag in MODELS else None


def _referred(reading: Reading, node: etree._Element, document: Document, owner: Declared, depth: int) -> Group | None:
    declared = _group(reading, node, document, owner)
    if declared is None:
        if node.get("minOccurs", "").strip() == "0":
            reading.documents.note(f"{owner.name}: the optional group {node.get('ref')} is not defined; left out")
            return None
        raise Unresolved(f"the group {node.get('ref')} is not defined")
    if declared in reading.groups:
        body, size = reading.groups[declared]
        reading.spend(size)
        return body
    if declared in reading.opening:
        # Forbidden, yet written. No message is long enough for it, unless it is left out.
        reading.cuts += 1
        if reading.cuts > _CUTS_MAX:
            raise Unresolved(f"the group {declared.name} contains itself over too many ways")
        reading.documents.note(f"the group {declared.name} contains itself; its inner occurrence is left out")
        return None
    reading.opening.add(declared)
    before, cuts = reading.spent, reading.cuts
    reading.spend(1)
    try:
        inner = child(declared.node, *MODELS)
        body = None if inner is None else model(reading, inner, declared.document, declared, depth + 1)
    finally:
        reading.opening.discard(declared)
    if cuts == reading.cuts:  # else what it lacks depends on where in the circle it was entered
        reading.groups[declared] = body, reading.spent - before
    return body


def _group(reading: Reading, node: etree._Element, document: Document, owner: Declared) -> Declared | None:
    reference = node.get("ref")
    if reference is None:
        return None
    found = reading.documents.find(reading.documents.groups, document, node, reference)
    return as_it_was(found, owner)


def wildcard(node: etree._Element, document: Document) -> Wildcard:
    """xs:any or xs:anyAttribute, without its occurrences."""
    said = (node.get("namespace") or "##any").split()
    names = {"##targetNamespace": document.target, "##local": ""}
    if said[0] in {"##any", "##other"}:
        namespaces: tuple[str, ...] = (said[0],)
    else:
        namespaces = tuple(dict.fromkeys(names.get(one, one) for one in said))
    target = document.target if said[0] == "##other" else ""
    return Wildcard(namespaces, target, node.get("processContents", "strict"))


def element(reading: Reading, node: etree._Element, document: Document, owner: Declared) -> Element:
    """A local element, or a reference to a global one."""
    least, most = occurs(node)
    reference = node.get("ref")
    if reference is not None:
        found = _reference(reading, node, document, reference)
        own = documentation(node)
        return msgspec.structs.replace(found, min=least, max=most, ref=True, doc=own or found.doc)
    local = node.get("name", "").strip()
    if not local:
        raise Unresolved("one of its elements has no name")
    form = node.get("form")
    qualified = document.element_qualified if form is None else form == "qualified"
    name = clark(document.target, local) if qualified else local
    key = _type_of(reading, node, document, f"{owner.name}/{local}")
    return _element(node, document, name, key or reading.use_any(), least, most)


def _reference(reading: Reading, node: etree._Element, document: Document, reference: str) -> Element:
    declared = reading.documents.find(reading.documents.elements, document, node, reference)
    if declared is not None:
        return global_element(reading, declared)
    name = document.expand(node, reference) or reference
    if namespace_of(name) == XSD:
        # A schema inside a message (.NET DataSets): free XML is the honest description.
        reading.elements[name] = Element(name, reading.use_any())
        return reading.elements[name]
    # Its name is known, and that is enough to let its content pass as it is.
    reading.documents.note(f"the element {name} is not defined in the documents; it is described as free XML")
    return Element(name, reading.use_any())


def global_element(reading: Reading, declared: Declared) -> Element:
    """A global element, read once."""
    found = reading.elements.get(declared.name)
    if found is None:
        head = _head(reading, declared)
        if head is not None:
            reading.heads[declared.name] = head.name
        key, at = "", declared
        for _ in range(_HEADS_MAX):
            path = clark(at.document.target, f"/{at.name.rpartition('}')[2]}")
            key = _type_of(reading, at.node, at.document, path)
            if key or head is None:
                break
            at, head = head, _head(reading, head)  # a member without a type of its own has that of its head
        found = _element(declared.node, declared.document, declared.name, key or reading.use_any(), 1, 1)
        reading.elements[declared.name] = found
    return found


def _head(reading: Reading, declared: Declared) -> Declared | None:
    reference = declared.node.get("substitutionGroup")
    if reference is None:
        return None
    return reading.documents.find(reading.documents.elements, declared.document, declared.node, reference)


def _type_of(reading: Reading, node: etree._Element, document: Document, path: str) -> str:
    reference = node.get("type")
    if reference is not None:
        return reading.type_key(document, node, reference, "any")
    inline = child(node, COMPLEX_TYPE, SIMPLE_TYPE) if len(node) else None
    return "" if inline is None else reading.anonymous(inline, document, path)


def _element(node: etree._Element, document: Document, name: str, key: str, least: int, most: int | None) -> Element:
    return Element(
        name=name,
        type=key,
        min=least,
        max=most,
        nillable=flag(node, "nillable"),
        default=node.get("default"),
        fixed=node.get("fixed"),
        abstract=flag(node, "abstract"),
        doc=documentation(node),
        media=" ".join(node.get(_EXPECTED_MEDIA, "").split())[:_MEDIA_CHARACTERS_MAX],
        block=tuple(sorted(forbidden(node, document.root, "block") & {"extension", "restriction"})),
    )
