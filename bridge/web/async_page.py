"""`/jobs/{id}`: where a call stands, `/jobs/{id}/answer`: what it was answered; DELETE takes it back.

Seen by the key that made the call, and by operators; for everyone else there is nothing here. Whoever may wait says
`Prefer: wait=N`, and is told the moment it has ended.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hmac import compare_digest
from typing import Protocol

from aiohttp import hdrs, web

from bridge.call import Principal, Reply
from bridge.errors import Forbidden, MethodNotAllowed, NotFound
from bridge.store.tickets import Ticket
from bridge.web import negotiate
from bridge.web.answer import answer
from bridge.web.async_calls import Tickets
from bridge.web.async_settings import AsyncSettings
from bridge.web.async_shown import PREFIX, Gone, location_of, pending, result_of, shown
from bridge.web.coding import Coder
from bridge.web.plans import PREFER
from bridge.web.trace import RequestInfo

METHODS = ("GET", "HEAD", "OPTIONS", "DELETE")
_PATH = re.compile(PREFIX + r"/([0-9a-z]{26})-([0-9a-f]{32})(/answer)?")


class Permits(Protocol):
    """What keys may do."""

    def allows(self, principal: Principal | None, target: str) -> bool: ...

    def administers(self, principal: Principal | None, verb: str) -> bool: ...


class TicketsPage:
    """One of the bridge's own addresses. `tickets` None: there is no store, and nothing here."""

    def __init__(
        self,
        tickets: Callable[[], Tickets | None],
        settings: Callable[[], AsyncSettings],
        permits: Callable[[], Permits],
    ) -> None:
        self._tickets, self._settings, self._permits = tickets, settings, permits
        self._coder = Coder()

    async def page(self, request: web.BaseRequest, info: RequestInfo) -> web.StreamResponse:
        match, tickets = _PATH.fullmatch(request.raw_path.partition("?")[0]), self._tickets()
        if match is None or tickets is None:
            raise NotFound
        job_id, secret, answered = match[1], match[2], match[3] is not None
        info.notes.route = f"{PREFIX}/{{id}}{match[3] or ''}"
        deleting = request.method == "DELETE"
        if deleting and answered:
            raise MethodNotAllowed(headers=[("Allow", "GET, HEAD, OPTIONS")])
        ticket = self._seen(await tickets.look(job_id), secret, info.principal, "jobs" if deleting else "read")
        if deleting:
            return await self._taken_back(tickets, ticket, info)
        wait_s, waited = self._wait_s(request), None
        if wait_s and not ticket.ended and not ticket.expired:
            waited = wait_s
            ticket = await tickets.ended(job_id, wait_s) or ticket
        if ticket.expired:
            raise Gone
        response = await self._shown(request, info, tickets, ticket, answered=answered)
        if waited is not None:
            response.headers["Preference-Applied"] = f"wait={int(waited)}"
        return response

    async def _shown(
        self, request: web.BaseRequest, info: RequestInfo, tickets: Tickets, ticket: Ticket, *, answered: bool
    ) -> web.Response:
        if answered and ticket.ended:
            meta, body = result_of(ticket, await tickets.answer(ticket.job_id))
            return await answer(request, Reply(body, meta), self._coder, private=info.principal is not None)
        response = _standing(ticket)
        etag = negotiate.etag_of(response.body if isinstance(response.body, bytes) else b"")
        response.headers[hdrs.ETAG] = etag
        if response.status != 303 and negotiate.is_unchanged(request.headers.get(hdrs.IF_NONE_MATCH, ""), etag):
            kept = {name: response.headers[name] for name in response.headers if name != hdrs.CONTENT_TYPE}
            return web.Response(status=304, headers=kept)
        return response

    def _wait_s(self, request: web.BaseRequest) -> float | None:
        wished = negotiate.wait_s(", ".join(request.headers.getall(PREFER, [])))
        return min(wished, self._settings().wait) if wished else None

    def _seen(self, ticket: Ticket | None, secret: str, principal: Principal | None, verb: str) -> Ticket:
        """Raises NotFound for whoever it is not meant for, and Forbidden where his key may not do that any more."""
        if ticket is None or not compare_digest(ticket.secret, secret):
            raise NotFound
        permits = self._permits()
        if permits.administers(principal, verb):
            return ticket
        if ticket.owner != (principal.name if principal else ""):
            raise NotFound
        if ticket.operation and not permits.allows(principal, ticket.operation.replace(".", ":", 1)):
            raise Forbidden
        return ticket

    async def _taken_back(self, tickets: Tickets, ticket: Ticket, info: RequestInfo) -> web.Response:
        """204: it will not be done; 202: it is being stopped. Raises Conflict where that is not possible."""
        if ticket.expired:
            raise Gone
        who = info.principal.name if info.principal else "its caller"
        if await tickets.cancel(ticket.job_id, f"cancelled by {who}"):
            return web.Response(status=204, headers={hdrs.CACHE_CONTROL: "no-store"})
        return pending(await tickets.look(ticket.job_id) or ticket)


def _standing(ticket: Ticket) -> web.Response:
    """202 while it is not over, 303 to the answer, 200 where there will be none."""
    if not ticket.ended:
        response = pending(ticket)
        response.headers[hdrs.CACHE_CONTROL] = "no-cache"
        return response
    headers = {hdrs.CACHE_CONTROL: "no-cache"}
    status = 200
    if ticket.state in {"done", "dead"}:
        status, headers[hdrs.LOCATION] = 303, f"{location_of(ticket)}/answer"
    return web.Response(status=status, body=shown(ticket), content_type=negotiate.JSON, headers=headers)
