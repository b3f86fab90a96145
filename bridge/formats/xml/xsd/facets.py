"""Facets over the steps of derivation: what one restriction says, narrowed onto what its base says already.

Pure functions on `Facets`. A bound never widens; the pattern of each step stays an entry of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import msgspec
from lxml import etree

from bridge.formats.xml.layout import XSD
from bridge.formats.xml.xsd.documents import Document
from bridge.shapes.model import Facets, Kind

_COUNT_DIGITS_MAX = 9
_WHITE_SPACE = ("preserve", "replace", "collapse")
_ORDERED = {Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE}
_COUNTS = {
    "length": "length",
    "minLength": "min_length",
    "maxLength": "max_length",
    "totalDigits": "total_digits",
    "fractionDigits": "fraction_digits",
}
_BOUNDS = {
    "minInclusive": "min_inclusive",
    "maxInclusive": "max_inclusive",
    "minExclusive": "min_exclusive",
    "maxExclusive": "max_exclusive",
}


class Step(msgspec.Struct):
    """What one xs:restriction says."""

    counts: dict[str, int] = {}
    bounds: dict[str, str] = {}
    patterns: list[str] = []
    enumeration: list[str] = []
    white_space: str = ""


def read_step(restriction: etree._Element, document: Document, kind: Kind | None) -> Step:
    """The facets among the children of a restriction. What is unreadable counts as not said."""
    step = Step({}, {}, [], [])
    for node in restriction:
        value = node.get("value")
        if value is None or not isinstance(node.tag, str) or not node.tag.startswith(f"{{{XSD}}}"):
            continue
        local = node.tag.rpartition("}")[2]
        if local == "enumeration":
            named = kind in {Kind.QNAME, Kind.NOTATION}
            step.enumeration.append((document.expand(node, value) or value) if named else value)
        elif local == "pattern":
            step.patterns.append(value)
        elif local == "whiteSpace":
            step.white_space = value.strip() if value.strip() in _WHITE_SPACE else ""
        elif local in _BOUNDS:
            step.bounds[_BOUNDS[local]] = value.strip()
        elif local in _COUNTS and value.strip().isascii() and value.strip().isdigit():
            step.counts[_COUNTS[local]] = int(value.strip()[:_COUNT_DIGITS_MAX])
    return step


def narrow(base: Facets, step: Step, kind: Kind | None) -> Facets:
    """The facets that hold after a step of derivation from `base`."""
    white_space = max(base.white_space, step.white_space or base.white_space, key=_WHITE_SPACE.index)
    counts = {name: _narrower_count(name, getattr(base, name), step.counts.get(name)) for name in _COUNTS.values()}
    return Facets(
        length=counts["length"],
        min_length=counts["min_length"],
        max_length=counts["max_length"],
        total_digits=counts["total_digits"],
        fraction_digits=counts["fraction_digits"],
        patterns=base.patterns + (("|".join(step.patterns),) if step.patterns else ()),
        enumeration=_narrower_values(base.enumeration, step.enumeration, white_space),
        white_space=white_space,
        **_narrower_bounds(base, step.bounds, kind),
    )


def _narrower_count(name: str, base: int | None, new: int | None) -> int | None:
    if base is None or new is None:
        return new if base is None else base
    return max(base, new) if name == "min_length" else min(base, new)


def _narrower_values(base: tuple[str, ...] | None, new: Sequence[str], white_space: str) -> tuple[str, ...] | None:
    if not new:
        return base
    values = tuple(dict.fromkeys(normalised(value, white_space) for value in new))
    if base is None:
        return values
    allowed = set(base)
    # None in common is a schema that writes values another way ("1.0" for "1"): the newer step is the narrower.
    return tuple(value for value in values if value in allowed) or values


def normalised(text: str, white_space: str) -> str:
    """A text after the whiteSpace facet."""
    if white_space == "preserve":
        return text
    if white_space == "replace":
        return text.translate({9: 32, 10: 32, 13: 32})
    return " ".join(text.split())


def _narrower_bounds(base: Facets, new: dict[str, str], kind: Kind | None) -> dict[str, str | None]:
    bounds: dict[str, str | None] = {name: getattr(base, name) for name in _BOUNDS.values()}
    for side, sign in (("min", 1), ("max", -1)):
        inclusive, exclusive = f"{side}_inclusive", f"{side}_exclusive"
        for name in (inclusive, exclusive):
            value = new.get(name)
            if value is None:
                continue
            held = bounds[name]
            if held is None or _tighter(value, held, sign, kind):
                bounds[name] = value
        low, strict = bounds[inclusive], bounds[exclusive]
        if low is not None and strict is not None and (inclusive in new) != (exclusive in new):
            # One of the two says nothing beside the other: x >= 5 beside x > 5, or x > 4 beside x >= 5.
            loser = inclusive if not _tighter(low, strict, sign, kind, newer=inclusive in new) else exclusive
            bounds[loser] = None
    return bounds


def _tighter(value: str, than: str, sign: int, kind: Kind | None, *, newer: bool = True) -> bool:
    """Whether a bound is narrower. Kinds without a plain order (dates) believe the newer step, as it must narrow."""
    left, right = _number(value), _number(than)
    if kind not in _ORDERED or left is None or right is None:
        return newer
    return (left - right) * sign > 0 if left.is_finite() and right.is_finite() else newer


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace("INF", "Infinity"))
    except InvalidOperation:
        return None
