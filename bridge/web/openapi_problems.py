"""The problem documents of RFC 9457 as OpenAPI components: one schema, one response for each thing that can happen."""

from __future__ import annotations

from collections.abc import Sequence

from bridge import errors
from bridge.call import JsonValue
from bridge.errors import CallError

Json = dict[str, JsonValue]
MEDIA_TYPE = "application/problem+json"
SCHEMA_REF: Json = {"$ref": "#/components/schemas/Problem"}

ALWAYS: tuple[type[CallError], ...] = (
    errors.BadRequest,
    errors.NotFound,
    errors.NotAcceptable,
    errors.RequestTimeout,
    errors.PayloadTooLarge,
    errors.UnsupportedMediaType,
    errors.Misdirected,
    errors.DoesNotFit,
    errors.TooManyRequests,
    errors.UpstreamError,
    errors.Unavailable,
    errors.UpstreamTimeout,
)
WITH_KEYS: tuple[type[CallError], ...] = (errors.Unauthorized, errors.Forbidden)
WAITING = frozenset({429, 503})


def schema() -> Json:
    text: Json = {"type": "string"}
    properties: Json = {
        "type": text | {"description": "A URI that names this kind of problem."},
        "title": text | {"description": "What happened, the same for each occurrence."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": text | {"description": "This occurrence, in words that may be shown to an end user."},
        "instance": text | {"description": "A URI that names this occurrence."},
        "code": text | {"description": "For programs to tell problems apart."},
        "retryable": {"type": "boolean", "description": "Whether the same request may succeed later."},
        "outcome": {
            "enum": ["not_sent", "unknown", "applied"],
            "description": "What is known about the effect on the system behind.",
        },
        "traceId": text | {"description": "Finds this request in logs and traces."},
        "fault": {"description": "The typed detail of a declared fault."},
        "headers": {"type": "object", "description": "Declared headers that came with a fault, as in a good answer."},
        "errors": {"type": "array", "description": "Each thing that is wrong in the request.", "items": _violation()},
    }
    required: list[JsonValue] = ["type", "title", "status", "detail", "instance", "code", "retryable", "traceId"]
    return {
        "type": "object",
        "description": "A problem document (RFC 9457).",
        "properties": properties,
        "required": required,
    }


def _violation() -> Json:
    return {
        "type": "object",
        "properties": {
            "pointer": {"type": "string", "description": "A JSON Pointer (RFC 6901) into the body."},
            "detail": {"type": "string"},
        },
        "required": ["pointer", "detail"],
    }


def responses(*, security: bool) -> Json:
    """The shared responses by component name."""
    kinds = (*ALWAYS, *(WITH_KEYS if security else ()))
    named: Json = {kind.__name__: response(kind.title, kind.status) for kind in kinds}
    return {**named, "Problem": response("Any other problem")}


def references(*, security: bool) -> Json:
    """What every operation lists, by status."""
    kinds = sorted((*ALWAYS, *(WITH_KEYS if security else ())), key=lambda kind: kind.status)
    listed: Json = {str(kind.status): _reference(kind.__name__) for kind in kinds}
    return {**listed, "default": _reference("Problem")}


def response(description: str, status: int = 0, detail: Json | None = None, codes: Sequence[str] = ()) -> Json:
    """`detail`: the schema of the member `fault`; `codes`: what the member `code` may be beside our own codes."""
    body: Json = SCHEMA_REF
    own: Json = {"fault": detail} if detail is not None else {}
    if codes:
        known: list[JsonValue] = [*dict.fromkeys((*codes, errors.Fault.code, *_codes(errors.CallError, status)))]
        own["code"] = {"enum": known}
    if own:
        body = {"allOf": [SCHEMA_REF, {"type": "object", "properties": own}]}
    headers: Json = {"Bridge-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    if status in WAITING:
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    return {"description": description, "headers": headers, "content": {MEDIA_TYPE: {"schema": body}}}


def _codes(kind: type[CallError], status: int) -> list[str]:
    """Those that any operation may meet and that have this status."""
    below = [code for one in kind.__subclasses__() if one.__module__ == kind.__module__ for code in _codes(one, status)]
    return [*([kind.code] if kind.status == status else []), *below]


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/responses/{name}"}
