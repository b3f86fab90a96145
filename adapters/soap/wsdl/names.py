"""The namespaces of WSDL 1.1 and how its texts are read: QNames, documentation, token lists.

Knows lxml elements only; nothing about documents or where they come from.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bridge.formats.xml.layout import XSD
from bridge.formats.xml.xsd.names import OLD_XSDS

WSDL = "http://schemas.xmlsoap.org/wsdl/"
WSDL2 = "http://www.w3.org/ns/wsdl"
SOAP11 = f"{WSDL}soap/"
SOAP12 = f"{WSDL}soap12/"
HTTP = f"{WSDL}http/"
MIME = f"{WSDL}mime/"
ADDRESSING = (
    "http://www.w3.org/2007/05/addressing/metadata",
    "http://www.w3.org/2006/05/addressing/wsdl",
    "http://www.w3.org/2005/02/addressing/wsdl",
    "http://schemas.xmlsoap.org/ws/2004/08/addressing",
)
SCHEMA_TAGS = tuple(f"{{{namespace}}}schema" for namespace in (XSD, *OLD_XSDS))

_UNDECLARED = "undeclared prefix "
DOC_CHARACTERS_MAX = 4000


def wsdl(name: str) -> str:
    """The Clark name of a WSDL element."""
    return f"{{{WSDL}}}{name}"


def local(name: str) -> str:
    """The local part of a Clark name."""
    return name.rpartition("}")[2]


def namespace_of(name: str) -> str:
    """The namespace of a Clark name, "" when it has none."""
    return name[1:].partition("}")[0] if name.startswith("{") else ""


def clark(element: etree._Element, text: str) -> str:
    """A QName as written at `element`, in Clark notation. An undeclared prefix stays visible in the name."""
    prefix, _, name = text.strip().rpartition(":")
    prefix, name = prefix.strip(), name.strip()
    namespace = element.nsmap.get(prefix or None)
    if namespace is None:
        return f"{{{_UNDECLARED}{prefix}}}{name}" if prefix else name
    return f"{{{XSD if namespace in OLD_XSDS else namespace}}}{name}"


def undeclared(name: str) -> bool:
    """Whether a Clark name came from a QName with an undeclared prefix."""
    return name.startswith(f"{{{_UNDECLARED}")


def target_of(element: etree._Element) -> str:
    """The target namespace of the definitions that `element` stands in."""
    return element.getroottree().getroot().get("targetNamespace", "")


def named(element: etree._Element) -> str:
    """The Clark name of a named component of WSDL."""
    name, target = element.get("name", "").strip(), target_of(element)
    return f"{{{target}}}{name}" if target else name


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The WSDL children of that name."""
    return element.iterchildren(wsdl(name))


def direction(operation: etree._Element, way: str) -> etree._Element | None:
    """Its input or output; in a binding some generators put it into the namespace of SOAP."""
    exact = operation.find(wsdl(way))
    return exact if exact is not None else next(operation.iterchildren(f"{{*}}{way}"), None)


def documentation(element: etree._Element | None) -> str:
    """The text of its wsdl:documentation, white space collapsed, bounded."""
    node = None if element is None else element.find(wsdl("documentation"))
    if node is None:
        return ""
    text = " ".join("".join(str(piece) for piece in node.itertext()).split())
    return text if len(text) <= DOC_CHARACTERS_MAX else text[: DOC_CHARACTERS_MAX - 1] + "…"
