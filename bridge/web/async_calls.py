"""`Prefer: respond-async` (RFC 7240 §4.1): a request becomes a job, and its answer an address to come back to.

Whatever is wrong with a request is said at once; what is accepted is durable before it is answered. Knows no queue and
no store: who keeps the calls is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from aiohttp import hdrs, web
from multidict import istr

from bridge.call import JsonValue, Reply
from bridge.errors import BadRequest, NotAcceptable, UnsupportedMediaType
from bridge.errors_writes import IdempotencyKeyMissing
from bridge.shapes.json import dumps, loads
from bridge.store.tickets import Ticket
from bridge.web import negotiate
from bridge.web.answer import answer
from bridge.web.async_settings import AsyncSettings
from bridge.web.async_shown import location_of, pending, result_of
from bridge.web.coding import Coder
from bridge.web.idempotency_key import KEY, read_key
from bridge.web.plans import PREFER, Plan
from bridge.web.snapshot import Snapshot
from bridge.web.trace import RequestInfo

CALLBACK = istr("Callback")
_APPLIED = istr("Preference-Applied")
_RESPOND = re.compile(r"(?:^|,)\s*respond-async\s*(?:[;,]|$)", re.IGNORECASE)
_HEADER_MAX = 4096


class Tickets(Protocol):
    """Who keeps the calls."""

    async def accept(
        self,
        operation: str,
        args: JsonValue,
        *,
        owner: str,
        headers: Mapping[str, str],
        no_cache: bool,
        key: str,
        callback: str,
        trace_id: str,
    ) -> Ticket: ...

    async def look(self, job_id: str) -> Ticket | None: ...

    async def answer(self, job_id: str) -> bytes | None: ...

    async def ended(self, job_id: str, wait_s: float) -> Ticket | None: ...

    async def cancel(self, job_id: str, cause: str) -> bool: ...


class AsyncCalls:
    """Takes a request over where that is wanted. `tickets` None: there is no store, and the preference is passed by.
    `callbacks`: the names that a caller may give."""

    def __init__(
        self,
        tickets: Callable[[], Tickets | None],
        settings: Callable[[], AsyncSettings],
        callbacks: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._tickets, self._settings, self._callbacks = tickets, settings, callbacks
        self._coder = Coder()

    async def take(
        self, request: web.BaseRequest, info: RequestInfo, plan: Plan, snapshot: Snapshot
    ) -> web.Response | None:
        """None where it is to be answered as always. Raises members of CallError."""
        how, asked = plan.route.answers.later, PREFER in request.headers
        if how != "always" and not asked and CALLBACK not in request.headers:
            return None
        tickets, prefer = self._tickets(), _prefer(request)
        wanted = _RESPOND.search(prefer) is not None
        if tickets is None or how == "never" or not (wanted or how == "always"):
            if CALLBACK in request.headers:
                raise BadRequest("Callback goes with Prefer: respond-async, where this address takes it.")
            return None
        callback = self._checked(request, plan)
        key = read_key(request.headers.getall(KEY, ()), unquoted=True) or ""
        if not key and plan.keyed is not None and plan.keyed.required and not plan.keyed.made:
            raise IdempotencyKeyMissing('Send a key in quotes, such as Idempotency-Key: "8e03978e-40d5-43dd".')
        args = plan.args if isinstance(plan.args, bytes) else dumps(plan.args).encode("utf-8", "surrogatepass")
        await snapshot.upstreams[plan.route.upstream].dry_run(plan.route.operation, args)
        ticket = await tickets.accept(
            plan.operation,
            loads(args) if args else {},
            owner=info.principal.name if info.principal else "",
            headers=plan.forwarded,
            no_cache=plan.no_cache,
            key=key,
            callback=callback,
            trace_id=info.trace.trace_id,
        )
        return await self._answered(request, tickets, ticket, prefer if wanted else "", info)

    def _checked(self, request: web.BaseRequest, plan: Plan) -> str:
        """Who is to be told, "" for nobody."""
        if plan.want != "json" or plan.rows:
            raise NotAcceptable(f"An answer to come back for is {negotiate.JSON}; rows and files are not kept.")
        if plan.uploads:
            raise UnsupportedMediaType("Files cannot be sent for an answer to come back for: send JSON.")
        named = request.headers.getall(CALLBACK, [])
        if len(named) > 1 or (named and named[0] not in self._callbacks()):
            raise BadRequest("There is no callback with this name.")
        return named[0] if named else ""

    async def _answered(
        self, request: web.BaseRequest, tickets: Tickets, ticket: Ticket, prefer: str, info: RequestInfo
    ) -> web.Response:
        """The answer itself where that is there within the time that the client waits; else where to come back to."""
        applied, wait_s = ["respond-async"] if prefer else [], negotiate.wait_s(prefer)
        if wait_s:
            wait_s = min(wait_s, self._settings().wait)
            applied.append(f"wait={int(wait_s)}")
            ticket = await tickets.ended(ticket.job_id, wait_s) or ticket
        if wait_s and ticket.state in {"done", "dead"} and not ticket.expired:
            meta, body = result_of(ticket, await tickets.answer(ticket.job_id))
            response = await answer(request, Reply(body, meta), self._coder, private=info.principal is not None)
            response.headers[hdrs.CONTENT_LOCATION] = location_of(ticket) + "/answer"
        else:
            response = pending(ticket)
            response.headers[hdrs.LOCATION] = location_of(ticket)
        if applied:
            response.headers[_APPLIED] = ", ".join(applied)
        return response


def _prefer(request: web.BaseRequest) -> str:
    return ", ".join(request.headers.getall(PREFER, []))[:_HEADER_MAX]
