"""Who derives from whom, and which elements may stand for which: both transitive, in document order."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.formats.xml.layout import ComplexType
from bridge.formats.xml.xsd.reading import Reading

_STEPS_MAX = 100


def derived_types(reading: Reading) -> dict[str, tuple[str, ...]]:
    """For each complex type, the named types derived from it: those that xsi:type can name."""
    found: dict[str, list[str]] = {}
    for name in reading.documents.types:
        for ancestor in _ancestors(reading, name):
            found.setdefault(ancestor, []).append(name)
    return {key: tuple(names) for key, names in found.items()}


def _ancestors(reading: Reading, name: str) -> Iterator[str]:
    at = reading.types.get(name)
    for _ in range(_STEPS_MAX):
        if not isinstance(at, ComplexType) or not at.base:
            return
        yield at.base
        at = reading.types.get(at.base)


def substitutes(reading: Reading) -> dict[str, tuple[str, ...]]:
    """For each head, the elements of its substitution group that are not abstract."""
    found: dict[str, list[str]] = {}
    for name in reading.documents.elements:
        element = reading.elements.get(name)
        if element is None or element.abstract:
            continue
        for head in dict.fromkeys(_heads(reading, name)):
            if head != name and head in reading.elements:
                found.setdefault(head, []).append(name)
    return {head: tuple(names) for head, names in found.items()}


def _heads(reading: Reading, name: str) -> Iterator[str]:
    for _ in range(_STEPS_MAX):
        if name not in reading.heads:
            return
        name = reading.heads[name]
        yield name
