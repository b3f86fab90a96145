"""One tree of errors on one page (STYLE 11).

Each class knows the HTTP status it becomes, its public code, whether the caller may try again, and what is known
about the outcome at the upstream. A library's errors are translated into these once, at the adapter.
`detail` is written for an end user: no host, no stack, no secret. What an operator needs is in `cause`/`__cause__`
and goes to the log, never to a client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["not_sent", "unknown", "applied"]
Refused = Literal["", "http", "proxy", "message"]
"""Whose password was refused: that of the HTTP request, of the proxy, or of the message itself."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong in a request: `pointer` is an RFC 6901 JSON Pointer into the body (`""` is the whole body)."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Quota:
    """What an upstream says about how much more it takes: `remaining` of `limit` calls until `reset_s` from now; None
    is not said. `refused`: this very call was one too many (429), and `reset_s` is when to come back."""

    remaining: int | None = None
    reset_s: float | None = None
    limit: int | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """One thing wrong in a configuration: where, what, and what would be right."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        tail = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{tail}"


@dataclass(frozen=True, slots=True)
class Written:
    """A problem document as it was once written, with its header fields: it is given again byte for byte."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


class BridgeError(Exception):
    """The root. Whatever leaves a public function of ours on purpose is one of these."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


# ── bad input of an operator: exit code 2 ────────────────────────────────────────────────────────────────────────


class ConfigError(BridgeError):
    """A configuration that cannot be used. `places` holds every fault found, not only the first."""

    def __init__(self, places: Sequence[Place]) -> None:
        super().__init__("\n".join(str(place) for place in places))
        self.places = tuple(places)


class ContractError(BridgeError):
    """A WSDL or schema that cannot be used at all; `detail` names the document, and what to do."""


class MissingDocuments(ContractError):
    """Documents that could not be had; one message with every URL and the `--resolve` line that would help.

    Each stands there once, below its reason: many mostly lack for one and the same.
    """

    def __init__(self, missing: Sequence[tuple[str, str]]) -> None:
        reasons = dict.fromkeys(reason for _, reason in missing)
        groups = {reason: [f"  --resolve {url}=PATH" for url, why in missing if why == reason] for reason in reasons}
        lines = [line for reason, helps in groups.items() for line in (f"{reason}:", *helps)]
        count = "A document" if len(missing) == 1 else f"{len(missing)} documents"
        text = f"{count} could not be had. Give a local copy of each with its line (PATH is yours to fill in):"
        super().__init__("\n".join([text, *lines]))
        self.missing = tuple(missing)

    @property
    def refused(self) -> bool:
        """Whether a password was refused: to ask soon again might lock its account."""
        return any(reason in {"http_401", "http_407"} for _, reason in self.missing)


class RouteError(BridgeError):
    """Routes that cannot be offered: two at one address, or a parameter that its operation does not have."""


class StoreError(BridgeError):
    """A store that cannot be used: its place, its schema, its key. `detail` says what to do."""


# ── what a client can be told: becomes an RFC 9457 document ──────────────────────────────────────────────────────


class CallError(BridgeError):
    """A call that did not end well.

    `errors`: one entry a violation; `fault`: the typed detail of a declared fault as JSON bytes;
    `retry_after_s`: seconds; `headers`: extra response headers (such as `Allow`); `attempts`: how often the system
    behind was asked, as far as whoever counts has told; `reply`: the answer that told of it, where it is passed on;
    `quota`: what that answer said about how much more the upstream takes.
    """

    status: int = 500
    code: str = "internal_error"
    title: str = "Something went wrong on our side"
    retryable: bool = False
    outcome: Outcome | None = None
    attempts: int = 0
    reply: object = None
    quota: Quota | None = None
    written: Written | None = None

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[Violation] = (),
        fault: bytes | None = None,
        retry_after_s: float | None = None,
        headers: Sequence[tuple[str, str]] = (),
        cause: str = "",
    ) -> None:
        super().__init__(detail or self.title)
        self.errors = tuple(errors)
        self.fault = fault
        self.retry_after_s = retry_after_s
        self.headers = tuple(headers)
        self.cause = cause


class BadRequest(CallError):
    """Not understood at all: broken JSON, a bad header, an unusable target."""

    status, code, title, outcome = 400, "bad_request", "The request could not be understood", "not_sent"


class MalformedJson(BadRequest):
    """The body is no JSON, or JSON that we refuse: a duplicate key, NaN, too deep (RFC 8259)."""

    code, title = "malformed_json", "The body is not valid JSON"


class Unauthorized(CallError):
    """No key, or a wrong one (RFC 9110 §15.5.2)."""

    status, code, title, outcome = 401, "unauthorized", "A valid key is needed", "not_sent"


class Forbidden(CallError):
    """The key is good, its scopes do not reach this."""

    status, code, title, outcome = 403, "forbidden", "This key may not do that", "not_sent"


class NotFound(CallError):
    """No such route."""

    status, code, title, outcome = 404, "not_found", "There is nothing at this address", "not_sent"


class MethodNotAllowed(CallError):
    """The route exists with other methods; `headers` carries `Allow`."""

    status, code, title, outcome = 405, "method_not_allowed", "This address does not take that method", "not_sent"


class NotAcceptable(CallError):
    """None of the media types in `Accept` can be made."""

    status, code, title, outcome = 406, "not_acceptable", "The answer cannot be given in the asked form", "not_sent"


class RequestTimeout(CallError):
    """The client did not finish its request in time."""

    status, code, title, outcome = 408, "request_timeout", "The request took too long to arrive", "not_sent"


class Conflict(CallError):
    """What is asked for does not go with what is there now, or somebody else was quicker."""

    status, code, title, outcome = 409, "conflict", "This does not fit the present state", "not_sent"


class PayloadTooLarge(CallError):
    """The body is over `server.limits.body`."""

    status, code, title, outcome = 413, "payload_too_large", "The body is too large", "not_sent"


class UnsupportedMediaType(CallError):
    """The body is not of a type this route takes."""

    status, code, title, outcome = 415, "unsupported_media_type", "The body has a type we do not take", "not_sent"


class Misdirected(CallError):
    """The Host is none of ours (RFC 9110 §15.5.20)."""

    status, code, title, outcome = 421, "misdirected_request", "This server does not answer for that host", "not_sent"


class DoesNotFit(CallError):
    """Valid JSON that does not fit the shape; `errors` names every violation."""

    status, code, title, outcome = 422, "does_not_fit", "The request does not fit the expected shape", "not_sent"


class TooManyRequests(CallError):
    """The caller is over its own limit; `retry_after_s` is set."""

    status, code, title = 429, "too_many_requests", "Too many requests"
    retryable, outcome = True, "not_sent"


class Fault(CallError):
    """A declared fault, or one that blames the client. Its status is chosen per fault, so it is of the instance.

    `message_headers`: the declared headers of the message it came in, a JSON object.
    """

    code, title = "fault", "The system behind refused the request"

    def __init__(
        self,
        detail: str,
        *,
        status: int,
        name: str = "",
        fault: bytes | None = None,
        message_headers: bytes | None = None,
    ) -> None:
        super().__init__(detail, fault=fault)
        self.status = status
        self.name = name
        self.message_headers = message_headers


class UpstreamError(CallError):
    """The system behind did not do its part. `stale`: the connection had been kept from before and ended without a byte
    of an answer, as when the other side had closed it already."""

    status, code, title = 502, "upstream_error", "The system behind did not answer properly"
    stale: bool = False


class UpstreamUnreachable(UpstreamError):
    """Refused, unknown host, no TLS: no byte of the request was accepted, so trying again is always safe."""

    code, title = "upstream_unreachable", "The system behind cannot be reached"
    retryable, outcome = True, "not_sent"


class UpstreamUnaddressed(UpstreamError):
    """No address was configured or advertised: to try again is of no use until a person gives one."""

    code, title, outcome = "upstream_unaddressed", "It is not known where the system behind is", "not_sent"


class UpstreamCut(UpstreamError):
    """The connection broke after the request may have left."""

    code, title, retryable, outcome = "upstream_cut", "The system behind broke off", True, "unknown"


class UpstreamInvalid(UpstreamError):
    """An answer that is no SOAP, no XML, of a wrong type, over a limit, or against its own contract."""

    code, title, outcome = "upstream_invalid", "The system behind gave an unusable answer", "unknown"


class UpstreamFault(UpstreamError):
    """A fault that blames the server. Transient by nature, so an idempotent call may be repeated. Where a gateway's or
    a crashed server's page came instead, its outcome is unknown."""

    code, title, retryable = "upstream_fault", "The system behind reported a failure", True


