"""The pinned document set: a WSDL with everything it imports, as bytes, so that reading needs no network and no disk.

Knows what a document refers to, not how to get it (documents_gather.py) nor what may be got (documents_rules.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec
from lxml import etree

from bridge.errors import ContractError
from bridge.formats.xml.layout import XSD
from bridge.formats.xml.safe import UnsafeXml, parse_schema_document
from bridge.formats.xml.xsd.names import OLD_XSDS

Kind = Literal["wsdl", "schema"]

_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_XSDS = (XSD, *OLD_XSDS)
_SCHEMA_TAGS = {f"{{{namespace}}}schema" for namespace in _XSDS}
_SCHEMA_REFERENCES = tuple(
    f"{{{namespace}}}{name}" for namespace in _XSDS for name in ("import", "include", "redefine")
)
_WSDL_REFERENCES = (f"{{{_WSDL}}}import", f"{{{_WSDL}}}include")


class DocumentSet(msgspec.Struct, frozen=True):
    """`documents` by location (a URL or an absolute path); `links`: location → reference as written → location.

    `files`: location → path, for what was read from a disk. `notes`: readable lines about what was mended or is
    missing. Only the first three decide the contract, so only they make up `digest`.
    """

    location: str
    documents: dict[str, bytes]
    links: dict[str, dict[str, str]] = {}
    files: dict[str, str] = {}
    notes: tuple[str, ...] = ()

    def follow(self, base: str, reference: str) -> str | None:
        """Where `reference`, written in the document at `base`, leads; None: nowhere that is in the set."""
        return self.links.get(base, {}).get(reference)

    @property
    def digest(self) -> str:
        """A hash over everything a reading depends on."""
        total = hashlib.sha256(self.location.encode())
        for location in sorted(self.documents):
            links = sorted(self.links.get(location, {}).items())
            body = hashlib.sha256(self.documents[location]).digest()
            total.update(msgspec.msgpack.encode((location, body, links)))
        return total.hexdigest()


class Reference(NamedTuple):
    """One import as a document writes it."""

    kind: Kind
    target: str
    namespace: str


def parse_document(data: bytes, location: str) -> etree._Element:
    """A document's root. Raises ContractError that names the document."""
    try:
        return parse_schema_document(data)
    except UnsafeXml as error:
        raise ContractError(f"{location} cannot be read: {error.detail[:400]}") from error


def references(root: etree._Element) -> list[Reference]:
    """What the document imports, in order; imports without a location are none."""
    if root.tag in _SCHEMA_TAGS:
        return list(_schema_references(root))
    found = [
        Reference("wsdl", target, element.get("namespace", ""))
        for element in root.iterchildren(*_WSDL_REFERENCES)
        if (target := element.get("location", "").strip())
    ]
    for types in root.iterchildren(f"{{{_WSDL}}}types"):
        for schema in types.iterchildren(*_SCHEMA_TAGS):
            found.extend(_schema_references(schema))
    return found


def _schema_references(schema: etree._Element) -> Iterator[Reference]:
    for element in schema.iterchildren(*_SCHEMA_REFERENCES):
        namespace = element.get("namespace", "").strip()
        # What XML Schema says of itself is known to every reader of it; some ask for it all the same.
        if (target := element.get("schemaLocation", "").strip()) and namespace not in _XSDS:
            yield Reference("schema", target, namespace)


def namespaces(root: etree._Element) -> list[str]:
    """The target namespaces of the schemas in a document."""
    schemas = [root] if root.tag in _SCHEMA_TAGS else root.iterfind(f"{{{_WSDL}}}types/*")
    return [schema.get("targetNamespace", "") for schema in schemas if schema.tag in _SCHEMA_TAGS]
