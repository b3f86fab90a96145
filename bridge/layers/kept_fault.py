"""A fault as it is kept: enough of it to raise the same one again. Pure."""

from __future__ import annotations

import msgspec

from bridge.errors import AnswerFailed, CallError, Fault, Outcome

FAULT_BYTES_MAX = 64_000


class KeptFault(msgspec.Struct, frozen=True, array_like=True):
    """A declared fault, by its `name`, or an answer that failed by a rule (`name` is its code then)."""

    name: str
    declared: bool
    status: int
    code: str
    detail: str
    fault: bytes | None
    message_headers: bytes | None
    retryable: bool
    outcome: Outcome | None
    cause: str

    @property
    def size(self) -> int:
        return len(self.detail) + len(self.fault or b"") + len(self.message_headers or b"")

    def error(self) -> CallError:
        """A new one each time: an exception that is raised twice gathers the tracebacks of both."""
        error: CallError
        if self.declared:
            error = Fault(
                self.detail,
                status=self.status,
                name=self.name,
                fault=self.fault,
                message_headers=self.message_headers,
            )
            error.cause = self.cause
        else:
            error = AnswerFailed(self.detail, fault=self.fault, cause=self.cause)
            error.status = self.status
        error.code, error.retryable, error.outcome = self.code, self.retryable, self.outcome
        return error


def kept_fault(error: CallError) -> KeptFault | None:
    """None for what is no fault of a name, or too large a one."""
    if isinstance(error, Fault) and error.name:
        name, headers = error.name, error.message_headers
    elif isinstance(error, AnswerFailed):
        name, headers = error.code, None
    else:
        return None
    kept = KeptFault(
        *(name, isinstance(error, Fault), error.status, error.code, error.detail, error.fault, headers),
        *(error.retryable, error.outcome, error.cause),
    )
    return kept if kept.size <= FAULT_BYTES_MAX else None
