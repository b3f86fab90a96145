"""Mistakes in published schemas that say nothing, taken out so that the validators load the rest of them.

Attributes that XML Schema does not know where they stand: every tool that loads such a schema passes over them. And
blanks around names, which XML Schema collapses (part 2, §4.3.6) and libxml2 takes for part of the name.
"""

from __future__ import annotations

from lxml import etree

from bridge.formats.xml.layout import XSD

XS = f"{{{XSD}}}"
_NAMES = {"name", "ref", "type", "base", "itemType", "substitutionGroup"}
_OCCURS = ("minOccurs", "maxOccurs")
_KNOWN: dict[str, frozenset[str]] = {
    f"{XS}{name}": frozenset({"id", *attributes})
    for name, attributes in {
        "complexType": ("name", "mixed", "abstract", "final", "block"),
        "simpleType": ("name", "final"),
        "attribute": ("name", "ref", "type", "use", "default", "fixed", "form"),
        "sequence": _OCCURS,
        "choice": _OCCURS,
        "all": _OCCURS,
        "import": ("namespace", "schemaLocation"),
        "include": ("schemaLocation",),
        "restriction": ("base",),
        "extension": ("base",),
    }.items()
}


def mend(schema: etree._Element) -> None:
    """Changes a schema in place."""
    for element in schema.iter(*_KNOWN):
        known = _KNOWN[str(element.tag)]
        for name in [str(name) for name in element.attrib]:
            if not name.startswith("{") and name not in known:
                element.attrib.pop(name, "")
    for element in schema.iter(f"{XS}*"):
        for name in _NAMES & set(map(str, element.attrib)):
            element.set(name, str(element.get(name)).strip())
