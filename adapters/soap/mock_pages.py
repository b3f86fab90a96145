"""The documents of a WSDL as a server hands them out: every import and every address leads to that server. Pure."""

from __future__ import annotations

from xml.sax.saxutils import escape

from lxml import etree

from adapters.soap.documents import DocumentSet, parse_document, references
from bridge.formats.xml.xsd.known import known_document, known_location

_BASE = "http://legacy-bridge-mock.invalid/"
"""Stands for the server's own address until a page is asked for."""
_ADDRESSES = {f"{{http://schemas.xmlsoap.org/wsdl/{kind}/}}address" for kind in ("soap", "soap12", "http")}
_REFERENCES = ("location", "schemaLocation")


class Pages:
    """The WSDL and all it imports, by the number in `?doc=`; 0 is the WSDL itself."""

    def __init__(self, docs: DocumentSet) -> None:
        self._docs = docs
        self._numbers: dict[str, int] = {docs.location: 0}
        self._pages: list[bytes] = []
        pending = [docs.location]
        while pending:
            root = self._root(pending.pop(0))
            self._pages.append(etree.tostring(root, xml_declaration=True, encoding="utf-8"))
            pending += list(self._numbers)[len(self._pages) + len(pending) :]

    def page(self, number: int, base: str) -> bytes | None:
        """One document, with `base` (no query) as the address of the service."""
        if not 0 <= number < len(self._pages):
            return None
        return self._pages[number].replace(_BASE.encode(), escape(base, {'"': "&quot;"}).encode())

    def _root(self, location: str) -> etree._Element:
        if location in self._docs.documents:
            root = parse_document(self._docs.documents[location], location)
        else:
            root = parse_document(etree.tostring(known_document(location)), location)
        for element in root.iter():
            if element.tag in _ADDRESSES:
                element.set("location", _BASE)
        self._redirect(root, location)
        return root

    def _redirect(self, root: etree._Element, location: str) -> None:
        """Points what the document refers to at our own copies; what nobody has loses its address."""
        copies = {one.target: self._copy(location, one.target, one.namespace) for one in references(root)}
        for element in root.iter(etree.Element):
            for name in _REFERENCES:
                written = (element.get(name) or "").strip()
                if written not in copies or not str(element.tag).endswith(("}import", "}include", "}redefine")):
                    continue
                if copies[written]:
                    element.set(name, f"{_BASE}?doc={self._number(copies[written])}")
                else:
                    del element.attrib[name]

    def _copy(self, base: str, target: str, namespace: str) -> str:
        return self._docs.follow(base, target) or known_location(target) or known_location(namespace)

    def _number(self, location: str) -> int:
        return self._numbers.setdefault(location, len(self._numbers))
