"""The OpenAPI document of the admin API, made from its table. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bridge.call import JsonValue
from bridge.shapes.json import Number, dumps
from bridge.web.admin_routes import IDS_MAX, PREFIX, AdminRoute

_TEXT: JsonValue = {"type": "string"}
_MEMBERS: dict[str, JsonValue] = {
    "ids": {"type": "array", "items": _TEXT, "minItems": Number(1), "maxItems": Number(IDS_MAX)},
    "filter": {"type": "object", "additionalProperties": _TEXT},
    "dryRun": {"type": "boolean"},
    "payload": {},
    "args": {},
    "all": {"type": "boolean"},
}


def document(routes: Sequence[AdminRoute]) -> bytes:
    """OpenAPI 3.1, without the schemas of answers: those are the members that `legacy-bridge … --json` prints."""
    paths: dict[str, JsonValue] = {}
    for route in routes:
        item = paths.setdefault(PREFIX + route.path, {})
        assert isinstance(item, dict), "made just above"
        item[route.method.lower()] = _operation(route)
    keys: JsonValue = {"key": {"type": "http", "scheme": "bearer"}}
    whole: JsonValue = {
        "openapi": "3.1.0",
        "info": {"title": "Legacy Bridge, for operators", "version": "1"},
        "paths": paths,
        "components": {"securitySchemes": keys},
        "security": [{"key": []}, {}],
    }
    return dumps(whole).encode()


def _operation(route: AdminRoute) -> JsonValue:
    names = re.findall(r"\{(\w+)\}", route.path)
    parameters: list[JsonValue] = [{"name": one, "in": "path", "required": True, "schema": _TEXT} for one in names]
    parameters += [{"name": one, "in": "query", "schema": _TEXT} for one in route.query]
    if route.method == "POST":
        parameters.append({"name": "Idempotency-Key", "in": "header", "schema": _TEXT})
    problem: JsonValue = {"description": "A problem document (RFC 9457)", "content": {"application/problem+json": {}}}
    told: dict[str, JsonValue] = {
        "operationId": "_".join([route.method.lower(), *re.findall(r"\w+", route.path)]),
        "summary": route.doc,
        "description": f"Needs the scope admin:{route.scope}.",
        "parameters": parameters,
        "responses": {"200": {"description": "Done.", "content": {"application/json": {}}}, "default": problem},
    }
    if route.body is not None:
        members: dict[str, JsonValue] = {one: _MEMBERS.get(one, _TEXT) for one in route.body}
        schema: JsonValue = {"type": "object", "properties": members, "additionalProperties": False}
        told["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return told
