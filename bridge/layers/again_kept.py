"""An answer, good or not, as it is kept for whoever sends the same request again. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from bridge.call import Meta, Reply
from bridge.errors import CallError, Outcome, Written
from bridge.errors_writes import AnsweredBefore

REPLAYED = ("Idempotency-Replayed", "true")
"""A header field of each answer that was given before."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a request comes to: a reply, or an error with its document already written. `first`: not given before."""

    reply: Reply | None = None
    error: CallError | None = None
    first: bool = True

    def give(self, *, again: bool) -> Reply:
        """Returns the reply, or raises the error; `again`: to somebody else than the one it was made for."""
        replayed = again or not self.first
        if self.reply is not None:
            return self.reply.with_meta(replayed=True) if replayed else self.reply
        assert self.error is not None  # it is one or the other
        raise repeated(self.error) if replayed else self.error


def repeated(error: CallError) -> CallError:
    """The same once more, as an exception of its own."""
    again = AnsweredBefore(error.detail, fault=error.fault, retry_after_s=error.retry_after_s, cause=error.cause)
    again.status, again.code, again.title = error.status, error.code, error.title
    again.retryable, again.outcome, again.written = error.retryable, error.outcome, error.written
    again.headers = (REPLAYED,) if error.written is not None else error.headers
    return again


def packed(told: Told) -> bytes:
    """For the store: a line about it, and its bytes."""
    if told.reply is not None:
        return _line({"status": told.reply.meta.status}) + told.reply.body
    error = told.error
    assert error is not None  # it is one or the other
    assert error.written is not None  # as it was told
    head = {
        "status": error.status,
        "code": error.code,
        "retryable": error.retryable,
        "outcome": error.outcome,
        "headers": list(error.written.headers),
    }
    return _line(head) + error.written.body


def unpacked(data: bytes) -> Told:
    """Out of the store."""
    line, _, body = data.partition(b"\n")
    head: dict[str, Any] = json.loads(line)
    if "code" not in head:
        return Told(Reply(body, Meta(status=head["status"])), first=False)
    error = AnsweredBefore()
    error.status, error.code, error.retryable = head["status"], head["code"], head["retryable"]
    error.outcome = cast("Outcome | None", head["outcome"])
    error.written = Written(tuple((name, value) for name, value in head["headers"]), body)
    return Told(error=error, first=False)


def _line(head: dict[str, Any]) -> bytes:
    return json.dumps(head, separators=(",", ":")).encode() + b"\n"
