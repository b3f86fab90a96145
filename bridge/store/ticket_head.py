"""How an answer looked that somebody comes back for: its status, or the problem that there was instead. Pure.

Of a problem only what a client may know is written; what an operator needs stands with the job.
"""

from __future__ import annotations

from bridge.call import JsonValue
from bridge.errors import CallError, Fault, Outcome, Violation
from bridge.shapes.json import Number, dumps, loads

VIOLATIONS_MAX = 100
_OUTCOMES: dict[str, Outcome] = {"not_sent": "not_sent", "unknown": "unknown", "applied": "applied"}


def head_of(became: int | CallError) -> bytes:
    """`became`: the status of a good answer, or why there is none."""
    value: dict[str, JsonValue] = {"status": Number(str(became))} if isinstance(became, int) else _written(became)
    return dumps(value).encode("utf-8", "replace")


def read_head(head: bytes) -> int | CallError:
    """The same again. Raises MalformedJson for what was not written here."""
    value = loads(head)
    if not isinstance(value, dict):
        return CallError()
    return _read(value) if "code" in value else int(_text(value, "status") or "200")


def _written(error: CallError) -> dict[str, JsonValue]:
    value: dict[str, JsonValue] = {
        "code": error.code,
        "title": error.title,
        "status": Number(str(error.status)),
        "detail": error.detail,
        "retryable": error.retryable,
        "outcome": error.outcome,
        "errors": [[one.pointer, one.detail] for one in error.errors[:VIOLATIONS_MAX]],
    }
    if error.fault:
        value["fault"] = error.fault.decode("utf-8", "replace")
    if isinstance(error, Fault) and error.message_headers:
        value["headers"] = error.message_headers.decode("utf-8", "replace")
    return value


def _read(value: dict[str, JsonValue]) -> CallError:
    fault, headers = _text(value, "fault").encode() or None, _text(value, "headers").encode() or None
    status = int(_text(value, "status") or "500")
    errors = tuple(map(_violation, _list(value, "errors")))
    if headers is not None:
        error: CallError = Fault(_text(value, "detail"), status=status, fault=fault, message_headers=headers)
        error.errors = errors
    else:
        error = CallError(_text(value, "detail"), errors=errors, fault=fault)
    error.status, error.code, error.title = status, _text(value, "code"), _text(value, "title")
    error.retryable = value.get("retryable") is True
    error.outcome = _OUTCOMES.get(_text(value, "outcome"))
    return error


def _violation(pair: JsonValue) -> Violation:
    pointer, detail = pair if isinstance(pair, list) and len(pair) == 2 else ("", "")
    return Violation(str(pointer), str(detail))


def _text(value: dict[str, JsonValue], name: str) -> str:
    found = value.get(name)
    return str(found) if isinstance(found, str) else ""


def _list(value: dict[str, JsonValue], name: str) -> list[JsonValue]:
    found = value.get(name)
    return found if isinstance(found, list) else []
