"""What OpenAPI tells of writes that may come again under their key: the header, and what becomes of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bridge.call import JsonValue
from bridge.contracts import Keyed
from bridge.errors_writes import IdempotencyInProgress, IdempotencyKeyReused
from bridge.shapes.json import Number
from bridge.web.idempotency_key import LENGTH_MAX, NAME
from bridge.web.openapi_problems import response
from bridge.web.routes import Route

Json = dict[str, JsonValue]
_ABOUT = (
    "A text in quotes that the client makes up for this request: sent again with the same key, the request is answered "
    "as before and not done again. Kept for 72 hours at the least."
)
_MADE = " Without it the key is made of the arguments."
_CONFLICT = "The same request is still under way (`idempotency_in_progress`)"


def add(whole: Json, routes: Iterable[Route], keyed: Mapping[str, Keyed]) -> None:
    """Puts it into a document."""
    paths = whole["paths"]
    assert isinstance(paths, dict)
    for route in routes:
        path, key = paths.get(route.path), keyed.get(route.id)
        operation = path.get(route.method.lower()) if isinstance(path, dict) else None
        if key is not None and isinstance(operation, dict):
            _told(operation, key)


def _told(operation: Json, keyed: Keyed) -> None:
    parameters = operation.setdefault("parameters", [])
    answers = operation["responses"]
    assert isinstance(parameters, list)
    assert isinstance(answers, dict)
    if not any(isinstance(one, dict) and one.get("name") == NAME for one in parameters):
        parameters.append(_header(keyed))
    _allow(answers.get("422"), IdempotencyKeyReused.code)
    answers.setdefault("409", response(_CONFLICT, IdempotencyInProgress.status))
    good = answers.get("200")
    if isinstance(good, dict):
        shown = good.get("headers")
        good["headers"] = {**(shown if isinstance(shown, dict) else {}), "Idempotency-Replayed": _replayed()}


def _allow(answer: JsonValue, code: str) -> None:
    """Where an answer names the codes that it may have, it may have this one too."""
    if isinstance(answer, list):
        for one in answer:
            _allow(one, code)
    elif isinstance(answer, dict):
        named = answer.get("code")
        codes = named.get("enum") if isinstance(named, dict) else None
        if isinstance(codes, list):
            codes.append(code)
            return
        for one in answer.values():
            _allow(one, code)


def _header(keyed: Keyed) -> Json:
    plain: JsonValue = (
        r"^(\"(?:[ !#-\[\]-~]|\\[\"\\])+\".*" + (r"|[A-Za-z0-9._~:/+=@-]+" if keyed.unquoted else "") + ")$"
    )
    return {
        "name": NAME,
        "in": "header",
        "required": keyed.required and not keyed.made,
        "description": _ABOUT + (_MADE if keyed.made else ""),
        "schema": {"type": "string", "pattern": plain, "maxLength": Number(LENGTH_MAX)},
        "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
    }


def _replayed() -> Json:
    return {"schema": {"const": "true"}, "description": "This answer was given before, to the same request."}
