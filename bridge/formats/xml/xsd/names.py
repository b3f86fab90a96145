"""The names of XML Schema's own elements, and small readings of single nodes: references, occurrences, documentation.

Knows nodes, not components.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bridge.formats.xml.layout import XSD

DOC_MAX = 2_000
# maxOccurs in the millions says "many" and nothing else; codecs count with it.
_OCCURS_DIGITS_MAX = 9


def xs(local: str) -> str:
    """The Clark name of one of XML Schema's own elements."""
    return f"{{{XSD}}}{local}"


SCHEMA = xs("schema")
ANNOTATION, DOCUMENTATION = xs("annotation"), xs("documentation")
INCLUDE, IMPORT, REDEFINE = xs("include"), xs("import"), xs("redefine")
ELEMENT, ATTRIBUTE, GROUP, ATTRIBUTE_GROUP = xs("element"), xs("attribute"), xs("group"), xs("attributeGroup")
SIMPLE_TYPE, COMPLEX_TYPE = xs("simpleType"), xs("complexType")
SEQUENCE, CHOICE, ALL, ANY, ANY_ATTRIBUTE = xs("sequence"), xs("choice"), xs("all"), xs("any"), xs("anyAttribute")
SIMPLE_CONTENT, COMPLEX_CONTENT = xs("simpleContent"), xs("complexContent")
RESTRICTION, EXTENSION, LIST, UNION = xs("restriction"), xs("extension"), xs("list"), xs("union")


def clark(namespace: str, local: str) -> str:
    """A name in Clark notation; no namespace is no braces."""
    return f"{{{namespace}}}{local}" if namespace else local


def namespace_of(name: str) -> str:
    """The namespace of a Clark name."""
    return name[1:].partition("}")[0] if name.startswith("{") else ""


def child(node: etree._Element, *tags: str) -> etree._Element | None:
    """The first child with one of these tags."""
    for one in node:
        if one.tag in tags:
            return one
    return None


def children(node: etree._Element, *tags: str) -> Iterator[etree._Element]:
    """The children with one of these tags, in order."""
    for one in node:
        if one.tag in tags:
            yield one


def flag(node: etree._Element, name: str, *, default: bool = False) -> bool:
    """An xs:boolean attribute."""
    value = node.get(name)
    return default if value is None else value.strip() in {"true", "1"}


def occurs(node: etree._Element) -> tuple[int, int | None]:
    """The two occurrence attributes; None is unbounded. What is no number counts as 1, as if it were not there."""
    least, most = _count(node.get("minOccurs")), node.get("maxOccurs")
    if most is None:
        return least, max(1, least)
    if most.strip() == "unbounded" or len(most.strip()) > _OCCURS_DIGITS_MAX:
        return least, None
    top = _count(most)
    return min(least, top), top


def _count(text: str | None) -> int:
    stripped = (text or "").strip()
    return int(stripped[:_OCCURS_DIGITS_MAX]) if stripped.isascii() and stripped.isdigit() else 1


def documentation(node: etree._Element) -> str:
    """The text of xs:documentation, white space normalised, bounded."""
    annotation = next(iter(node), None)
    if annotation is None or annotation.tag != ANNOTATION:
        return ""
    texts = ("".join(map(str, one.itertext())) for one in children(annotation, DOCUMENTATION))
    return " ".join(" ".join(texts).split())[:DOC_MAX]
