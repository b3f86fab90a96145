"""A second opinion on a Layout: the same schemas read by the `xmlschema` library, and where the two differ.

The library loses inherited facets of an empty restriction and rounds durations, so a facet it does not know is no
difference; bounds are compared for numbers only.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import xmlschema
from lxml import etree
from xmlschema.validators import XsdAnyElement, XsdElement

from bridge.formats.xml.layout import XSD, ComplexType, Element, Layout, Particle, SimpleType
from tests.bridge.formats.xml.xsd.collection import Documents
from tests.bridge.formats.xml.xsd.schemas import leaves

FACETS = {
    "length": "length",
    "minLength": "min_length",
    "maxLength": "max_length",
    "totalDigits": "total_digits",
    "fractionDigits": "fraction_digits",
    "minInclusive": "min_inclusive",
    "maxInclusive": "max_inclusive",
    "minExclusive": "min_exclusive",
    "maxExclusive": "max_exclusive",
}


def judge(documents: Documents) -> Any | None:
    """The library's reading; None when it cannot read these schemas, or only with errors."""

    def mapped(url: str) -> str:
        return documents.path(documents.entry, url) or url if "://" in url else url

    first: Any = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # imports that it cannot follow
        try:
            for source in documents.schemas():
                options: dict[str, Any] = {} if first is None else {"global_maps": first.maps}
                made = xmlschema.XMLSchema10(
                    etree.tostring(source.root, encoding="unicode", with_tail=False),
                    base_url=str(Path(source.location).parent),
                    validation="lax",
                    build=False,
                    allow="local",
                    uri_mapper=mapped,
                    **options,
                )
                first = first or made
            if first is None:
                return None
            first.build()
        except (xmlschema.XMLSchemaException, AssertionError, OSError):
            return None
    return None if any(one.all_errors for one in first.maps.iter_schemas()) else first


def difference(layout: Layout, theirs: Any, key: str) -> str:
    """Where the two readings of a global type differ, "" when they agree."""
    ours, other = layout.types[key], theirs.maps.types[key]
    if isinstance(ours, SimpleType):
        return _facets(ours, other)
    pairs = [("attributes", sorted(_attributes(ours)), sorted(_their_attributes(other)))]
    if _is_soap_array(layout, ours):
        return ""  # they keep the content of their base, on purpose
    if not ours.text:
        pairs.append(("content", list(_content(ours.content)), list(_their_content(other.content))))
    pairs.append(("abstract", [(ours.abstract,)], [(other.abstract,)]))
    return "; ".join(f"{key} {what}: {mine} ≠ {its}" for what, mine, its in pairs if mine != its)


def _is_soap_array(layout: Layout, found: ComplexType) -> bool:
    while found.base and "soap/encoding" not in found.base:
        found = layout.types[found.base]
    return bool(found.base)


def _attributes(found: ComplexType) -> Iterator[tuple[object, ...]]:
    for one in found.attributes:
        yield one.name, one.required, str(one.default), str(one.fixed), _named(one.type)


def _their_attributes(found: Any) -> Iterator[tuple[object, ...]]:
    for name, one in found.attributes.items():
        if name is not None and one.use != "prohibited":
            yield name, one.use == "required", str(one.default), str(one.fixed), str(one.type.name)


def _named(key: str) -> str:
    return "None" if "/" in key.rpartition("}")[2] else key


def _content(particle: Particle | None) -> Iterator[tuple[object, ...]]:
    for one in leaves(particle):
        if isinstance(one, Element):
            # A schema inside a message is free XML to us, and its own type without a name to them.
            name = "None" if one.name == f"{{{XSD}}}schema" else _named(one.type)
            yield one.name, one.min, one.max, name, one.nillable, one.default, one.fixed, one.ref
        else:
            yield "any", one.min, one.max, one.process


def _their_content(group: Any) -> Iterator[tuple[object, ...]]:
    for one in group:
        if one.max_occurs == 0:
            continue
        least, most = one.min_occurs, one.max_occurs
        if isinstance(one, XsdElement):
            ref = one.ref is not None
            yield one.name, least, most, str(one.type.name), one.nillable, one.default, one.fixed, ref
        elif isinstance(one, XsdAnyElement):
            yield "any", least, most, one.process_contents
        else:
            yield from _their_content(one)


def _facets(ours: SimpleType, theirs: Any) -> str:
    found = []
    for name, field in FACETS.items():
        its = getattr(theirs.facets.get(f"{{{XSD}}}{name}"), "value", None)
        mine = getattr(ours.facets, field)
        if its is not None and _number(its) is not None and _number(mine) != _number(its):
            found.append(f"{ours.key} {name}: {mine} ≠ {its}")
    values = theirs.enumeration
    if values and len(ours.facets.enumeration or ()) != len({str(one) for one in values}):
        found.append(f"{ours.key} enumeration: {ours.facets.enumeration} ≠ {values}")
    return "; ".join(found)


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
