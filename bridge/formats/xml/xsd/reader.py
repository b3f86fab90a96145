"""Drives a reading: every component in turn, the types that one is made from before it, and the Layout at the end.

Types wait in a queue and bases on a list, so neither recursion nor long chains of derivation cost stack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.formats.xml.layout import ComplexType, Element, Layout, SimpleType
from bridge.formats.xml.xsd.attributes import global_attribute
from bridge.formats.xml.xsd.complex import complex_bases, read_complex
from bridge.formats.xml.xsd.documents import Declared, Documents, Resolve, Source, Table
from bridge.formats.xml.xsd.known import PREFIX
from bridge.formats.xml.xsd.names import SIMPLE_TYPE
from bridge.formats.xml.xsd.particles import global_element
from bridge.formats.xml.xsd.prune import prune
from bridge.formats.xml.xsd.reading import Reading, Unresolved
from bridge.formats.xml.xsd.relations import derived_types, substitutes
from bridge.formats.xml.xsd.simple import read_simple, simple_base

DERIVATIONS_MAX = 100


def read_schemas(sources: Sequence[Source], resolve: Resolve) -> Layout:
    """Everything these schemas and what they lead to define. `resolve(base_location, namespace, schema_location)`
    gives a document they refer to, or None; schema_location is None when the import names no place."""
    documents = Documents(resolve)
    documents.load(sources)
    reading = Reading(documents)
    for declared in _own(documents.types):
        reading.queue(declared)
    for declared in _own(documents.attributes):
        global_attribute(reading, declared)
    for declared in _own(documents.elements):
        global_element(reading, declared)
    while reading.pending:
        _read(reading, reading.pending.popleft())
    prune(reading)
    return Layout(
        types=_visible(reading),
        elements={name: reading.elements[name] for name in _ordered(documents.elements, reading.elements)},
        attributes=reading.attributes,
        derived=derived_types(reading),
        substitutes=substitutes(reading),
        problems={key.removeprefix("element "): reason for key, reason in reading.broken.items()},
        notes=tuple(documents.notes),
    )


def _own(table: Table) -> list[Declared]:
    """What the documents declare; of the built-in copies only what they refer to is read."""
    return [one for one in table.values() if not one.document.location.startswith(PREFIX)]


def _visible(reading: Reading) -> dict[str, SimpleType | ComplexType]:
    return {key: found for key, found in reading.types.items() if "~" not in key or "/" in key.rpartition("}")[2]}


def _ordered(table: Table, read: Mapping[str, Element]) -> list[str]:
    return [name for name in table if name in read] + [name for name in read if name not in table]


def _read(reading: Reading, key: str) -> None:
    """Reads a type, its bases first."""
    waiting = [key]
    while waiting:
        top = waiting[-1]
        if top in reading.types or top in reading.broken:
            waiting.pop()
            continue
        place = reading.places[top]
        before = reading.spent
        try:
            missing = _first_missing(reading, place)
            if missing:
                _push(waiting, missing)
                continue
            simple = place.node.tag == SIMPLE_TYPE
            reading.types[top] = read_simple(reading, place) if simple else read_complex(reading, place)
        except Unresolved as error:
            reading.broken[top] = f"{top}: {error.detail}"
        reading.sizes[top] = reading.spent - before
        waiting.pop()


def _push(waiting: list[str], missing: str) -> None:
    if missing in waiting or len(waiting) > DERIVATIONS_MAX:
        raise Unresolved("it derives from itself, or over too many steps")
    waiting.append(missing)


def _first_missing(reading: Reading, place: Declared) -> str:
    """A type that has to be read before this one, "" when none is left."""
    simple = place.node.tag == SIMPLE_TYPE
    bases = [simple_base(reading, place)] if simple else complex_bases(reading, place)
    return next((one for one in bases if one and one not in reading.types and one not in reading.broken), "")
