"""Mistakes in published schemas that say nothing, taken out so that the validators load the rest of them.

Only attributes that XML Schema does not know where they stand: every tool that loads such a schema passes over them.
"""

from __future__ import annotations

from lxml import etree

from bridge.formats.xml.layout import XSD

XS = f"{{{XSD}}}"
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
