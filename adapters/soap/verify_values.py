"""Whether two JSON values say the same: equal in value space, and in the digits of decimals.

A repeated element that does not occur and an empty array are the same on the wire, and so are empty headers.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bridge.call import JsonValue
from bridge.formats.xml.layout import XSD
from bridge.shapes.json import Number, dumps
from bridge.shapes.lexical import normalised
from bridge.shapes.model import (
    Described,
    Items,
    Kind,
    ListOf,
    Record,
    Ref,
    Scalar,
    Shape,
    TextMap,
    Union,
    Variant,
    Variants,
)
from bridge.shapes.numbers import exact, plain

_SHOWN_MAX = 120
_MISSING = object()
TAG = "@type"
_NATURAL = frozenset(
    f"{{{XSD}}}{name}" for name in ("string", "boolean", "int", "long", "integer", "decimal", "double")
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two values part, and both sides of it for people."""

    pointer: str
    one: str
    other: str

    def __str__(self) -> str:
        return f"{self.one} became {self.other}"


def difference(described: Described, one: JsonValue, other: JsonValue) -> Difference | None:
    """The first difference, None where there is none."""
    return _Comparison(described.table).of(described.shape, one, other, "")


class _Comparison:
    def __init__(self, table: Mapping[str, Shape]) -> None:
        self.table = table

    def of(self, shape: Shape | None, one: object, other: object, at: str) -> Difference | None:
        if shape is None:
            one, other = _natural(one), _natural(other)
        while isinstance(shape, Ref):
            shape = self.table[shape.name]
        if isinstance(shape, Variants):
            return self.variants(shape, one, other, at)
        if isinstance(one, dict) and isinstance(other, dict):
            return self.members(shape, one, other, at)
        if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            pairs = enumerate(zip(one, other, strict=True))
            return _first(self.of(_item(shape), left, right, f"{at}/{index}") for index, (left, right) in pairs)
        return None if _same(shape, one, other) else Difference(at, _shown(one), _shown(other))

    def members(
        self, shape: Shape | None, one: dict[str, object], other: dict[str, object], at: str, tag: str = ""
    ) -> Difference | None:
        shapes = _shapes(shape)
        return _first(
            self.of(shapes.get(key), one.get(key, _MISSING), other.get(key, _MISSING), f"{at}/{_token(key)}")
            for key in {**one, **other}
            if not _is_nothing(
                key, shapes.get(key), one.get(key, _MISSING), other.get(key, _MISSING), tag or _tag(shape)
            )
        )

    def variants(self, shape: Variants, one: object, other: object, at: str) -> Difference | None:
        left, right = self.member(shape, one), self.member(shape, other)
        if left is None or right is None or left.tag != right.tag:
            return None if one == other else Difference(at, _shown(one), _shown(other))
        if left.wrapped:
            return self.of(left.shape, _unwrapped(one), _unwrapped(other), at)
        if isinstance(one, dict) and isinstance(other, dict):
            inner = left.shape
            while isinstance(inner, Ref):
                inner = self.table[inner.name]
            return self.members(inner, one, other, at, left.tag)
        return self.of(left.shape, one, other, at)

    def member(self, shape: Variants, value: object) -> Variant | None:
        tag = value.get(TAG) if isinstance(value, dict) else None
        return next((one for one in shape.members if (one.tag == tag if tag is not None else one.default)), None)


def _natural(value: object) -> object:
    """Of free values that say their type: the plain form where that is the type plain JSON stands for."""
    if isinstance(value, dict) and value.keys() == {TAG, "@value"} and value[TAG] in _NATURAL:
        return value["@value"]
    return value


def _first(found: Iterator[Difference | None]) -> Difference | None:
    return next((one for one in found if one is not None), None)


def _shapes(shape: Shape | None) -> dict[str, Shape]:
    if isinstance(shape, Record):
        return {field.key: field.shape for field in shape.fields}
    return {}


def _item(shape: Shape | None) -> Shape | None:
    if isinstance(shape, ListOf):
        return shape.item
    if isinstance(shape, Items):
        return Record(shape.members)
    return None


def _tag(shape: Shape | None) -> str:
    return shape.type_tag if isinstance(shape, Record) else ""


def _is_nothing(key: str, shape: Shape | None, one: object, other: object, tag: str) -> bool:
    """A member that is only on one side and says nothing there."""
    present = other if one is _MISSING else one if other is _MISSING else None
    empty = isinstance(shape, TextMap) or key in {"headers", "@headers", "@attributes"}
    return present == [] or (empty and present == {}) or (key == TAG and present == tag != "")


def _unwrapped(value: object) -> object:
    return value.get("value") if isinstance(value, dict) and TAG in value else value


def _same(shape: Shape | None, one: object, other: object) -> bool:
    if type(one) is not type(other):
        return False
    if one == other:
        return True
    if isinstance(shape, Union):
        return any(_same(member, one, other) for member in shape.members)
    if not isinstance(shape, Scalar) or not isinstance(one, str) or not isinstance(other, str):
        return False
    return _canonical(shape, one) == _canonical(shape, other)


def _canonical(shape: Scalar, text: str) -> object:
    """A text in a form that is the same for the same value."""
    kind = shape.kind
    if kind is Kind.DECIMAL:
        return plain(text) or text
    if kind in {Kind.INTEGER, Kind.FLOAT, Kind.DOUBLE}:
        value = exact(text)
        return text.strip() if value is None else value
    if kind is Kind.HEX:
        return text.upper()
    if kind is Kind.BASE64:
        return _decoded(text)
    return normalised(text, shape.facets.white_space if kind is Kind.STRING else "collapse")


def _decoded(text: str) -> object:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        return text


def _token(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _shown(value: object) -> str:
    if value is _MISSING:
        return "nothing"
    text = dumps(value) if isinstance(value, str | Number | bool | list | dict) or value is None else str(value)
    return text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "…"
