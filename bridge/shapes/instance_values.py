"""The values that a scalar may have at one place, as JSON: its edges, less what that place cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bridge.call import JsonValue
from bridge.shapes import patterns
from bridge.shapes.instance_scalars import Edge, edges
from bridge.shapes.lexical import BASE64, BINARY, DATES, FLOATS, NAMES, NUMBERS, normalised, value_of
from bridge.shapes.model import Kind, ListOf, Scalar, Shape, Union
from bridge.shapes.numbers import SPECIAL, json_number

Value = tuple[str, JsonValue]
WORD = r"\S+"
"""The pattern that texts have as items of a list on the wire."""


def values_of(
    shape: Shape,
    holder: str,
    *,
    earlier: Sequence[Shape] = (),
    wanted: Sequence[str] = (),
    default: str | None = None,
    fixed: str | None = None,
) -> list[Value]:
    """`holder` "mixed": text between elements, where blanks alone are indentation.

    `earlier` members of a union would read a text first; its own patterns, `wanted`, hold for all of them.
    """
    if fixed is not None:
        return _preset(shape, fixed, "fixed")
    if isinstance(shape, Union):
        return list(_enumerated(shape))
    if not isinstance(shape, Scalar):
        return []
    known = _preset(shape, default, "default") if default is not None else []
    found = [edge for edge in edges(shape) if _fine(edge, holder, earlier, wanted) and (edge[1] or default is None)]
    return known + [(label, value_of(shape, text)) for label, text in found if text != default]


def _fine(edge: Edge, holder: str, earlier: Sequence[Shape], wanted: Sequence[str]) -> bool:
    text = edge[1]
    if holder == "mixed" and not text.strip():
        return False
    if any(reads(member, text) for member in earlier):
        return False
    return all(patterns.fits(one, text) for one in wanted if patterns.is_usable(one))


def _preset(shape: Shape, text: str, label: str) -> list[Value]:
    if isinstance(shape, Scalar):
        try:
            return [(label, value_of(shape, text))]
        except ValueError:
            return []
    if isinstance(shape, ListOf) and isinstance(shape.item, Scalar):
        return _listed(shape.item, text, label)
    return []


def _listed(item: Scalar, text: str, label: str) -> list[Value]:
    """One text as an array: a list of words, or one element that may be repeated."""
    words = WORD in item.facets.patterns
    for parts in (text.split(), [text]) if words else ([text], text.split()):
        try:
            return [(label, [value_of(item, part) for part in parts])]
        except ValueError:
            continue
    return []


def _enumerated(union: Union) -> Iterator[Value]:
    """Each text as the first member that takes it reads it."""
    for text in union.facets.enumeration or ():
        for member in union.members:
            if isinstance(member, Scalar) and reads(member, text):
                yield f"value {text[:40]}", value_of(member, text)
                break


def reads(shape: Shape, text: str) -> bool:
    """Whether a member of a union would take a text: by its look alone, as nothing more is asked when it is read."""
    if isinstance(shape, Union):
        return any(reads(member, text) for member in shape.members)
    if isinstance(shape, ListOf):
        return all(reads(shape.item, word) for word in text.split())
    if not isinstance(shape, Scalar):
        return False
    if shape.kind is Kind.STRING or shape.kind is Kind.URI or shape.kind in NAMES:
        return True
    bare = normalised(text, "collapse")
    if shape.kind in NUMBERS:
        return json_number(bare) is not None or (shape.kind in FLOATS and bare in SPECIAL)
    if shape.kind in DATES:
        return patterns.fits(DATES[shape.kind], bare)
    if shape.kind in BINARY:
        return patterns.fits(BASE64 if shape.kind is Kind.BASE64 else "([0-9a-fA-F]{2})*", bare.replace(" ", ""))
    return bare in {"true", "false", "1", "0"}
