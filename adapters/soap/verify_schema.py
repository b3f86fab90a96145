"""The published schemas of all messages of a contract, as the OpenAPI document has them, by the same room.

The names of components are such as OpenAPI allows. What many messages share is written once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import jsonschema_rs

from bridge.call import JsonValue
from bridge.shapes.json import Number, dumps
from bridge.shapes.model import Described, Shape
from bridge.shapes.schema import RESERVED, SchemaWriter

_REFERENCE = re.compile(r'"\$ref": ?"#/components/schemas/([^"]+)"')
_NOT_A_COMPONENT = re.compile(r"[^A-Za-z0-9._-]+")
_DIGITS_MAX = 400
_LOOKED_INTO_MAX = 400
"""Length of the JSON: to tell all ways in which alternatives in alternatives fail takes gigabytes for larger ones."""


class Misfit(ValueError):
    """A value that does not fit; `pointer` says where."""

    def __init__(self, said: str, pointer: str) -> None:
        super().__init__(said)
        self.pointer = pointer


class PublishedSchemas:
    """The schemas of these messages, which share their tables of shapes."""

    def __init__(self, described: Iterable[Described]) -> None:
        rename = _namer()
        writers: dict[int, SchemaWriter] = {}
        self._kept = [one for one in described if one.shape is not None]  # kept, so that an id stays its own
        messages: dict[int, JsonValue] = {}
        for one in self._kept:
            assert one.shape is not None
            writer = writers.setdefault(id(one.table), SchemaWriter(one.table, rename=rename))
            messages[id(one)] = writer.of(one.shape, nullable=one.nullable)
        schemas = {name: schema for writer in writers.values() for name, schema in writer.components().items()}
        self._messages = messages
        self._schemas = {name: python(schema) for name, schema in schemas.items()}
        self._refers = {name: _REFERENCE.findall(dumps(schema)) for name, schema in schemas.items()}

    def of(self, described: Described) -> Callable[[JsonValue], None]:
        """What raises Misfit for a value that does not fit this message."""
        if described.shape is None:
            return _nothing
        # One for each message and no longer than that: one for all would be compiled into gigabytes.
        message = self._messages[id(described)]
        needed = {name: self._schemas[name] for name in self._needed(message)}
        validator = jsonschema_rs.Draft202012Validator({"allOf": [python(message)], "components": {"schemas": needed}})

        def check(value: JsonValue) -> None:
            if validator.is_valid(python(value)):
                return
            if len(dumps(value)) > _LOOKED_INTO_MAX:
                raise Misfit("does not fit the published schema", "")
            error = _deepest(next(iter(validator.iter_errors(python(value)))))
            path = (str(one).replace("~", "~0").replace("/", "~1") for one in error.instance_path)
            raise Misfit(str(error.message), "".join(f"/{token}" for token in path))

        return check

    def _needed(self, message: JsonValue) -> set[str]:
        """The components that a message refers to, directly or not."""
        todo, met = _REFERENCE.findall(dumps(message)), set[str]()
        while todo:
            name = todo.pop()
            if name not in met:
                met.add(name)
                todo += self._refers[name]
        return met


def _nothing(value: JsonValue) -> None:
    if value is not None:
        raise Misfit("there is something where nothing is declared", "")


def _deepest(error: Any) -> Any:
    """Of the ways that all failed, what was found wrong the furthest in."""
    ways = getattr(error.kind, "context", None)
    inner = [_deepest(one) for way in ways for one in way] if ways else []
    return max(inner, key=lambda one: len(one.instance_path), default=error)


def _namer() -> Callable[[str, Shape], str]:
    names: dict[str, str] = {}
    taken = set(RESERVED)

    def rename(name: str, _: Shape) -> str:
        if name not in names:
            wanted = component = _NOT_A_COMPONENT.sub("_", name) or "_"
            number = 2
            while component in taken:
                component, number = f"{wanted}-{number}", number + 1
            taken.add(component)
            names[name] = component
        return names[name]

    return rename


def python(value: JsonValue) -> Any:
    """A value as the validator takes it: numbers with every digit."""
    match value:
        case Number():
            text = str(value)
            return int(text) if len(text) < _DIGITS_MAX and text.lstrip("-").isdigit() else Decimal(text)
        case dict():
            return {key: python(one) for key, one in value.items()}
        case list():
            return [python(one) for one in value]
        case _:
            return value
