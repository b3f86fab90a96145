"""The names of XML Schema's own elements, and small readings of single nodes: references, occurrences, documentation.

Knows nodes, not components.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bridge.formats.xml.layout import XSD

# The drafts of XML Schema that early tools wrote, and what their types are called since 2001. What has no kin in it
# (a century, a recurring duration) is a text.
OLD_XSDS = (
    "http://www.w3.org/1999/XMLSchema",
    "http://www.w3.org/2000/08/XMLSchema",
    "http://www.w3.org/2000/10/XMLSchema",
)
OLD_TYPES = {
    "ur-type": "anyType",
    "urType": "anyType",
    "timeInstant": "dateTime",
    "timeDuration": "duration",
    "recurringDate": "gMonthDay",
    "recurringDay": "gDay",
    "month": "gYearMonth",
    "year": "gYear",
    "uriReference": "anyURI",
    "uri": "anyURI",
    "binary": "base64Binary",
    "CDATA": "normalizedString",
}

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


def current(name: str) -> str:
    """A Clark name in the namespace of 2001, where it was in that of a draft."""
    namespace = namespace_of(name)
    return f"{{{XSD}}}{name[len(namespace) + 2 :]}" if namespace in OLD_XSDS else name


def namespace_of(name: str) -> str:
    """The namespace of a Clark name."""
    return name[1:].partition("}")[0] if name.startswith("{") else ""


def local_of(name: str) -> str:
    """The local part of a Clark name."""
    return name.rpartition("}")[2]


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


def forbidden(node: etree._Element, root: etree._Element, name: str) -> frozenset[str]:
    """What the `block` or `final` of a component lists, or the default of its schema."""
    own = node.get(name)
    listed = frozenset((root.get(f"{name}Default", "") if own is None else own).split())
    return frozenset({"extension", "restriction", "substitution"}) if "#all" in listed else listed


def flag(node: etree._Element, name: str, *, default: bool = False) -> bool:
    """An xs:boolean attribute."""
    value = node.get(name)
    return default if value is None else value.strip() in {"true", "1"}


def occurs(node: etree._Element) -> tuple[int, int | None]:
    """The two occurrence attributes; None is unbounded. What is no number counts as 1, as if it were not there."""
    least, most = _count(node.get("minOccurs")), node.get("maxOccurs")
    if most is None:
        return least, max(1, least)
    if most.strip() in {"unbounded", "*"} or len(most.strip()) > _OCCURS_DIGITS_MAX:
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
