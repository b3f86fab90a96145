"""Who derives from whom, and which elements may stand for which: both transitive, in document order.

What `block` and `final` forbid is not listed, as no valid message holds it. The `block` of an element against types
stands with the element (blocked.py): what is listed here belongs to the type, wherever it is used.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.formats.xml.layout import ComplexType, Element
from bridge.formats.xml.xsd.documents import Declared
from bridge.formats.xml.xsd.names import forbidden
from bridge.formats.xml.xsd.reading import Reading

_STEPS_MAX = 100
_FINAL = "final"


def derived_types(reading: Reading) -> dict[str, tuple[str, ...]]:
    """For each complex type, the named types derived from it: those that xsi:type can name."""
    found: dict[str, list[str]] = {}
    for name in reading.documents.types:
        for ancestor, ways in _ancestors(reading, name):
            if not ways & {_FINAL, *_said(reading.documents.types.get(ancestor), "block")}:
                found.setdefault(ancestor, []).append(name)
    return {key: tuple(names) for key, names in found.items()}


def _ancestors(reading: Reading, name: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each type above one, with the ways of deriving that lead there, a step that should not be among them."""
    at = reading.types.get(name)
    ways: frozenset[str] = frozenset()
    for _ in range(_STEPS_MAX):
        if not isinstance(at, ComplexType) or not at.base:
            return
        forbidden = at.derivation in _said(reading.documents.types.get(at.base), "final")
        ways |= {at.derivation, _FINAL} if forbidden else {at.derivation}
        yield at.base, ways
        at = reading.types.get(at.base)


def _said(declared: Declared | None, name: str) -> frozenset[str]:
    """What a component's `block` or `final` lists, or the default of its schema."""
    return frozenset() if declared is None else forbidden(declared.node, declared.document.root, name)


def substitutes(reading: Reading) -> dict[str, tuple[str, ...]]:
    """For each head, the elements of its substitution group that are not abstract."""
    found: dict[str, list[str]] = {}
    for name in reading.documents.elements:
        element = reading.elements.get(name)
        if element is None or element.abstract:
            continue
        for head in dict.fromkeys(_heads(reading, name)):
            if head != name and head in reading.elements and _may_replace(reading, element, reading.elements[head]):
                found.setdefault(head, []).append(name)
    return {head: tuple(names) for head, names in found.items()}


def _may_replace(reading: Reading, element: Element, head: Element) -> bool:
    declared = reading.documents.elements.get(head.name)
    blocked = _said(declared, "block")
    if "substitution" in blocked:
        return False
    forbidden = {_FINAL} | blocked | _said(declared, "final") | _said(reading.documents.types.get(head.type), "block")
    ways = dict(_ancestors(reading, element.type)).get(head.type, frozenset())
    return not ways & forbidden


def _heads(reading: Reading, name: str) -> Iterator[str]:
    for _ in range(_STEPS_MAX):
        if name not in reading.heads:
            return
        name = reading.heads[name]
        yield name