class AnswerFailed(CallError):
    """An answer that came well and says that it failed, by a rule of the configuration that blames the caller. Status
    and code are of the instance."""

    code, title = "failed", "The system behind says that this failed"


class UpstreamFailed(UpstreamError):
    """The same where the rule blames the system behind (5xx)."""

    code, title, outcome = "upstream_failed", "The system behind says that this failed", "unknown"


class UpstreamUnauthorized(UpstreamError):
    """Our own credentials were refused; the caller can do nothing about it. `refused`: where it was the password."""

    code, title, outcome = "upstream_unauthorized", "The system behind refused our credentials", "not_sent"
    refused: Refused = ""


class SessionExpired(UpstreamUnauthorized):
    """The session we had logged in to is over, so nothing was done: logged in again, the same may be sent again."""

    code, title = "session_expired", "The session with the system behind is over"


class UpstreamTimeout(UpstreamError):
    """No answer in time."""

    status, code, title, retryable = 504, "upstream_timeout", "The system behind did not answer in time", True
    outcome: Outcome | None = "unknown"


class NotKept(CallError):
    """The client wanted a kept answer or none (`only-if-cached`, RFC 9111 §5.2.1.7), and there is none."""

    status, code, title, outcome = 504, "not_kept", "There is no kept answer to this", "not_sent"


