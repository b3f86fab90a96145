"""What an OpenAPI document says to a client: the requests it shows, and whether an answer is one that it tells of.

Knows the document only, as a client does: no codec and no shape.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from adapters.soap.verify_components import Components, Misfit
from bridge.shapes.json import dumps, loads

DEPTH_MAX = 2_000
JSON = "application/json"
_SAID_MAX = 200


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
        self._components = Components(document["components"]["schemas"])

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
        try:
            self._components.judge(schema)(_read(body))
        except Misfit as error:
            said = f"at {error.pointer or '/'}: {str(error)[:_SAID_MAX]}; {_said(body)}"
            raise Wrong(f"the answer does not fit its schema {said}") from None


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


def _said(body: bytes) -> str:
    """A problem document in a line, or the beginning of whatever came."""
    try:
        problem = json.loads(body)
        errors = "; ".join(f"{one['pointer']} {one['detail']}" for one in problem.get("errors", ())[:3])
        text = f"{problem['code']}: {problem['detail']} {errors}"
    except (ValueError, KeyError, TypeError, AttributeError):
        text = body[:_SAID_MAX].decode("utf-8", "replace")
    return text[: 2 * _SAID_MAX].strip()
