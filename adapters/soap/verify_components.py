"""A validator of JSON that shares no code with ours, for schemas that refer to named components.

Knows documents only: no shape, no codec, and not whose schemas they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import jsonschema_rs

from bridge.call import JsonValue
from bridge.shapes.json import Number, dumps

_REFERENCE = re.compile(r'"\$ref": ?"#/components/schemas/([^"]+)"')
_DIGITS_MAX = 400
_LOOKED_INTO_MAX = 400
"""Length of the JSON: to tell all ways in which alternatives in alternatives fail takes gigabytes for larger ones."""


class Misfit(ValueError):
    """A value that does not fit; `pointer` says where."""

    def __init__(self, said: str, pointer: str) -> None:
        super().__init__(said)
        self.pointer = pointer


class Components:
    """The schemas of a document by name."""

    def __init__(self, schemas: Mapping[str, JsonValue]) -> None:
        self._schemas = {name: _python(schema) for name, schema in schemas.items()}
        self._refers = {name: _REFERENCE.findall(dumps(schema)) for name, schema in schemas.items()}

    def judge(self, schema: JsonValue) -> Callable[[JsonValue], None]:
        """What raises Misfit for a value that does not fit a schema."""
        # With what this one needs and no more: with all of a large document each would be compiled into gigabytes.
        needed = {name: self._schemas[name] for name in self._needed(schema)}
        validator = jsonschema_rs.Draft202012Validator({"allOf": [_python(schema)], "components": {"schemas": needed}})

        def check(value: JsonValue) -> None:
            if validator.is_valid(_python(value)):
                return
            if len(dumps(value)) > _LOOKED_INTO_MAX:
                raise Misfit("does not fit the published schema", "")
            error = _deepest(next(iter(validator.iter_errors(_python(value)))))
            path = (str(one).replace("~", "~0").replace("/", "~1") for one in error.instance_path)
            raise Misfit(str(error.message), "".join(f"/{token}" for token in path))

        return check

    def _needed(self, schema: JsonValue) -> set[str]:
        """The components that a schema refers to, directly or not."""
        todo, met = _REFERENCE.findall(dumps(schema)), set[str]()
        while todo:
            name = todo.pop()
            if name not in met:
                met.add(name)
                todo += self._refers[name]
        return met


def _deepest(error: Any) -> Any:
    """Of the ways that all failed, what was found wrong the furthest in."""
    ways = getattr(error.kind, "context", None)
    inner = [_deepest(one) for way in ways for one in way] if ways else []
    return max(inner, key=lambda one: len(one.instance_path), default=error)


def _python(value: JsonValue) -> Any:
    """A value as the validator takes it: numbers with every digit."""
    match value:
        case Number():
            text = str(value)
            return int(text) if len(text) < _DIGITS_MAX and text.lstrip("-").isdigit() else Decimal(text)
        case dict():
            return {key: _python(one) for key, one in value.items()}
        case list():
            return [_python(one) for one in value]
        case _:
            return value
