"""What may become of a write that came under a key: members of the error tree of errors.py."""

from __future__ import annotations

from bridge.errors import BadRequest, CallError, Conflict, UpstreamError


class IdempotencyKeyMissing(BadRequest):
    """The operation asks for a key that tells a repeated request from a new one."""

    code, title = "idempotency_key_missing", "This needs an Idempotency-Key"


class IdempotencyInProgress(Conflict):
    """A request with this key is under way, and did not end in the time that this one may wait."""

    code, title = "idempotency_in_progress", "The same request is still under way"
    retryable = True


class IdempotencyKeyReused(CallError):
    """Another request was made under this key: nothing was done."""

    status, code, title, outcome = 422, "idempotency_key_reused", "This key belongs to another request", "not_sent"


class AnswerLost(UpstreamError):
    """A write that was done and whose answer nobody has: asked about it, the system behind says that it is there."""

    code, title, outcome = "answer_lost", "This was done, but its answer was lost", "applied"


class NotDone(UpstreamError):
    """A write that failed and that, asked about it, the system behind does not know of: it may be sent again."""

    code, title, retryable, outcome = "not_done", "This was not done", True, "not_sent"


class AnsweredBefore(CallError):
    """What a request was told before under the same key, told once more. Everything is of the instance."""

    code = "answered_before"
