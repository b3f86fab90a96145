"""Canonical XML of one element (C14N 1.0 and Exclusive C14N 1.0), by libxml2. Pure."""

from __future__ import annotations

from lxml import etree
from lxml.etree import _Element as XmlElement

from adapters.soap.security.names import C14N_EXCLUSIVE, C14N_INCLUSIVE, XML

PREFIXES_MAX = 100
DEFAULT = "#default"


def canonical(element: XmlElement, algorithm: str, prefixes: tuple[str, ...] = ()) -> bytes:
    """`prefixes`: those that the exclusive form treats as the inclusive one does.

    The forms that keep comments are the same here, as no comment survives our parser.
    """
    if algorithm in C14N_EXCLUSIVE and not prefixes:
        return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    if algorithm in C14N_EXCLUSIVE:
        if DEFAULT in prefixes:
            # lxml hands libxml2 only words that a document of this thread has had; this one can be no prefix there.
            etree.fromstring(f'<known xmlns:x="{DEFAULT}"/>', _parser())
        apart = etree.fromstring(etree.tostring(element, with_tail=False), _parser())
        return etree.tostring(
            apart, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=list(prefixes)
        )
    if algorithm in C14N_INCLUSIVE:
        return etree.tostring(_with_context(element), method="c14n", exclusive=False, with_comments=False)
    raise ValueError(f"{algorithm} is no canonical form that is known here")


def _with_context(element: XmlElement) -> XmlElement:
    """A copy that says itself what it inherits: namespaces, and `xml:` attributes (C14N 1.0 §2.4)."""
    apart = etree.fromstring(etree.tostring(element, with_tail=False), _parser())
    above = element.getparent()
    while above is not None:
        for name, value in above.attrib.items():
            if str(name).startswith(f"{{{XML}}}") and apart.get(name) is None:
                apart.set(name, value)
        above = above.getparent()
    return apart


def _parser() -> etree.XMLParser:
    # What is read was an lxml tree a moment ago, so there is no DTD in it and nothing to expand.
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
