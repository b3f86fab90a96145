"""Between the JSON of a client and one HTTP exchange: arguments → request, answer → body or error. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from adapters.http.config import BODILESS, HttpRequestSettings
from bridge.call import JsonValue
from bridge.contracts import Operation
from bridge.errors import (
    CallError,
    DoesNotFit,
    Fault,
    Outcome,
    UpstreamFault,
    UpstreamInvalid,
    UpstreamThrottled,
    UpstreamUnauthorized,
    Violation,
)
from bridge.shapes.json import Number, dumps, loads
from bridge.transport.opened import Answer
from bridge.transport.retry_after import asked_s, used_up

_NAMES = {404: "NotFound", 409: "Conflict", 403: "Forbidden"}
JSON_TYPES = ("application/json", "text/json")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, without credentials. `target`: path and query behind the base."""

    method: str
    target: str
    body: bytes | None


def request_of(settings: HttpRequestSettings, args: JsonValue) -> Request:
    """Raises DoesNotFit with every place that is wrong."""
    if not isinstance(args, dict):
        raise DoesNotFit(errors=[Violation("", "must be an object")])
    rest = dict(args)
    wrong: list[Violation] = []
    path = {name: _segment(name, rest.pop(name, None), wrong) for name in settings.parameters}
    bodiless = settings.method in BODILESS
    queried = tuple(rest) if bodiless else tuple(name for name in settings.query if name in rest)
    pairs = [pair for name in queried for pair in _pairs(name, rest.pop(name), wrong)]
    if wrong:
        raise DoesNotFit(errors=wrong)
    target = settings.filled(path) + ("?" + urlencode(pairs) if pairs else "")
    return Request(settings.method, target, None if bodiless else dumps(rest).encode())


def _segment(name: str, value: JsonValue, wrong: list[Violation]) -> str:
    text = _text(value)
    if text is None or text in {"", ".", ".."}:
        wrong.append(Violation(f"/{name}", "must be a text or a number, for it is part of an address"))
        return ""
    return quote(text, safe="")


def _pairs(name: str, value: JsonValue, wrong: list[Violation]) -> list[tuple[str, str]]:
    texts = [_text(one) for one in (value if isinstance(value, list) else [value])]
    if None in texts:
        wrong.append(Violation(f"/{name}", "must be a simple value or a list of those, for it is part of an address"))
    return [(name, text) for text in texts if text is not None]


def _text(value: JsonValue) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | Number) else None


def body_of(answer: Answer, operation: Operation, *, now_s: float) -> bytes:
    """The JSON of a good answer, `b""` for none. Raises members of CallError."""
    if not 200 <= answer.status < 300:
        raise refused(answer, operation, now_s=now_s)
    if not answer.body:
        return b""
    if not (answer.content_type in JSON_TYPES or answer.content_type.endswith("+json")):
        raise UpstreamInvalid(cause=f"content_type {answer.content_type[:100]}")
    try:
        loads(answer.body)
    except CallError as error:
        raise UpstreamInvalid(cause=f"no JSON: {error.detail[:200]}") from error
    return answer.body


def refused(answer: Answer, operation: Operation, *, now_s: float) -> CallError:
    """The error that a status other than 2xx is."""
    status, cause = answer.status, f"http_{answer.status}"
    if status in {401, 407}:
        return UpstreamUnauthorized(cause=cause)
    if status in {429, 503} or (status == 403 and used_up(answer.headers)):
        busy = UpstreamThrottled(retry_after_s=asked_s(status, answer.headers, now_s), cause=cause)
        busy.outcome = _outcome(operation) if status == 503 else "not_sent"
        return busy
    if 400 <= status < 500:
        name = _NAMES.get(status, "")
        fault = Fault("The system behind refused the request", status=status if name else 422, name=name)
        fault.cause = cause
        return fault
    if status >= 500:
        failed = UpstreamFault(cause=cause)
        failed.outcome = _outcome(operation)
        return failed
    return UpstreamInvalid(cause=cause)


def _outcome(operation: Operation) -> Outcome | None:
    """Whoever stands between may have made the page after the write was done."""
    return None if operation.safe else "unknown"