class OutcomeUnknown(UpstreamError):
    """A write that may or may not have happened. Never repeated by us."""

    status, code, title, outcome = 504, "outcome_unknown", "It is not known whether this was done", "unknown"


class Unavailable(CallError):
    """Not now. A client is always told when to come back: after `retry_after_s`, or `wait_s` where nobody knows."""

    status, code, title = 503, "unavailable", "This is not available right now"
    retryable = True
    outcome: Outcome | None = "not_sent"
    wait_s: float = 1.0


class UpstreamThrottled(Unavailable):
    """The upstream asks us to slow down (429, 503, or a fault that says so). `retry_after_s`: what it asked for. Its
    outcome is unknown where nothing says that it was the service, and not something in between, that refused."""

    code, title, wait_s = "upstream_throttled", "The system behind is busy", 5.0


class BreakerOpen(Unavailable):
    """The system behind failed too often, so nothing is sent to it for a while; `retry_after_s` is set."""

    code, title = "breaker_open", "The system behind is given a rest"


class NotReady(Unavailable):
    """The contract of this upstream is not known yet."""

    code, title = "not_ready", "This system is not connected yet"


class Overloaded(Unavailable):
    """Every slot is taken and the queue is full."""

    code, title = "overloaded", "Too much is going on"


class Stopping(Unavailable):
    """The server is shutting down."""

    code, title = "stopping", "The server is stopping"


class StoreUnavailable(Unavailable):
    """What had to be kept could not be: nothing was acknowledged, and nothing of it is there."""

    code, title = "store_unavailable", "This cannot be kept safe right now"
