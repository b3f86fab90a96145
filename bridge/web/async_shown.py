"""A ticket as a client sees it: its address, where it stands, and the answer once that is there. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import hdrs, web

from bridge import errors
from bridge.call import JsonValue, Meta
from bridge.errors import CallError
from bridge.shapes.json import Number, dumps
from bridge.store.ticket_head import read_head
from bridge.store.tickets import Ticket
from bridge.web.negotiate import JSON

PREFIX = "/jobs"
POLL_S = 2
STATES = ("waiting", "running", "done", "failed", "cancelled")
_SHOWN = {"running": "running", "done": "done", "dead": "failed", "cancelled": "cancelled"}


class Gone(CallError):
    """What was kept here was kept long enough."""

    status, code, title, outcome = 410, "gone", "This is not kept any more", None


class Cancelled(CallError):
    """The answer of a call that was taken back."""

    status, code, title, outcome = 410, "cancelled", "This call was taken back", "not_sent"


def location_of(ticket: Ticket) -> str:
    return f"{PREFIX}/{ticket.job_id}-{ticket.secret}"


def shown(ticket: Ticket) -> bytes:
    """Where it stands, as JSON."""
    value: dict[str, JsonValue] = {
        "id": f"{ticket.job_id}-{ticket.secret}",
        "state": _SHOWN.get(ticket.state, "waiting"),
        "operation": ticket.operation,
        "attempts": Number(str(ticket.attempt)),
        "createdAt": _stamp(ticket.created_at),
        "traceId": ticket.correlation,
    }
    if not ticket.ended and ticket.due_at > ticket.created_at:
        value["notBefore"] = _stamp(ticket.due_at)
    if ticket.code:
        value["code"] = ticket.code
    if ticket.ended_at is not None:
        value["endedAt"] = _stamp(ticket.ended_at)
    if ticket.state in {"done", "dead"}:
        value["answer"] = f"{location_of(ticket)}/answer"
    return dumps(value).encode()


def pending(ticket: Ticket) -> web.Response:
    """202: come back."""
    headers = {hdrs.RETRY_AFTER: str(POLL_S), hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(status=202, body=shown(ticket), content_type=JSON, headers=headers)


def result_of(ticket: Ticket, body: bytes | None) -> tuple[Meta, bytes]:
    """Status and body as the call would have had. Raises what the call would have raised."""
    if ticket.state == "cancelled":
        raise Cancelled
    head = read_head(ticket.head) if ticket.head else None
    if ticket.state == "dead":
        # Told by its handler, unless it ended in another way since: then its code is another one.
        raise head if isinstance(head, CallError) and head.code == ticket.code else _named(ticket.code)
    if isinstance(head, CallError):
        raise head
    if not body:
        return Meta(status=204), b""
    return Meta(status=head or 200), body


def _named(code: str) -> CallError:
    """The problem with a code, such as that of a worker that was lost on the way."""
    kind = _kinds().get(code)
    if kind is not None:
        return kind()
    error = CallError("It was given up.")
    error.code, error.title = code or error.code, "The call was given up"
    return error


def _kinds() -> dict[str, type[CallError]]:
    """Those of our own that need no more than their code."""
    found: dict[str, type[CallError]] = {CallError.code: CallError}
    some: list[type[CallError]] = [errors.OutcomeUnknown, errors.NotFound, errors.StoreUnavailable]
    return found | {one.code: one for one in some}


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
