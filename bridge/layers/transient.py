"""What may pass by itself, and what says that the system behind is ill: one table over all errors. Pure.

The adapters have told what happened in our own errors; `tests/…/test_transient.py` takes what each protocol may answer
through them, and compares what comes out with this table and with docs/retry.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bridge import errors
from bridge.errors import CallError

Again = Literal["any", "repeatable", "never"]
"""Which operations may be tried again: any, since not a byte was taken; those declared safe or idempotent; none."""
Health = Literal["good", "bad", "nothing"]
"""What it says about the system behind."""
BEHIND = errors.UpstreamError | errors.UpstreamThrottled | errors.Fault
"""Failures of the system behind."""
_STATUS = re.compile(r"http_(\d{3})")
_NO_TIME = frozenset({"", "deadline"})


def _always(_: CallError) -> bool:
    return True


def _passing(error: CallError) -> bool:
    return error.retryable


def _not_sent(error: CallError) -> bool:
    return error.outcome == "not_sent"


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of failure: the errors of a class for which `when` holds. `what`: in words, for people."""

    what: str
    kind: type[CallError]
    again: Again
    health: Health
    when: Callable[[CallError], bool] = _always


TABLE: tuple[Row, ...] = (
    Row("a write of which nobody knows whether it was done", errors.OutcomeUnknown, "never", "bad"),
    Row("no connection: refused, unknown host, no route, a kept connection that was closed before the first byte",
        errors.UpstreamUnreachable, "any", "bad", lambda one: one.retryable and _not_sent(one)),
    Row("a certificate or a version of TLS that does not do", errors.UpstreamUnreachable, "never", "bad"),
    Row("no address is known", errors.UpstreamUnaddressed, "never", "nothing"),
    Row("no time was left for a try", errors.UpstreamTimeout, "never", "nothing",
        lambda one: _not_sent(one) and one.cause in _NO_TIME),
    Row("no connection in time", errors.UpstreamTimeout, "any", "bad", _not_sent),
    Row("no answer in time", errors.UpstreamTimeout, "repeatable", "bad"),
    Row("the connection broke after the first byte", errors.UpstreamCut, "repeatable", "bad"),
    Row("our credentials were refused: 401, 403 of SOAP, 407, a fault that says so", errors.UpstreamUnauthorized,
        "never", "nothing"),
    Row("429, or 403 with its quota used up", errors.UpstreamThrottled, "repeatable", "nothing",
        lambda one: status_of(one) in {403, 429}),
    Row("503, or a rule that says so", errors.UpstreamThrottled, "repeatable", "bad"),
    Row("500, 502, 504, any other 5xx, a fault that blames the server", errors.UpstreamFault, "repeatable", "bad"),
    Row("a good answer that a rule of `fail_when` calls 500, 502, 503 or 504, or gives `retry_after`",
        errors.UpstreamFailed, "repeatable", "bad", _passing),
    Row("one that a rule calls another 5xx", errors.UpstreamFailed, "never", "bad"),
    Row("no answer of the contract: a page, broken XML or JSON, a wrong type, too large, a redirect",
        errors.UpstreamInvalid, "never", "bad"),
    Row("any other failure behind, if it may pass", errors.UpstreamError, "repeatable", "bad", _passing),
    Row("any other failure behind", errors.UpstreamError, "never", "bad"),
    Row("a fault that the configuration gives 500, 502, 503 or 504", errors.Fault, "repeatable", "bad", _passing),
    Row("any other fault, 4xx: the request is to blame", errors.Fault, "never", "good"),
    Row("a good answer that a rule of `fail_when` blames on the request", errors.AnswerFailed, "never", "good"),
    Row("whatever the bridge itself refuses: no place in time, the breaker is open, the request does not fit",
        CallError, "never", "nothing"),
)  # fmt: skip
"""The first row that fits decides."""


def row_of(error: CallError) -> Row:
    return next(row for row in TABLE if isinstance(error, row.kind) and row.when(error))


def again(error: CallError, on: Mapping[str, bool] | None = None) -> Again:
    """`on`: what a person says otherwise, by what `names` gives. Nothing makes a write repeatable that was begun."""
    found = row_of(error).again
    if not on or isinstance(error, errors.OutcomeUnknown) or not isinstance(error, BEHIND | errors.AnswerFailed):
        return found
    wanted = next((on[name] for name in names(error) if name in on), None)
    if wanted is None:
        return found
    return "never" if not wanted else "repeatable" if found == "never" else found


def names(error: CallError) -> Iterator[str]:
    """What an error may be called in `retry.on`, the most exact first: the name of its fault, a code or subcode of it,
    our own code, the status of the answer."""
    if isinstance(error, errors.Fault):
        yield error.name
    yield from error.cause.split("/")
    yield error.code
    if (status := status_of(error)) is not None:
        yield str(status)


def status_of(error: CallError) -> int | None:
    """The HTTP status that came, or that a person gave to a fault or an answer."""
    if came := _STATUS.match(error.cause):
        return int(came[1])
    if isinstance(error, errors.Fault | errors.AnswerFailed | errors.UpstreamFailed):
        return error.status
    return None
