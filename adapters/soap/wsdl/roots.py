"""The parsed documents of one set, and the answers to the schema reader's question "what does this import mean?".

Each document is parsed once and always given as the same element, so that circles of imports are seen as such.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from adapters.soap.documents import DocumentSet, parse_document
from adapters.soap.wsdl.names import SCHEMA_TAGS, wsdl
from adapters.soap.wsdl.tidy import tidy
from bridge.formats.xml.xsd import Source


@dataclass(slots=True)
class Roots:
    """Parses on demand; raises ContractError for a document that is no XML."""

    docs: DocumentSet
    parsed: dict[str, etree._Element] = field(default_factory=dict)

    def of(self, location: str) -> etree._Element:
        root = self.parsed.get(location)
        if root is None:
            data = self.docs.documents[location]
            root = self.parsed[location] = parse_document(data, location)
            tidy(root, data)
        return root

    def resolve(self, base: str, namespace: str, reference: str | None) -> Source | None:
        """The schema that an import of `namespace` in the document at `base` means, if it can be had."""
        location = self.docs.follow(base, reference.strip()) if reference else None
        return None if location is None else self._schema(location, namespace)

    def _schema(self, location: str, namespace: str) -> Source | None:
        """A schemaLocation may name a WSDL; then the inline schema of that namespace is meant."""
        root = self.of(location)
        if root.tag in SCHEMA_TAGS:
            return Source(location, root)
        inline = (schema for schema in root.iterfind(f"{wsdl('types')}/*") if schema.tag in SCHEMA_TAGS)
        matching = (schema for schema in inline if schema.get("targetNamespace", "") == namespace)
        schema = next(matching, None)
        return None if schema is None else Source(location, schema)
