"""An independent judge of SOAP messages: libxml2 with the schemas of the WSDL itself, none of our reading.

All schemas are written to files, one aggregate a namespace, because libxml2 takes only the first import of a
namespace. What libxml2 cannot load, nobody judges; callers count that.
"""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from adapters.soap.documents import DocumentSet
from bridge.formats.xml.xsd.known import known_document, known_location

XS = "{http://www.w3.org/2001/XMLSchema}"
ENVELOPES = ("{http://schemas.xmlsoap.org/soap/envelope/}", "{http://www.w3.org/2003/05/soap-envelope}")


class Judge:
    """`schema` None: libxml2 cannot load these schemas, `why` says what it said."""

    def __init__(self, docs: DocumentSet, folder: Path) -> None:
        self.folder, self.docs = folder, docs
        self.files: dict[str, Path] = {}
        self.spaces: dict[str, list[Path]] = {}
        self.why = ""
        self._collect()
        self.schema = self._load()

    def verdict(self, envelope: bytes) -> str | None:
        """None: valid as far as it can be judged; else what libxml2 said. Every element that is globally declared in
        header and body is judged. Raises LookupError when none is."""
        root = etree.fromstring(envelope)
        judged = 0
        for space in ENVELOPES:
            for part in root.iterfind(f"{space}Header/*"):
                judged += self._judge(part)
            for part in root.iterfind(f"{space}Body/*"):
                judged += self._judge(part)
        if self.errors:
            return self.errors[0]
        if not judged:
            raise LookupError("nothing in this message is globally declared")
        return None

    errors: list[str]

    def _judge(self, element: etree._Element) -> int:
        self.errors = getattr(self, "errors", [])
        if self.schema is None:
            return 0
        if not self.schema.validate(element):
            message = str(self.schema.error_log[0].message)
            if "No matching global declaration" in message and element.tag in message:
                return 0
            self.errors.append(message)
        return 1

    def fresh(self) -> Judge:
        self.errors = []
        return self

    # ── the files ────────────────────────────────────────────────────────────────────────────────────────────────

    def _collect(self) -> None:
        number = 0
        parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=True)
        self.roots: dict[Path, tuple[str, etree._Element]] = {}
        for location, data in self.docs.documents.items():
            root = etree.fromstring(data, parser)
            schemas = [root] if root.tag == f"{XS}schema" else list(root.iter(f"{XS}schema"))
            for schema in schemas:
                path = self.folder / f"s{number}.xsd"
                number += 1
                if schema is root:
                    self.files[location] = path
                # Written and read, not copied: only so are prefixes kept that stand in attribute values alone.
                alone = etree.fromstring(etree.tostring(schema, with_tail=False), parser)
                self.roots[path] = (location, alone)
                self.spaces.setdefault(schema.get("targetNamespace", "").strip(), []).append(path)

    def _add_known(self) -> None:
        """The well-known schemas that services use without shipping them (copies of the W3C's and OASIS's)."""
        wanted = {one.get("namespace", "") for _, root in self.roots.values() for one in root.iter(f"{XS}import")}
        wanted |= {uri for _, root in self.roots.values() for one in root.iter() for uri in one.nsmap.values()}
        for space in sorted(wanted - self.spaces.keys()):
            if location := known_location(space):
                path = self.folder / f"known{len(self.roots)}.xsd"
                self.roots[path] = (location, known_document(location))
                self.spaces[space] = [path]

    def _load(self) -> etree.XMLSchema | None:
        for _ in range(3):  # the known ones refer to each other
            self._add_known()
        included = self._included()
        for path, (location, root) in self.roots.items():
            for one in list(root.iter(f"{XS}import")):
                space = one.get("namespace", "")
                one.attrib.pop("schemaLocation", None)
                if space in self.spaces and space != root.get("targetNamespace", ""):
                    one.set("schemaLocation", f"all{list(self.spaces).index(space)}.xsd")
                elif space == root.get("targetNamespace"):
                    one.getparent().remove(one)  # an import of its own namespace says nothing
            self._import_all(root)
            for one in [*root.iter(f"{XS}include"), *root.iter(f"{XS}redefine")]:
                found = self.docs.follow(location, one.get("schemaLocation", ""))
                if found in self.files:
                    one.set("schemaLocation", self.files[found].name)
            path.write_bytes(etree.tostring(root))
        for index, (space, paths) in enumerate(self.spaces.items()):
            target = f' targetNamespace="{space}"' if space else ""
            lines = "".join(f'<xs:include schemaLocation="{path.name}"/>' for path in paths if path not in included)
            text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"{target}>{lines}</xs:schema>'
            (self.folder / f"all{index}.xsd").write_text(text)
        imports = "".join(
            f'<xs:import{f" namespace={chr(34)}{space}{chr(34)}" if space else ""} schemaLocation="all{index}.xsd"/>'
            for index, space in enumerate(self.spaces)
        )
        text = (
            f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:judge">{imports}</xs:schema>'
        )
        main = self.folder / "main.xsd"
        main.write_text(text)
        try:
            return etree.XMLSchema(file=str(main))
        except etree.LxmlError as error:
            self.why = str(error)[:300]
            return None

    def _import_all(self, root: etree._Element) -> None:
        """Many schemas refer to a namespace they forgot to import; a tool that loads them takes that as imported."""
        imported = {one.get("namespace", "") for one in root.iter(f"{XS}import")} | {root.get("targetNamespace", "")}
        spaces = {space for one in root.iter() for space in one.nsmap.values() if isinstance(space, str)}
        for space in sorted(spaces & self.spaces.keys() - imported):
            one = etree.Element(f"{XS}import", namespace=space)
            one.set("schemaLocation", f"all{list(self.spaces).index(space)}.xsd")
            root.insert(0, one)

    def _included(self) -> set[Path]:
        """Documents that others include are not included again by the aggregate."""
        found = set()
        for location, root in self.roots.values():
            for one in [*root.iter(f"{XS}include"), *root.iter(f"{XS}redefine")]:
                target = self.docs.follow(location, one.get("schemaLocation", ""))
                if target in self.files:
                    found.add(self.files[target])
        return found
