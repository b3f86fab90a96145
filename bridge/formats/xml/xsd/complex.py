"""Reads xs:complexType and flattens it: the content and attributes of its base are put in place.

What a type is made from has been read before it (reader.py sees to the order).
"""

from __future__ import annotations

import msgspec
from lxml import etree

from bridge.formats.xml.layout import ANY_TYPE, ComplexType, Group, Particle, SimpleType
from bridge.formats.xml.xsd.attributes import Attributes, read_attributes
from bridge.formats.xml.xsd.documents import Declared
from bridge.formats.xml.xsd.names import (
    COMPLEX_CONTENT,
    EXTENSION,
    RESTRICTION,
    SIMPLE_CONTENT,
    SIMPLE_TYPE,
    child,
    documentation,
    flag,
)
from bridge.formats.xml.xsd.particles import MODELS, model
from bridge.formats.xml.xsd.reading import Reading, Unresolved
from bridge.formats.xml.xsd.simple import base_of, restricted
from bridge.formats.xml.xsd.soap_arrays import ARRAYS, bare_array, is_encoding, read_array
from bridge.formats.xml.xsd.wildcards import either


def complex_bases(reading: Reading, place: Declared) -> list[str]:
    """The keys of the types that must have been read before this one."""
    content, step = _step(place)
    if step is None or content is None:
        return []
    if step.get("base") is None:
        raise Unresolved("it derives from nothing")
    bases = [base_of(reading, place, step)]
    inline = child(step, SIMPLE_TYPE) if content.tag == SIMPLE_CONTENT else None
    if inline is not None:
        bases.append(reading.anonymous(inline, place.document, f"{place.name}/#base"))
    return bases


def read_complex(reading: Reading, place: Declared) -> ComplexType:
    """The complex type that is written at a place, flattened."""
    if place.name in ARRAYS:
        return bare_array(reading, place)
    content, step = _step(place)
    if content is None:
        return _defined(reading, place, place.node)
    if step is None:
        if child(content, *MODELS) is None:
            raise Unresolved("its content says neither restriction nor extension")
        # gSOAP writes the arrays of literal services so.
        reading.documents.note(f"{place.name}: its content says neither restriction nor extension; taken as its own")
        return _defined(reading, place, content, mixed=flag(content, "mixed"))
    base_key = base_of(reading, place, step)
    base = reading.types.get(base_key)
    if base is None:
        raise Unresolved(reading.broken.get(base_key) or f"its base {base_key} cannot be used")
    if isinstance(base, SimpleType):
        return _of_text(reading, place, step, base_key)
    if base.key == ANY_TYPE:
        return _of_any(_defined(reading, place, step, mixed=flag(content, "mixed")), base, step)
    if base.item and content.tag != SIMPLE_CONTENT:
        inner = child(step, *MODELS)
        own = None if inner is None else model(reading, inner, place.document, place)
        array = read_array(reading, place, step, base, own)
        if array is not None:
            return array
    derived = _derived(reading, place, step, base)
    if content.tag == SIMPLE_CONTENT or base.text:
        text = _text(reading, place, step, base)
        return msgspec.structs.replace(derived, content=None, text=text, mixed=False)
    return _with_content(reading, place, content, step, base, derived)


def _step(place: Declared) -> tuple[etree._Element | None, etree._Element | None]:
    content = child(place.node, SIMPLE_CONTENT, COMPLEX_CONTENT)
    return content, None if content is None else child(content, RESTRICTION, EXTENSION)


def _defined(reading: Reading, place: Declared, node: etree._Element, *, mixed: bool = False) -> ComplexType:
    """A type that derives from nothing but anyType: its content stands below `node`."""
    attributes = read_attributes(reading, node, place.document, place, Attributes())
    inner = child(node, *MODELS)
    return ComplexType(
        key=place.name,
        content=None if inner is None else model(reading, inner, place.document, place),
        attributes=tuple(one for one in attributes.named.values() if one is not None),
        any_attribute=attributes.wildcard,
        mixed=mixed or flag(place.node, "mixed"),
        abstract=flag(place.node, "abstract"),
        doc=documentation(place.node),
    )


