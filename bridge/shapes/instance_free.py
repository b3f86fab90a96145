"""Values for what the contract says nothing about: free XML and free attributes, in the JSON form of free XML."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.call import JsonValue
from bridge.shapes.model import ListOf, Ref, Shape, TextMap, XmlNode

TYPED_MAX = 60
_FOREIGN = "{urn:example:free}"
_PART: JsonValue = {"@name": f"{_FOREIGN}part", "@attributes": {"no": "1 & 2"}, "@content": ["a"]}
_CONTENTS: dict[str, dict[str, JsonValue]] = {
    " text": {"@content": ["text"]},
    " bare": {},
    " attributes": {"@attributes": {f"{_FOREIGN}kind": 'a "b" <c>', "plain": "x"}},
    " nested": {"@content": [_PART, {"@name": f"{_FOREIGN}deep", "@content": [_PART]}]},
    " mixed": {"@content": ["  before ", _PART, " after & behind"]},
}
_UNNAMED: dict[str, JsonValue] = {" text": "text", " empty": "", " blanks": "  a < b  "}
_MAPS: dict[str, JsonValue] = {
    " one": {f"{_FOREIGN}note": "text"},
    " empty": {},
    " two": {f"{_FOREIGN}note": 'a "b" <c> & d', f"{_FOREIGN}more": ""},
}


def free_values(shape: XmlNode | TextMap) -> dict[str, JsonValue]:
    """By goal; empty where only typed elements are valid."""
    if isinstance(shape, TextMap):
        return _MAPS
    if shape.named:
        name: dict[str, JsonValue] = {"@name": shape.example}
        return {label: name | content for label, content in _CONTENTS.items() if shape.example}
    if not shape.text:
        return {" attributes": {"@attributes": {"id": "Schema"}}}
    inner: dict[str, JsonValue] = {label: one for label, one in _CONTENTS.items() if label not in {" text", " bare"}}
    return _UNNAMED | inner


def free_goals(shape: XmlNode | TextMap) -> list[str]:
    typed = [f" is {one.key}" for one in shape.typed[:TYPED_MAX]] if isinstance(shape, XmlNode) else []
    return [*free_values(shape), *typed]


def is_free(shape: Shape, table: Mapping[str, Shape]) -> bool:
    one = shape.item if isinstance(shape, ListOf) else shape
    return isinstance(table.get(one.name) if isinstance(one, Ref) else one, XmlNode | TextMap)
