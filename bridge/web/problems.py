"""Errors as RFC 9457 problem documents. Pure.

A member of the error tree says what a client may know; anything else becomes a 500 without a word on why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from urllib.parse import quote as quote_uri

from bridge.errors import CallError, Fault, Unavailable, Violation
from bridge.shapes.json import quote

MEDIA_TYPE = "application/problem+json"
ERRORS_MAX = 100
_TEXT_MAX = 2000
_POINTER_MAX = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document ready to send; `headers` holds its content type."""

    status: int
    code: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def problem(error: BaseException, *, request_id: str, trace_id: str) -> Problem:
    """The document for an error; for one that is not of our tree, the plain 500."""
    known = error if isinstance(error, CallError) else CallError()
    headers = [("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store")]
    retry_after_s = known.retry_after_s
    if retry_after_s is None and isinstance(known, Unavailable):
        retry_after_s = known.wait_s
    if retry_after_s is not None:
        headers.append(("Retry-After", str(max(0, math.ceil(retry_after_s)))))
    headers += known.headers
    if known.written is not None:
        again = [one for one in known.headers if one not in known.written.headers]
        return Problem(known.status, known.code, (*known.written.headers, *again), known.written.body)
    return Problem(known.status, known.code, tuple(headers), _document(known, request_id, trace_id))


def _document(error: CallError, request_id: str, trace_id: str) -> bytes:
    detail = error.detail
    if len(error.errors) > ERRORS_MAX:
        detail = f"{detail} ({len(error.errors)} errors; the first {ERRORS_MAX} are listed.)"
    members = [
        ("type", quote(f"urn:legacy-bridge:problem:{error.code}")),
        ("title", quote(error.title)),
        ("status", str(error.status)),
        ("detail", quote(_cut(detail, _TEXT_MAX))),
        ("instance", quote(f"urn:legacy-bridge:request:{quote_uri(request_id, safe='')}")),
        ("code", quote(error.code)),
        ("retryable", "true" if error.retryable else "false"),
        *([("outcome", quote(error.outcome))] if error.outcome else []),
        ("traceId", quote(trace_id)),
    ]
    text = ",".join(f"{quote(name)}:{value}" for name, value in members)
    if error.errors:
        text += ',"errors":[' + ",".join(map(_violation, error.errors[:ERRORS_MAX])) + "]"
    # The fault is JSON already, made by the codec; it goes in as it is.
    fault = b',"fault":' + error.fault if error.fault else b""
    if isinstance(error, Fault) and error.message_headers:
        fault += b',"headers":' + error.message_headers
    # A lone surrogate can come in with a hostile text and must not stop the answer.
    return b"{" + text.encode("utf-8", "replace") + fault + b"}"


def _violation(violation: Violation) -> str:
    pointer, detail = _cut(violation.pointer, _POINTER_MAX), _cut(violation.detail, _TEXT_MAX)
    return f'{{"pointer":{quote(pointer)},"detail":{quote(detail)}}}'


def _cut(text: str, length_max: int) -> str:
    return text if len(text) <= length_max else text[: length_max - 1] + "…"