def _of_any(own: ComplexType, base: ComplexType, step: etree._Element) -> ComplexType:
    """An extension of anyType keeps the free content, unless it names elements: no document could tell them apart."""
    if step.tag == RESTRICTION:
        return own
    if own.content is None:
        own = msgspec.structs.replace(own, content=base.content, mixed=base.mixed)
    return msgspec.structs.replace(own, any_attribute=base.any_attribute)


def _of_text(reading: Reading, place: Declared, step: etree._Element, base_key: str) -> ComplexType:
    # What SOAP's encodings add to the simple types (id, href) belongs to the message, not to the value.
    plain = is_encoding(place.name)
    attributes = Attributes() if plain else read_attributes(reading, step, place.document, place, Attributes())
    text = base_key
    if step.tag == RESTRICTION and len(step):
        text = _narrowed(reading, place, step, base_key)
    return ComplexType(
        key=place.name,
        text=text,
        attributes=tuple(one for one in attributes.named.values() if one is not None),
        any_attribute=attributes.wildcard,
        abstract=flag(place.node, "abstract"),
        doc=documentation(place.node),
    )


def _text(reading: Reading, place: Declared, step: etree._Element, base: ComplexType) -> str:
    """The key of the simple type of the text, when the base is a complex type."""
    inline = child(step, SIMPLE_TYPE)
    if inline is not None and step.tag == RESTRICTION:
        return _narrowed(reading, place, step, reading.anonymous(inline, place.document, f"{place.name}/#base"))
    if not base.text:
        raise Unresolved(f"it has simple content but its base {base.key} has none")
    return _narrowed(reading, place, step, base.text) if step.tag == RESTRICTION else base.text


def _narrowed(reading: Reading, place: Declared, step: etree._Element, base_key: str) -> str:
    key = f"{place.name}/#text"
    made = restricted(reading, key, step, place.document, base_key)
    base = reading.types[base_key]
    if isinstance(base, SimpleType) and made.facets == base.facets:
        return base_key
    reading.types[key] = made
    return key


def _derived(reading: Reading, place: Declared, step: etree._Element, base: ComplexType) -> ComplexType:
    """All but the content: attributes merged, names and flags."""
    own = read_attributes(reading, step, place.document, place, Attributes())
    named = {one.name: one for one in base.attributes}
    reading.spend(len(named))
    for name, attribute in own.named.items():
        if attribute is None:
            named.pop(name, None)
        else:
            named[name] = attribute
    extends = step.tag == EXTENSION
    again = place.previous is not None and base.key.startswith(f"{place.previous.name}~")
    return ComplexType(
        key=place.name,
        attributes=tuple(named.values()),
        any_attribute=either(base.any_attribute, own.wildcard) if extends else own.wildcard,
        abstract=flag(place.node, "abstract"),
        # A redefined type takes the place of the old one, so it derives from what that derived from.
        base=base.base if again else base.key,
        derivation=base.derivation if again else step.tag.rpartition("}")[2],
        doc=documentation(place.node) or (base.doc if again else ""),
    )


def _with_content(
    reading: Reading,
    place: Declared,
    content: etree._Element,
    step: etree._Element,
    base: ComplexType,
    derived: ComplexType,
) -> ComplexType:
    inner = child(step, *MODELS)
    own = None if inner is None else model(reading, inner, place.document, place)
    mixed = flag(content, "mixed", default=flag(place.node, "mixed"))
    if step.tag == EXTENSION:
        reading.spend(reading.sizes.get(base.key, 0))
        return msgspec.structs.replace(derived, content=_joined(base.content, own), mixed=mixed or base.mixed)
    return msgspec.structs.replace(derived, content=own, mixed=mixed)


def _joined(first: Group | None, second: Group | None) -> Group | None:
    if first is None or second is None:
        return second if first is None else first
    return Group("sequence", (*_inline(first), *_inline(second)))


def _inline(group: Group) -> tuple[Particle, ...]:
    plain = group.kind == "sequence" and (group.min, group.max) == (1, 1)
    return group.items if plain else (group,)
