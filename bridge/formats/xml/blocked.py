"""Which derived types an element lets stand in the place of its own: its `block` may forbid what its type allows."""

from __future__ import annotations

from bridge.formats.xml.layout import ComplexType, Element, Layout

_STEPS_MAX = 100


def unblocked(layout: Layout, element: Element) -> tuple[str, ...]:
    """The types derived from that of an element that may stand there, in document order."""
    derived = layout.derived.get(element.type, ())
    if not element.block:
        return derived
    return tuple(key for key in derived if _ways(layout, key, element.type).isdisjoint(element.block))


def _ways(layout: Layout, key: str, base: str) -> set[str]:
    """The ways of deriving that lead from a type up to its base."""
    found: set[str] = set()
    for _ in range(_STEPS_MAX):
        at = layout.types.get(key)
        if key == base or not isinstance(at, ComplexType):
            break
        found.add(at.derivation)
        key = at.base
    return found
