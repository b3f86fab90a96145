"""The schemas of a WSDL as files that a validator loads by itself: what the documents say, none of our reading.

One aggregate a namespace, because libxml2 takes only the first import of a namespace. What the messages of operations
are made of is synthesised beside them (judge_messages.py). Knows neither codec nor Layout.
"""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from adapters.soap.documents import DocumentSet, parse_document
from adapters.soap.judge_encoded import as_encoded, with_items
from adapters.soap.judge_mends import mend
from bridge.formats.xml.layout import ENCODINGS, XSD
from bridge.formats.xml.writing import escape_attribute
from bridge.formats.xml.xsd.known import known_document, known_location

XS = f"{{{XSD}}}"
XML = "http://www.w3.org/XML/1998/namespace"
JUDGE = "urn:judge"
"""The namespace of what is synthesised."""

_KNOWN_ROUNDS = 3


class SchemaFiles:
    """Every schema of a document set in `folder`; `main` imports them all.

    `spaces`: target namespace → its files. `encoded`: see judge_encoded.py.
    """

    def __init__(self, docs: DocumentSet, folder: Path, *, encoded: bool = False) -> None:
        self._docs, self._folder = docs, folder
        self._files: dict[str, Path] = {}
        self._roots: dict[Path, tuple[str, etree._Element]] = {}
        self._encodings: set[str] = set()
        self.spaces: dict[str, list[Path]] = {}
        self._used: set[str] = set()
        self._collect()
        for _ in range(_KNOWN_ROUNDS):  # the known ones refer to each other
            self._add_known()
        for _, root in self._roots.values():
            mend(root)
            (as_encoded if encoded else with_items)(root)
        self._write()

    def main(self, messages: str = "") -> Path:
        """The file to load. `messages`: declarations of the namespace `urn:judge`, with names as `qname` gives."""
        imports = "".join(
            f'<xs:import{_given("namespace", space)} schemaLocation="all{index}.xsd"/>'
            for index, space in enumerate(self.spaces)
        )
        # The namespace of xml: may have no other prefix.
        named = [(index, space) for index, space in enumerate(self.spaces) if space != XML]
        prefixes = "".join(_given(f"xmlns:n{index}", space) for index, space in named)
        path = self._folder / ("messages.xsd" if messages else "main.xsd")
        head = f'<xs:schema xmlns:xs="{XSD}"{prefixes} targetNamespace="{JUDGE}">'
        path.write_text(f"{head}{imports}{messages}</xs:schema>", encoding="utf-8")
        return path

    def qname(self, name: str) -> str | None:
        """A Clark name as `main` writes it; None where there is no schema for its namespace."""
        space, _, local = name.rpartition("}")
        space = space[1:]
        if space == XSD:
            return f"xs:{local}"
        if space == XML:
            return f"xml:{local}"
        if space not in self.spaces:
            return None
        return f"n{list(self.spaces).index(space)}:{local}" if space else local

    # ── what there is ────────────────────────────────────────────────────────────────────────────────────────────

    def _collect(self) -> None:
        for location, data in self._docs.documents.items():
            root = parse_document(data, location)
            self._encodings |= {space for space in ENCODINGS if space in root.nsmap.values()}
            for schema in [root] if root.tag == f"{XS}schema" else list(root.iter(f"{XS}schema")):
                path = self._folder / f"s{len(self._roots)}.xsd"
                if schema is root:
                    self._files[location] = path
                # Written and read, not copied: only so are prefixes kept that stand in attribute values alone.
                alone = parse_document(etree.tostring(schema, encoding="utf-8", with_tail=False), location)
                self._roots[path] = (location, alone)
                self.spaces.setdefault(schema.get("targetNamespace", "").strip(), []).append(path)

    def _add_known(self) -> None:
        """The well-known schemas that services use without shipping them (copies of the W3C's and OASIS's)."""
        wanted = set(self._encodings)  # parts refer to their types without any schema
        wanted |= {one.get("namespace", "") for _, root in self._roots.values() for one in root.iter(f"{XS}import")}
        wanted |= {uri for _, root in self._roots.values() for one in root.iter() for uri in one.nsmap.values()}
        for space in sorted(wanted - self.spaces.keys()):
            if location := known_location(space):
                path = self._folder / f"known{len(self._roots)}.xsd"
                self._roots[path] = (location, known_document(location))
                self.spaces[space] = [path]

    # ── the files ────────────────────────────────────────────────────────────────────────────────────────────────

    def _write(self) -> None:
        included = self._included()
        for path, (location, root) in self._roots.items():
            self._imports(root)
            self._import_all(root)
            self._includes(root, location)
            _without_keys(root)
            path.write_bytes(etree.tostring(root, encoding="utf-8"))
        for index, (space, paths) in enumerate(self.spaces.items()):
            lines = "".join(f'<xs:include schemaLocation="{path.name}"/>' for path in paths if path not in included)
            text = f'<xs:schema xmlns:xs="{XSD}"{_given("targetNamespace", space)}>{lines}</xs:schema>'
            (self._folder / f"all{index}.xsd").write_text(text, encoding="utf-8")

    def _imports(self, root: etree._Element) -> None:
        target = root.get("targetNamespace", "")
        for one in list(root.iter(f"{XS}import")):
            space, parent = one.get("namespace", ""), one.getparent()
            one.attrib.pop("schemaLocation", "")
            if space == target and parent is not None:
                parent.remove(one)  # an import of its own namespace says nothing
            elif space in self.spaces:
                one.set("schemaLocation", f"all{list(self.spaces).index(space)}.xsd")

    def _includes(self, root: etree._Element, location: str) -> None:
        for one in list(root.iter(f"{XS}include", f"{XS}redefine")):
            found, parent = self._docs.follow(location, one.get("schemaLocation", "")), one.getparent()
            if found in self._files:
                one.set("schemaLocation", self._files[found].name)
            elif parent is not None:
                parent.remove(one)  # no validator is to look for it anywhere else

    def _import_all(self, root: etree._Element) -> None:
        """Many schemas refer to a namespace they forgot to import; a tool that loads them takes that as imported."""
        imported = {one.get("namespace", "") for one in root.iter(f"{XS}import")} | {root.get("targetNamespace", "")}
        spaces = {space for one in root.iter() for space in one.nsmap.values() if isinstance(space, str)}
        for space in sorted(spaces & self.spaces.keys() - imported):
            one = etree.Element(f"{XS}import", {"namespace": space})
            one.set("schemaLocation", f"all{list(self.spaces).index(space)}.xsd")
            root.insert(0, one)

    def _included(self) -> set[Path]:
        """Documents that others include are not included again by the aggregate."""
        found = set()
        for location, root in self._roots.values():
            for one in root.iter(f"{XS}include", f"{XS}redefine"):
                target = self._docs.follow(location, one.get("schemaLocation", ""))
                if target in self._files:
                    found.add(self._files[target])
        return found


def _without_keys(root: etree._Element) -> None:
    """Keys compare values all over a message: no JSON Schema can say them and no codec changes what they compare, so
    whether a made-up message obeys them proves nothing."""
    for one in list(root.iter(f"{XS}key", f"{XS}keyref", f"{XS}unique")):
        holder = one.getparent()
        if holder is not None:
            holder.remove(one)


def _given(attribute: str, value: str) -> str:
    return f' {attribute}="{escape_attribute(value)}"' if value else ""
