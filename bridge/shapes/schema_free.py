"""The JSON forms of free XML as JSON Schema: elements, their content, free attributes, and what nobody expected.

What the forms mean is written where they are made, in the XML format; here they are only described.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.call import JsonValue
from bridge.shapes.lexical import CLARK_NAME
from bridge.shapes.model import TextMap, XmlNode
from bridge.shapes.schema_scalars import text_pattern

Json = dict[str, JsonValue]
Share = Callable[[str], Json]


def free_rules(shape: XmlNode) -> Json:
    """What a place adds to the free form: which names, and whether a text alone will do."""
    name = name_rule(shape)
    rules: Json = {"properties": {"@name": name}} if name else {}
    return rules if shape.named or shape.text else {"type": "object", **rules}


def name_rule(shape: XmlNode | TextMap) -> Json:
    """The namespaces that names may be of; empty for all."""
    rule: Json = {"pattern": text_pattern(shape.names)} if shape.names else {}
    return rule | ({"not": {"pattern": text_pattern(shape.not_names)}} if shape.not_names else {})


def plain_ways(same: Json) -> list[Json]:
    """Plain JSON, where a text is not meant. An object with one of the keys of another form is of that form."""
    others: list[JsonValue] = ["@type", "@value", "@attributes", "@content"]
    keys: Json = {"pattern": text_pattern(), "not": {"enum": others}}
    return [
        {"type": ["boolean", "number", "null"]},
        {"type": "array", "items": same},
        {"type": "object", "propertyNames": keys, "additionalProperties": same},
    ]


def text_keys(shape: TextMap, value: Json) -> Json:
    """An object whose values are more than texts."""
    keys: Json = {"pattern": text_pattern(), **name_rule(shape)}
    return {"type": "object", "propertyNames": keys, "additionalProperties": value}


def _node(share: Share) -> Json:
    return _element(share, {"@name": share("QualifiedName")}, ["@name"]) | {
        "description": "An XML element in a form that loses nothing but prefixes.",
        "examples": [{"@name": "{urn:example}note", "@content": ["text"]}],
    }


def _content(share: Share) -> Json:
    return {
        "description": "The content of an XML element whose name is known from its place; text alone is a string.",
        "anyOf": [_free_text(), _element(share, {}, [])],
        "examples": ["text"],
    }


def _element(share: Share, named: Json, required: list[JsonValue]) -> Json:
    properties = named | {
        "@type": share("QualifiedName"),
        "@attributes": share("TextMap"),
        "@content": {"type": "array", "items": {"anyOf": [_free_text(), share("XmlNode")]}},
    }
    result: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    return result | ({"required": required} if required else {})


def _text_map(_: Share) -> Json:
    return {
        "type": "object",
        "description": "XML attributes by name, `{namespace}local` or `local`.",
        "propertyNames": {"pattern": text_pattern(CLARK_NAME), "not": {"pattern": "^xmlns"}},
        "additionalProperties": _free_text(),
    }


def _unknown(share: Share) -> Json:
    parts: dict[str, Json] = {"@attributes": share("TextMap"), "@content": {"type": "array", "items": _free_text()}}
    stray: list[JsonValue] = [
        {"type": "object", "properties": {name: part}, "required": [name], "additionalProperties": False}
        for name, part in parts.items()
    ]
    return {
        "type": "array",
        "readOnly": True,
        "description": "What the system behind sent beyond its own contract. Only found in answers.",
        "items": {"anyOf": [share("XmlNode"), *stray]},
    }


def _extra(share: Share) -> Json:
    said = "What the contract does not have: sent as it is, and found in answers that stray."
    return {name: part for name, part in _unknown(share).items() if name != "readOnly"} | {"description": said}


def _free_text() -> Json:
    return {"type": "string", "pattern": text_pattern()}


FREE: dict[str, Callable[[Share], Json]] = {
    "XmlNode": _node,
    "XmlContent": _content,
    "TextMap": _text_map,
    "Unknown": _unknown,
    "Extra": _extra,
}
