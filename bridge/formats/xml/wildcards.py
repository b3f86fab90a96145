"""What may stand at a wildcard (XML Schema part 1, §3.10): which namespaces, and which elements are known there.

`processContents="strict"` is not enforced on names: .NET writes it wherever it means "any XML at all", and refusing
what such services live on would help nobody. Namespaces are enforced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridge.formats.xml.layout import XSD, ComplexType, Element, Layout, Wildcard

TYPED_MAX = 100
"""How many known elements one wildcard offers in their typed form; the others travel in the free form."""
ANY, OTHER = "##any", "##other"


def allows(wildcard: Wildcard, name: str) -> bool:
    """Whether an element or attribute of this Clark name may stand there."""
    space = name[1:].partition("}")[0] if name.startswith("{") else ""
    if ANY in wildcard.namespaces:
        return True
    if OTHER in wildcard.namespaces:
        return space not in {"", wildcard.target}  # no namespace at all is not "other" (§3.10.4)
    return space in wildcard.namespaces


def name_pattern(wildcard: Wildcard) -> str:
    """The namespaces as an XSD pattern of Clark names; "" where every one may stand. `##other` than one namespace
    cannot be said in a pattern of this kind; it only says that there is one."""
    if ANY in wildcard.namespaces:
        return ""
    if OTHER in wildcard.namespaces:
        return r"\{[^{}]+\}[^{}]*"
    ways = [rf"\{{{quoted(space)}\}}[^{{}}]*" if space else r"[^{}]*" for space in wildcard.namespaces]
    return "|".join(ways)


def example_name(wildcard: Wildcard) -> str:
    """A name that nobody declares and that may stand there."""
    if ANY in wildcard.namespaces:
        return "note"
    if OTHER in wildcard.namespaces:
        return "{urn:example}note"
    space = wildcard.namespaces[0] if wildcard.namespaces else ""
    return f"{{{space}}}note" if space else "note"


def told(wildcard: Wildcard) -> str:
    """The namespaces in words."""
    if OTHER in wildcard.namespaces:
        return f"a namespace other than {wildcard.target}" if wildcard.target else "any namespace"
    return " or ".join(space or "no namespace" for space in wildcard.namespaces)


def known(layout: Layout, wildcard: Wildcard, messages: frozenset[str]) -> list[Element]:
    """The global elements that have a typed form there: those that are no operation's own message; where the schema
    is strict and knows only such, they."""
    if wildcard.process == "skip":
        return []
    fitting = list(_fitting(layout, wildcard))
    inner = [element for element in fitting if element.name not in messages]
    if not inner and wildcard.process == "strict":
        inner = fitting
    return inner[:TYPED_MAX]


def _fitting(layout: Layout, wildcard: Wildcard) -> Iterator[Element]:
    for element in layout.elements.values():
        # A schema inside a message is known by name only (see View): nothing declares it.
        if element.name != f"{{{XSD}}}schema" and allows(wildcard, element.name) and not _is_open(layout, element):
            yield element


def _is_open(layout: Layout, element: Element) -> bool:
    """What is abstract without a derived type, or of a type that is not known: there is no typed form."""
    if element.abstract:
        return True
    found = layout.types.get(element.type)
    if found is None:
        return True
    return isinstance(found, ComplexType) and found.abstract and not layout.derived.get(element.type)


def quoted(space: str) -> str:
    """A namespace as a pattern that matches it and nothing else."""
    return re.sub(r"([\\|.?*+(){}\[\]^$-])", r"\\\1", space)
