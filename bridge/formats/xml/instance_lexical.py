"""Texts of a simple type for XML instances: its edges, and other spellings of the same values.

Knows the layout and which texts are edges, and nothing of how this project reads or writes them.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.formats.xml.builtin import BUILTINS
from bridge.formats.xml.layout import Layout, SimpleType
from bridge.shapes import patterns
from bridge.shapes.instance_scalars import Edge, edges, span
from bridge.shapes.lexical import DATES
from bridge.shapes.model import Facets, Kind, Scalar

NESTED_MAX = 8
UNION_MAX = 12
LIST_MAX = 1000


class NameText(str):
    """A text whose words are names, `{namespace}local`, that have to be written with prefixes."""

    __slots__ = ()


def texts_of(layout: Layout, key: str, depth: int = 0) -> list[Edge]:
    """What is special about a text, and the text; empty where none can be made."""
    found = layout.types.get(key) or BUILTINS.get(key)
    if not isinstance(found, SimpleType) or depth > NESTED_MAX:
        return []
    if found.item:
        return _lists(found, texts_of(layout, found.item, depth + 1))
    if found.members:
        return list(_unions(layout, found, depth))
    return list(_atoms(found))


def _atoms(found: SimpleType) -> Iterator[Edge]:
    scalar = Scalar(found.kind or Kind.STRING, found.facets, found.name)
    listed = edges(scalar)
    if scalar.kind in {Kind.QNAME, Kind.NOTATION}:
        yield from ((label, NameText(text)) for label, text in listed)
        return
    yield from listed
    if listed and not found.facets.patterns:
        yield from _spellings(scalar, [text for _, text in listed])


def _spellings(scalar: Scalar, texts: list[str]) -> Iterator[Edge]:
    kind, facets, text = scalar.kind, scalar.facets, texts[0]
    if kind not in DATES and (kind is not Kind.STRING or facets.white_space == "collapse"):  # libxml2 refuses dates
        yield "blanks around", f"\n  {text}\t "
    if kind is Kind.BOOLEAN:
        yield from (
            (f"as the digit {digit}", digit) for word, digit in (("true", "1"), ("false", "0")) if word in texts
        )
    if kind in {Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE} and text.replace(".", "").isdigit():
        yield "plus sign", f"+{text}"
        yield "leading noughts", f"00{text}"
        if kind is not Kind.INTEGER and "." not in text and facets.fraction_digits is None:
            yield from (("idle fraction", f"{text}.00"), ("bare point", f"{text}."))
    if kind in {Kind.FLOAT, Kind.DOUBLE} and facets.enumeration is None and text.replace(".", "").isdigit():
        yield from (("small e", f"{text}e0"), ("signed exponent", f"{text}E+00"))
    if kind is Kind.HEX:
        yield "small letters", max(texts, key=len).lower()
    if kind is Kind.BASE64:
        longest = max(texts, key=len)
        yield "line breaks", "\n".join(longest[at : at + 4] for at in range(0, len(longest), 4))


def _lists(found: SimpleType, items: list[Edge]) -> list[Edge]:
    facets = found.facets
    if facets.enumeration is not None:
        return [(f"value {text[:40]}", text) for text in facets.enumeration]
    words = [text for _, text in items if text and not set(text) & set(" \t\r\n")]
    low, high = span(facets)
    result: list[Edge] = []
    for size in dict.fromkeys([max(low, 1), 2, low, len(words), 3]):
        if low <= size <= min(LIST_MAX, LIST_MAX if high is None else high) and (words or not size):
            chosen = [words[index % len(words)] for index in range(size)]
            names = any(isinstance(word, NameText) for word in chosen)
            result.append((f"list of {size}", NameText(" ".join(chosen)) if names else "  ".join(chosen)))
    return [edge for edge in result if _within(facets, edge[1])]


def _unions(layout: Layout, found: SimpleType, depth: int) -> Iterator[Edge]:
    if found.facets.enumeration is not None:
        yield from ((f"value {text[:40]}", text) for text in found.facets.enumeration)
        return
    for index, member in enumerate(found.members):
        listed = [edge for edge in texts_of(layout, member, depth + 1) if _within(found.facets, edge[1])]
        yield from ((f"member {index + 1}, {label}", text) for label, text in listed[:UNION_MAX])


def _within(facets: Facets, text: str) -> bool:
    bare = " ".join(text.split())
    return all(patterns.fits(one, bare) for one in facets.patterns if patterns.is_usable(one))
