"""What SOAP's encodings change in a schema, for the judge: the schemas of such services say less than they mean.

Every element may be nil (SOAP 1.1 §5.1), and a type derived from Array that names its items in `wsdl:arrayType` alone
has items (WSDL 1.1 §2.2), though XML Schema would have it empty. Knows neither codec nor Layout.
"""

from __future__ import annotations

from lxml import etree

from bridge.formats.xml.layout import ENCODINGS, XSD

XS = f"{{{XSD}}}"
_MODELS = frozenset(f"{XS}{name}" for name in ("sequence", "choice", "all", "group"))


def as_encoded(schema: etree._Element) -> None:
    """Changes a schema in place: every element may be nil, and arrays have items."""
    for element in schema.iter(f"{XS}element"):
        if element.get("ref") is None:
            element.set("nillable", "true")
    with_items(schema)


def with_items(schema: etree._Element) -> None:
    """Changes a schema in place: arrays have items. In literal messages as well: who declares an array means one."""
    for step in list(schema.iter(f"{XS}restriction")):
        if _is_array(step):
            _give_items(step)


def _is_array(step: etree._Element) -> bool:
    prefix, _, local = step.get("base", "").strip().rpartition(":")
    return local == "Array" and step.nsmap.get(prefix or None) in ENCODINGS


def _give_items(step: etree._Element) -> None:
    """What the Array itself allows: anything, judged by the type it says."""
    models = [one for one in step if one.tag in _MODELS]
    for one in models:
        if one.tag == f"{XS}sequence" and len(list(one.iter(f"{XS}element"))) == 1:
            for element in one.iter(f"{XS}element"):
                element.set("minOccurs", "0")
                element.set("maxOccurs", "unbounded")
    if not any(len(one) for one in models):
        for one in models:
            step.remove(one)
        sequence = etree.Element(f"{XS}sequence")
        etree.SubElement(sequence, f"{XS}any", {"minOccurs": "0", "maxOccurs": "unbounded", "processContents": "lax"})
        step.insert(1 if len(step) and step[0].tag == f"{XS}annotation" else 0, sequence)
