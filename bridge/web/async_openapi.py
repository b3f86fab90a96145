"""What answers that are fetched later add to an OpenAPI document: a preference, 202, and addresses of jobs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.call import JsonValue
from bridge.shapes.json import Number
from bridge.web.async_shown import PREFIX, STATES
from bridge.web.routes import Route

Json = dict[str, JsonValue]
_JOB_REF: Json = {"$ref": "#/components/schemas/Job"}
_LOCATION: Json = {"description": "The address to come back to.", "schema": {"type": "string"}}
_RETRY: Json = {"$ref": "#/components/headers/RetryAfter"}


@dataclass(frozen=True, slots=True)
class Later:
    """There is a store. `callbacks`: the names that a caller may give."""

    callbacks: tuple[str, ...] = ()


def add(document: Json, routes: Iterable[Route], later: Later) -> None:
    """Says it of all routes that may be answered later."""
    paths, components = document["paths"], document["components"]
    assert isinstance(paths, dict)
    assert isinstance(components, dict)
    for route in routes:
        item = paths.get(route.path)
        operation = item.get(route.method.lower()) if isinstance(item, dict) else None
        if isinstance(operation, dict) and route.answers.later != "never":
            _offer(operation, later, always=route.answers.later == "always")
    schemas, parameters = components["schemas"], components.setdefault("parameters", {})
    assert isinstance(schemas, dict)
    assert isinstance(parameters, dict)
    schemas["Job"] = _job()
    parameters |= {"Prefer": _prefer(), "JobId": _id(), "Wait": _wait()}
    if later.callbacks:
        parameters["Callback"] = _callback(later.callbacks)
    paths |= {f"{PREFIX}/{{id}}": _standing(), f"{PREFIX}/{{id}}/answer": _answer()}


def _offer(operation: Json, later: Later, *, always: bool) -> None:
    names = ["Prefer", *(["Callback"] if later.callbacks else [])]
    parameters = operation.setdefault("parameters", [])
    responses = operation["responses"]
    assert isinstance(parameters, list)
    assert isinstance(responses, dict)
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name in names]
    when = "Always" if always else "Where `Prefer: respond-async` was said"
    applied: Json = {"description": "What was done of `Prefer`.", "schema": {"type": "string"}}
    accepted: Json = {
        "description": f"{when}: it is accepted, and its answer is at another address.",
        "headers": {"Location": _LOCATION, "Retry-After": _RETRY, "Preference-Applied": applied},
        "content": {"application/json": {"schema": _JOB_REF}},
    }
    responses.setdefault("202", accepted)


def _prefer() -> Json:
    schema: Json = {"type": "string", "examples": ["respond-async", "respond-async, wait=10"]}
    about = "`respond-async`: answer with an address to come back to; with `wait=N`, not before N seconds (RFC 7240)."
    return {"name": "Prefer", "in": "header", "required": False, "description": about, "schema": schema}


def _wait() -> Json:
    about = "`wait=N`: answer when it has ended, at the latest after N seconds (RFC 7240)."
    return {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "description": about,
        "schema": {"type": "string", "examples": ["wait=30"]},
    }


def _callback(names: Sequence[str]) -> Json:
    about = "Who is told when it has ended; goes with `Prefer: respond-async`."
    known: list[JsonValue] = [*names]
    return {"name": "Callback", "in": "header", "required": False, "description": about, "schema": {"enum": known}}


def _id() -> Json:
    about = "As the answer 202 gave it."
    return {"name": "id", "in": "path", "required": True, "description": about, "schema": {"type": "string"}}


def _job() -> Json:
    text: Json = {"type": "string"}
    time: Json = {"type": "string", "format": "date-time"}
    states: list[JsonValue] = [*STATES]
    properties: Json = {
        "id": text,
        "state": {"enum": states},
        "operation": text,
        "attempts": {"type": "integer", "minimum": Number("0")},
        "createdAt": time,
        "notBefore": time | {"description": "When it is tried again."},
        "endedAt": time,
        "code": text | {"description": "Why the last try failed."},
        "answer": text | {"description": "The address of the answer."},
        "traceId": text,
    }
    required: list[JsonValue] = ["id", "state", "operation", "attempts", "createdAt", "traceId"]
    return {"type": "object", "description": "Where a call stands.", "properties": properties, "required": required}


def _parameters(*names: str) -> list[JsonValue]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _told(description: str, headers: Json | None = None) -> Json:
    content: Json = {"application/json": {"schema": _JOB_REF}}
    return {"description": description, **({"headers": headers} if headers else {}), "content": content}


def _problem(description: str) -> Json:
    schema: Json = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


_GONE = _problem("It was kept for long enough, or taken back.")
_MISSING = _problem("There is no such job of yours.")


def _standing() -> Json:
    get: Json = {
        "operationId": "getJob",
        "summary": "Where a call stands",
        "parameters": _parameters("JobId", "Wait"),
        "responses": {
            "200": _told("It was taken back."),
            "202": _told("It is not over yet.", {"Retry-After": _RETRY}),
            "303": _told("It has ended; the answer is there.", {"Location": _LOCATION}),
            "304": {"description": "It stands where it stood."},
            "404": _MISSING,
            "410": _GONE,
        },
    }
    delete: Json = {
        "operationId": "cancelJob",
        "summary": "Take a call back",
        "parameters": _parameters("JobId"),
        "responses": {
            "202": _told("It runs, and is being stopped."),
            "204": {"description": "It will not be done."},
            "404": _MISSING,
            "409": _problem("It has ended, or is under way and cannot be taken back."),
            "410": _GONE,
        },
    }
    return {"get": get, "delete": delete}


def _answer() -> Json:
    about = "Status and body as the call itself would have had them: a problem document where it failed."
    get: Json = {
        "operationId": "getJobAnswer",
        "summary": "The answer of a call",
        "description": about,
        "parameters": _parameters("JobId", "Wait"),
        "responses": {
            "200": {"description": "The answer.", "content": {"application/json": {"schema": {}}}},
            "202": _told("It is not over yet.", {"Retry-After": _RETRY}),
            "204": {"description": "It was done, and there is nothing to say."},
            "304": {"description": "The answer is the one that you have."},
            "404": _MISSING,
            "410": _GONE,
            "default": _problem("Why the call failed."),
        },
    }
    return {"get": get}
