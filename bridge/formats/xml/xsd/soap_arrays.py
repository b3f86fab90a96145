"""Types derived from the Array of SOAP's encodings (SOAP 1.1 §5.4.2, SOAP 1.2 part 2 §3.1.6): what their items are.

The schema of such a type says next to nothing; its items are named by `wsdl:arrayType="tns:Item[]"` (WSDL 1.1 §2.2),
by `enc:itemType`, or by the one element in its sequence. Here each becomes a type with one repeated element, so the
rest of the house sees an array and nothing of SOAP.
"""

from __future__ import annotations

import re

import msgspec
from lxml import etree

from bridge.formats.xml.layout import ENCODINGS, ComplexType, Element, Group, Particle
from bridge.formats.xml.xsd.documents import Declared
from bridge.formats.xml.xsd.names import ATTRIBUTE, documentation, flag, namespace_of
from bridge.formats.xml.xsd.reading import Reading, Unresolved

ARRAYS = frozenset(f"{{{space}}}Array" for space in ENCODINGS)
ITEM = "item"
DIMENSIONS_MAX = 8
_ARRAY_TYPE = re.compile(r"\s*([^\[\]\s]+)\s*((?:\[[^\[\]]*\]\s*)*)")


def is_encoding(key: str) -> bool:
    """True for what SOAP's own schemas define."""
    return namespace_of(key) in ENCODINGS


def bare_array(reading: Reading, place: Declared) -> ComplexType:
    """The Array itself: its items say their types."""
    return _array(place.name, reading.use_any(), doc=documentation(place.node))


def read_array(
    reading: Reading, place: Declared, step: etree._Element, base: ComplexType, own: Group | None
) -> ComplexType | None:
    """A type derived from an array; None when its content is no array's. Raises Unresolved for what has several
    dimensions."""
    leaves = _leaves(own)
    if len(leaves) > 1:
        return None
    element = leaves[0] if leaves else _element_of(base)
    named = _named_item(reading, place, step)
    item = named or (element.type if element and leaves else base.item)
    direct = base.key in ARRAYS
    made = _array(place.name, item, element, doc=documentation(place.node))
    return msgspec.structs.replace(
        made,
        abstract=flag(place.node, "abstract"),
        base="" if direct else base.key,
        derivation="" if direct else step.tag.rpartition("}")[2],
    )


def _array(key: str, item: str, element: Element | None = None, *, doc: str = "") -> ComplexType:
    name = element.name if element else ITEM
    one = Element(name, item, 0, None, nillable=True, doc=element.doc if element else "")
    return ComplexType(key, content=Group("sequence", (one,)), item=item, doc=doc)


def _element_of(base: ComplexType) -> Element | None:
    leaves = _leaves(base.content)
    return leaves[0] if leaves else None


def _leaves(particle: Particle | None) -> list[Element]:
    if isinstance(particle, Element):
        return [particle]
    if isinstance(particle, Group):
        return [leaf for one in particle.items for leaf in _leaves(one)]
    return []


def _named_item(reading: Reading, place: Declared, step: etree._Element) -> str:
    """The key of the item type that an attribute names, "" when none does."""
    for attribute in step.iterfind(ATTRIBUTE):
        for name, value in attribute.attrib.items():
            if str(name).rpartition("}")[2] == "arrayType":
                return _item_key(reading, place, attribute, str(value))
        if attribute.get("ref", "").rpartition(":")[2] == "itemType":
            given = attribute.get("fixed") or attribute.get("default")
            if given:
                return reading.type_key(place.document, attribute, given, "any")
    return ""


def _item_key(reading: Reading, place: Declared, node: etree._Element, text: str) -> str:
    found = _ARRAY_TYPE.fullmatch(text)
    if found is None:
        raise Unresolved(f"its arrayType {text[:80]!r} cannot be read")
    sizes = re.findall(r"\[([^\]]*)\]", found[2])
    if any("," in size for size in sizes):
        raise Unresolved(f"it is an array of several dimensions ({text.strip()[:80]}), which is not supported")
    if len(sizes) > DIMENSIONS_MAX:
        raise Unresolved(f"it is an array of arrays more than {DIMENSIONS_MAX} deep")
    key = reading.type_key(place.document, node, found[1], "any")
    for _ in sizes[1:]:
        key = _array_of(reading, key)
    return key


def _array_of(reading: Reading, item: str) -> str:
    """The key of the type of an inner array, which no schema declares."""
    key = f"{item}/#array"
    reading.types.setdefault(key, _array(key, item))
    return key
