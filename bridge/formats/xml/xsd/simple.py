"""Reads xs:simpleType: restriction, list and union, and the restriction of simple content.

What a type is made from has been read before it (reader.py sees to the order).
"""

from __future__ import annotations

import msgspec
from lxml import etree

from bridge.formats.xml.layout import ComplexType, SimpleType
from bridge.formats.xml.xsd.documents import Declared, Document
from bridge.formats.xml.xsd.facets import narrow, read_step
from bridge.formats.xml.xsd.names import (
    LIST,
    RESTRICTION,
    SIMPLE_CONTENT,
    SIMPLE_TYPE,
    UNION,
    child,
    children,
    documentation,
)
from bridge.formats.xml.xsd.reading import Reading, Unresolved
from bridge.shapes.model import Facets


def simple_base(reading: Reading, place: Declared) -> str:
    """The key of the type a simple type restricts; "" for lists and unions."""
    restriction = child(place.node, RESTRICTION)
    return "" if restriction is None else base_of(reading, place, restriction)


def base_of(reading: Reading, place: Declared, step: etree._Element) -> str:
    """The key of what a restriction or extension starts from; in a redefinition its own name means the old one."""
    reference = step.get("base")
    if reference is None:
        inline = child(step, SIMPLE_TYPE)
        return "" if inline is None else reading.anonymous(inline, place.document, f"{place.name}/#base")
    if place.previous is not None and place.document.expand(step, reference) == place.previous.name:
        old = place.previous
        return reading.queue(Declared(f"{old.name}~{_generation(old)}", old.node, old.document, old.previous))
    holder = step.getparent()
    is_text = holder is not None and holder.tag in {SIMPLE_TYPE, SIMPLE_CONTENT}
    return reading.type_key(place.document, step, reference, "text" if is_text else "broken")


def _generation(declared: Declared) -> int:
    count, at = 1, declared.previous
    while at is not None:
        count, at = count + 1, at.previous
    return count


def read_simple(reading: Reading, place: Declared) -> SimpleType:
    """The simple type that is written at a place."""
    step = child(place.node, RESTRICTION, LIST, UNION)
    doc = documentation(place.node)
    if step is None:
        raise Unresolved("the simple type says neither restriction nor list nor union")
    if step.tag == RESTRICTION:
        return restricted(reading, place.name, step, place.document, simple_base(reading, place), doc)
    if step.tag == LIST:
        item = _item(reading, place, step)
        return SimpleType(place.name, item=item, facets=Facets(white_space="collapse"), doc=doc)
    named = [reading.type_key(place.document, step, one, "text") for one in (step.get("memberTypes") or "").split()]
    inline = [
        reading.anonymous(node, place.document, f"{place.name}/#{number}")
        for number, node in enumerate(children(step, SIMPLE_TYPE), 1)
    ]
    if not named and not inline:
        raise Unresolved("the union has no members")
    reading.spend(len(named) + len(inline))
    return SimpleType(place.name, members=(*named, *inline), facets=Facets(white_space="collapse"), doc=doc)


def _item(reading: Reading, place: Declared, step: etree._Element) -> str:
    reference, inline = step.get("itemType"), child(step, SIMPLE_TYPE)
    if reference is not None:
        return reading.type_key(place.document, step, reference, "text")
    if inline is None:
        raise Unresolved("the list has no item type")
    return reading.anonymous(inline, place.document, f"{place.name}/#item")


def restricted(
    reading: Reading, key: str, step: etree._Element, document: Document, base_key: str, doc: str = ""
) -> SimpleType:
    """A simple type narrowed by the facets in a restriction."""
    base = reading.types.get(base_key)
    if isinstance(base, ComplexType) and base.text in reading.types:
        # Not allowed, yet written: soapenc:string is a complex type, and its text is what is meant.
        base_key = base.text
        base = reading.types[base_key]
    if isinstance(base, ComplexType):
        raise Unresolved(f"it restricts {base_key}, which is no simple type")
    if base is None:
        raise Unresolved(reading.broken.get(base_key) or "the restriction has no base")
    facets = narrow(base.facets, read_step(step, document, base.kind), base.kind)
    reading.spend(len(facets.enumeration or ()) + len(facets.patterns))
    return msgspec.structs.replace(base, key=key, facets=facets, base=base_key, doc=doc)
