"""From an HTTP answer to a body or to one of our errors. Pure.

A refusal (4xx) that may be the caller's is told to him with its own status; one that can only be ours is a failure of
the system behind. What stands in it reaches the client where somebody declared or allowed it, and else not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from adapters.http.plan import Declared
from bridge.call import JsonValue
from bridge.contracts import Operation
from bridge.errors import (
    CallError,
    Fault,
    MalformedJson,
    Outcome,
    UpstreamFault,
    UpstreamInvalid,
    UpstreamThrottled,
    UpstreamUnauthorized,
)
from bridge.rules.failing import Judging
from bridge.rules.faults import PASSING, FaultSeen, chosen_status
from bridge.shapes.json import dumps, loads
from bridge.transport.opened import Answer
from bridge.transport.retry_after import asked_s, used_up
from bridge.transport.wording import public_text

FAULT_BYTES_MAX = 100_000
TOLD = frozenset({402, 403, 404, 409, 410, 412, 413, 422, 423, 424, 428, 451})
"""What a client can do something about has the status that the system behind gave it."""
OURS = frozenset({405, 406, 408, 411, 414, 415, 417, 421, 425, 426, 431})
"""What is wrong with our request as such, whatever its arguments are."""
_OTHER = 422


@dataclass(frozen=True, slots=True)
class Reading:
    """How answers of one operation are read. `faults`: what tells a refusal → status; `errors_pass`: the JSON of one
    goes to the client although nobody declared it; `text`: a good answer is a text."""

    faults: Mapping[str, int] = field(default_factory=dict)
    declared: tuple[Declared, ...] = ()
    errors_pass: bool = False
    text: bool = False
    judging: Judging | None = None


PLAIN = Reading()


def body_of(answer: Answer, operation: Operation, how: Reading = PLAIN, *, now_s: float) -> bytes:
    """The JSON of a good answer, `b""` for none. Raises members of CallError."""
    if not 200 <= answer.status < 300:
        raise refused(answer, operation, how, now_s=now_s)
    if not answer.body:
        return b""
    if how.text:
        return _text_of(answer)
    if not is_json(answer.content_type):
        raise UpstreamInvalid(cause=f"content_type {answer.content_type[:100]}")
    try:
        loads(answer.body)
    except MalformedJson as error:
        raise UpstreamInvalid(cause=f"no JSON: {error.detail[:200]}") from error
    if how.judging is not None:
        how.judging.check(answer.body.decode())
    return answer.body


def is_json(content_type: str) -> bool:
    return content_type in {"application/json", "text/json"} or content_type.endswith("+json")


def _text_of(answer: Answer) -> bytes:
    if is_json(answer.content_type):
        raise UpstreamInvalid(cause="JSON where a text was declared")
    try:
        return dumps(answer.body.decode(answer.charset or "utf-8")).encode("utf-8", "replace")
    except (UnicodeDecodeError, LookupError) as error:
        raise UpstreamInvalid(cause=f"not a text in {(answer.charset or 'utf-8')[:40]}") from error


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────


def refused(answer: Answer, operation: Operation, how: Reading = PLAIN, *, now_s: float) -> CallError:
    """The error that a status other than 2xx is."""
    status, cause = answer.status, f"http_{answer.status}"
    if status in {401, 407}:
        denied = UpstreamUnauthorized(cause=cause)
        denied.refused = "http" if status == 401 else "proxy"
        return denied
    seen = _seen(answer)
    chosen = chosen_status(seen, how.faults) if how.faults else None
    if chosen is None and (status in {429, 503} or (status == 403 and used_up(answer.headers))):
        busy = UpstreamThrottled(retry_after_s=asked_s(status, answer.headers, now_s), cause=cause)
        busy.outcome = _outcome(operation) if status == 503 else "not_sent"
        return busy
    if chosen is not None and chosen < 500:
        return _fault(answer, seen, how, chosen)
    if 400 <= status < 500 and status not in OURS and chosen is None:
        return _fault(answer, seen, how, status if status in TOLD else _OTHER)
    if status >= 500 or chosen is not None:
        return _failed(answer, operation, chosen or 0, now_s)
    invalid: CallError = UpstreamInvalid(cause=cause)
    if status in OURS:
        invalid.outcome = "not_sent"
    return invalid


def _fault(answer: Answer, seen: FaultSeen, how: Reading, status: int) -> Fault:
    passes = seen.detail is not None and (how.errors_pass or declared_for(answer.status, how.declared) is not None)
    # The words of a problem document that nobody declared may be about anything, so only its title is told.
    told = public_text(seen.text) or "The system behind refused the request"
    fault = Fault(told, status=status, name=seen.name, fault=seen.detail.encode() if passes and seen.detail else None)
    fault.cause = f"http_{answer.status}"
    return fault


def _failed(answer: Answer, operation: Operation, chosen: int, now_s: float) -> CallError:
    failed = UpstreamFault(cause=f"http_{answer.status}", retry_after_s=asked_s(answer.status, answer.headers, now_s))
    failed.outcome = _outcome(operation)
    if chosen:
        failed.status = chosen
        failed.retryable = chosen in PASSING
    return failed


def declared_for(status: int, declared: tuple[Declared, ...]) -> Declared | None:
    """What a document says of this very answer, if it has JSON: by its status, its class, or of all others."""
    for wanted in (str(status), f"{status // 100}XX", "default"):
        found = next((one for one in declared if one.status == wanted), None)
        if found is not None:
            return found if found.schema is not None else None
    return None


def status_told(status: int) -> int:
    """The status that a client is given for a refusal of this one."""
    return status if status in TOLD else _OTHER


def name_of(status: int) -> str:
    """`404` → `NotFound`."""
    try:
        return "".join(word[:1].upper() + word[1:] for word in HTTPStatus(status).phrase.replace("-", " ").split())
    except ValueError:
        return f"Status{status}"


def _seen(answer: Answer) -> FaultSeen:
    value: JsonValue = None
    if is_json(answer.content_type) and 0 < len(answer.body) <= FAULT_BYTES_MAX:
        try:
            value = loads(answer.body)
        except MalformedJson:
            value = None
    title = (
        value.get("title") if isinstance(value, dict) and answer.content_type == "application/problem+json" else None
    )
    types = (value["type"],) if isinstance(value, dict) and title and isinstance(value.get("type"), str) else ()
    text = title if isinstance(title, str) else ""
    detail = dumps(value) if value is not None else None
    return FaultSeen(name_of(answer.status), str(answer.status), (), tuple(map(str, types)), text, detail)


def _outcome(operation: Operation) -> Outcome | None:
    """Whoever stands between may have made the page after the write was done."""
    return None if operation.safe else "unknown"
