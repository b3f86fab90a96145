"""What an OpenAPI document says to a client: the requests it shows, and whether an answer is one that it tells of.

Knows the document only, as a client does: no codec and no shape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs

from bridge.shapes.json import Number, dumps, loads

DEPTH_MAX = 2_000
JSON = "application/json"
_REFERENCE = re.compile(r'"\$ref": ?"#/components/schemas/([^"]+)"')
_SAID_MAX = 200
_LOOKED_INTO_MAX = 400
"""Length of the JSON: to tell all ways in which alternatives in alternatives fail takes gigabytes for larger ones."""


class Wrong(Exception):
    """What a document says and what was answered are two things."""


@dataclass(frozen=True)
class Case:
    """A request as the document shows it, and the answers that it tells of, by status."""

    id: str
    method: str
    target: str
    body: bytes | None
    headers: Mapping[str, str]
    answers: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.target.partition('?')[0]}"


class Documented:
    """One document. Its numbers are texts, so that what is sent has each digit of what is shown."""

    def __init__(self, text: bytes) -> None:
        document: dict[str, Any] = _read(text)
        self._paths: dict[str, Any] = document["paths"]
        schemas: dict[str, Any] = document["components"]["schemas"]
        self._refers = {name: _REFERENCE.findall(dumps(schema)) for name, schema in schemas.items()}
        self._schemas = {name: _python(schema) for name, schema in schemas.items()}

    def operations(self) -> Iterator[tuple[str, str, str, Any]]:
        """The id, the path, the method and the rest of each."""
        for path, methods in self._paths.items():
            for method, operation in methods.items():
                yield operation["operationId"], path, method.upper(), operation

    def case(self, path: str, method: str, operation: Any) -> Case:
        """Raises Wrong for one that no example of the document can ask for."""
        body, headers = None, {}
        if "requestBody" in operation:
            content = operation["requestBody"]["content"][JSON]
            if "example" in content:
                body, headers = dumps(content["example"]).encode("utf-8"), {"Content-Type": JSON}
            elif operation["requestBody"]["required"]:
                raise Wrong("the document has no example of its body")
        query: list[tuple[str, str]] = []
        for parameter in operation.get("parameters", ()):
            query += _query(parameter)
        target = f"{path}?{urlencode(query, quote_via=quote)}" if query else path
        return Case(operation["operationId"], method, target, body, headers, operation["responses"])

    def judge(self, case: Case, status: int, content_type: str, body: bytes) -> None:
        """Raises Wrong for an answer that is no success, or not one that the document tells of."""
        if not 200 <= status < 300:
            raise Wrong(_said(body))
        told = case.answers.get(str(status))
        if told is None:
            raise Wrong("the document does not tell of this status")
        if "content" not in told:
            if body:
                raise Wrong(f"the document tells of no content: {_said(body)}")
            return
        if content_type.partition(";")[0].strip() != JSON:
            raise Wrong(f"the content is {content_type or 'of no type'}")
        self._fits(told["content"][JSON]["schema"], body)

    def _fits(self, schema: Any, body: bytes) -> None:
        value = json.loads(body, parse_float=Decimal)
        # Only what this answer needs: with all of a large document it would be compiled into gigabytes.
        needed = {name: self._schemas[name] for name in self._needed(schema)}
        validator = jsonschema_rs.Draft202012Validator({"allOf": [_python(schema)], "components": {"schemas": needed}})
        if validator.is_valid(value):
            return
        if len(body) > _LOOKED_INTO_MAX:
            raise Wrong(f"the answer does not fit its schema: {_said(body)}")
        error = next(iter(validator.iter_errors(value)))
        where = "/".join(str(step) for step in error.instance_path)
        raise Wrong(f"the answer does not fit its schema at /{where}: {error.message[:_SAID_MAX]}")

    def _needed(self, schema: Any) -> set[str]:
        todo, met = _REFERENCE.findall(dumps(schema)), set[str]()
        while todo:
            name = todo.pop()
            if name not in met:
                met.add(name)
                todo += self._refers[name]
        return met


def _read(text: bytes) -> Any:
    return loads(text, depth_max=DEPTH_MAX)


def _query(parameter: Any) -> list[tuple[str, str]]:
    name = parameter["name"]
    if parameter["in"] != "query":
        raise Wrong(f"the parameter {name} stands in the {parameter['in']}")
    if "example" not in parameter:
        if parameter["required"]:
            raise Wrong(f"the document has no example of the parameter {name}")
        return []
    example = parameter["example"]
    return [(name, _text(one)) for one in (example if isinstance(example, list) else [example])]


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str) else dumps(value)


def _python(value: Any) -> Any:
    """A schema as the validator takes it."""
    match value:
        case Number():
            return int(value) if value.lstrip("-").isdigit() else Decimal(value)
        case dict():
            return {key: _python(one) for key, one in value.items()}
        case list():
            return [_python(one) for one in value]
        case _:
            return value


def _said(body: bytes) -> str:
    """A problem document in a line, or the beginning of whatever came."""
    try:
        problem = json.loads(body)
        errors = "; ".join(f"{one['pointer']} {one['detail']}" for one in problem.get("errors", ())[:3])
        text = f"{problem['code']}: {problem['detail']} {errors}"
    except (ValueError, KeyError, TypeError, AttributeError):
        text = body[:_SAID_MAX].decode("utf-8", "replace")
    return text[: 2 * _SAID_MAX].strip()
