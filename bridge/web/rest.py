"""The asked corridor: a request becomes a call, a reply becomes an answer. One line a step, in `_ask`.

Knows routes and services, no upstream and no format. Who asks, and how long a request may take to arrive, the edge has
settled before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from aiohttp import hdrs, web
from multidict import CIMultiDict, CIMultiDictProxy

from bridge.call import Call, Principal, Reply, Service, Want
from bridge.contracts import Keyed
from bridge.errors import BadRequest, Forbidden, MethodNotAllowed, NotReady, PayloadTooLarge
from bridge.shapes.json import dumps
from bridge.web import async_page, explain, negotiate, params, rows
from bridge.web.again import Again
from bridge.web.answer import answer
from bridge.web.async_calls import AsyncCalls
from bridge.web.binary import binary_answer
from bridge.web.coding import Coder
from bridge.web.cors import Cors, is_preflight
from bridge.web.expect import invite
from bridge.web.idempotency_key import KEY, REPLAYED, read_key
from bridge.web.passthrough import PassingOn
from bridge.web.plans import PREFER, Made, Plan, Plans
from bridge.web.route_table import PENDING_RETRY_S, RESERVED, Match
from bridge.web.routes import Route
from bridge.web.settings import LimitSettings
from bridge.web.snapshot import PassedOn, Snapshot
from bridge.web.stream_answer import StreamAnswer
from bridge.web.trace import RequestInfo
from bridge.web.uploads import Received, Receiver, Room
from bridge.web.wants import want_of
from bridge.web.wishes import wishes

Page = Callable[[web.BaseRequest, RequestInfo], Awaitable[web.StreamResponse]]
"""One of the bridge's own addresses: documents, health, metrics."""
READING = ("GET", "HEAD", "OPTIONS")
PATIENCE_MAX_S = 3600.0  # an operation's own deadline is a layer; this only bounds what a client may wish
UPLOAD_PATIENCE_S = 86400.0  # counted from the head of a request, whose files may have taken hours to arrive


class Permits(Protocol):
    """Whether a caller may use `upstream:operation`."""

    def allows(self, principal: Principal | None, target: str) -> bool: ...

    def explains(self, principal: Principal | None) -> bool:
        """Whether a caller may see both sides of a call."""
        ...


class Rest:
    """The handler of all requests. `pages` by their name: the keys of `route_table.RESERVED`."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        permits: Permits,
        *,
        pages: Mapping[str, Page] | None = None,
        cors: Cors | None = None,
        limits: LimitSettings | None = None,
        later: AsyncCalls | None = None,
    ) -> None:
        self._snapshot, self._later = snapshot, later
        self._pages = pages or {}
        self._limits = limits or LimitSettings()
        self._receiver = Receiver(self._limits, Room(self._limits.uploads))
        self._passing_on = PassingOn(self._limits, self._receiver.room)
        self._coder = Coder()
        self._plans = Plans()
        self.use(permits, cors or Cors())

    def use(self, permits: Permits, cors: Cors) -> None:
        """Swap who may ask and from which pages, as a reload does."""
        self._permits, self._cors = permits, cors

    async def __call__(self, request: web.BaseRequest, info: RequestInfo) -> web.StreamResponse:
        """The answer. Raises members of `errors.CallError`, which the edge writes as problem documents."""
        snapshot = self._snapshot()
        plan = None if explain.EXPLAIN in request.headers else self._plans.find(snapshot, request)
        if plan is not None:
            response: web.StreamResponse = await self._follow(request, info, plan)
        else:
            path = request.raw_path.partition("?")[0]
            name = _page_of(path, snapshot)
            page = self._pages.get(name)
            passed = None if page else self._passed_on(request, snapshot, path)
            if passed is not None:
                response = await self._pass_on(request, info, *passed)
            elif request.method == "OPTIONS":
                return self._options(request, _methods_of(name) if page else snapshot.routes.allowed(path))
            else:
                response = await (self._show(request, info, page, name) if page else self._ask(request, info, snapshot))
        if self._cors.origins:
            response.headers.extend(self._cors.headers(request.headers.get(hdrs.ORIGIN, "")))
        return response

    def _passed_on(self, request: web.BaseRequest, snapshot: Snapshot, path: str) -> tuple[str, PassedOn] | None:
        """The prefix and the upstream of a request that is no operation's and is passed on."""
        found = snapshot.passing_at(path) if snapshot.passing else None
        if found is None or snapshot.routes.has(request.method, path):
            return None
        asked_by_browser = is_preflight(
            request.method,
            request.headers.get(hdrs.ORIGIN, ""),
            request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD, ""),
        )
        return None if asked_by_browser and self._cors.origins else found

    async def _pass_on(
        self, request: web.BaseRequest, info: RequestInfo, prefix: str, passed: PassedOn
    ) -> web.StreamResponse:
        self._authorise(info, f"{passed.upstream}:{request.method}")
        return await self._passing_on(request, info, prefix, passed)

    async def _ask(self, request: web.BaseRequest, info: RequestInfo, snapshot: Snapshot) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        match = snapshot.routes.match(request.method, path)
        _note_route(info, match.route)
        self._authorise(info, _target(match.route))
        explaining = explain.wanted(request.headers)
        if explaining and not self._permits.explains(info.principal):
            raise Forbidden("Bridge-Explain needs a key with the scope `explain`.")
        media = await _row_media(request, match.route, snapshot)
        want: Want = "rows" if media else want_of(request.headers.get(hdrs.ACCEPT, ""), match.route)
        if explaining and want == "rows":
            want = "json"  # what can be shown is the answer as a whole
        received = await self._receive(request, match.route)
        try:
            plan = _plan(request, match, snapshot, query, received.json)
            plan.want, plan.args, plan.uploads = want, received.merged(plan.args), received.uploads()
            plan.rows = media
            if explaining:
                return await explain.explained(_call(request, plan, info), snapshot.explained[match.route.id], info)
            if not request.body_exists:
                self._plans.keep(snapshot, request, plan)
            response = await self._follow(request, info, plan)
            if isinstance(response, StreamAnswer):
                response.when_closed(received.keep())
            return response
        finally:
            received.close()

    async def _receive(self, request: web.BaseRequest, route: Route) -> Received:
        if self._receiver.takes(request, route):
            return await self._receiver.receive(request, route.file_fields)
        return Received(self._receiver.room, await read_body(request, self._limits.body))

    async def _follow(self, request: web.BaseRequest, info: RequestInfo, plan: Plan) -> web.StreamResponse:
        """From a request that is understood to its answer."""
        _note_route(info, plan.route)
        self._authorise(info, plan.target)
        call = _call(request, plan, info)
        if self._later is not None:
            accepted = await self._later.take(request, info, plan, self._snapshot())
            if accepted is not None:
                return accepted
        reply = await plan.service(call)
        info.notes.cache, info.notes.attempts = reply.meta.cache, reply.meta.attempts
        if reply.stream is not None and plan.rows:
            return rows.answer(reply, reply.stream, info.notes, plan.rows, idle_s=self._limits.stream_idle)
        if reply.stream is not None:
            keep_types = plan.route.answers.keep_types
            return binary_answer(reply.stream, info.notes, keep_types=keep_types, idle_s=self._limits.stream_idle)
        private = info.principal is not None
        made = plan.made
        if made is not None and made.reply is reply and made.private is private and not _conditional(request):
            info.notes.again = self._again(plan, call, reply)
            return web.Response(body=made.body, headers=made.headers)
        response = await answer(request, reply, self._coder, private=private, watched=plan.watched)
        if reply.meta.replayed:
            response.headers[REPLAYED] = "true"
        if plan.wait_s is not None:
            response.headers["Preference-Applied"] = f"wait={int(plan.wait_s)}"
        if response.status == 200 and isinstance(response.body, bytes) and reply.meta.etag:
            plan.made = Made(reply, private, response.headers.copy(), response.body)
        return response

    def _again(self, plan: Plan, call: Call, reply: Reply) -> Again | None:
        """The same answer once more, for as long as this snapshot is served."""
        kept, snapshot = plan.kept, self._snapshot()
        if kept is None:
            return None
        return Again(reply, lambda: kept.peek(call) if self._snapshot() is snapshot else None, kept.used)

    async def _show(self, request: web.BaseRequest, info: RequestInfo, page: Page, name: str) -> web.StreamResponse:
        if request.method not in (methods := _methods_of(name)):
            raise MethodNotAllowed(headers=[("Allow", ", ".join(methods))])
        info.notes.route = f"/{name}"
        return await page(request, info)

    def _authorise(self, info: RequestInfo, target: str) -> None:
        if not self._permits.allows(info.principal, target):
            raise Forbidden

    def _options(self, request: web.BaseRequest, allowed: Sequence[str]) -> web.Response:
        headers = CIMultiDict({"Allow": ", ".join(allowed)})
        origin = request.headers.get(hdrs.ORIGIN, "")
        if is_preflight(request.method, origin, request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD, "")):
            headers.extend(self._cors.preflight(origin, allowed))
        else:
            headers.extend(self._cors.headers(origin))
        return web.Response(status=204, headers=headers)


async def read_body(request: web.BaseRequest, bytes_max: int) -> bytes:
    """The JSON body, `b""` when there is none. Raises UnsupportedMediaType or PayloadTooLarge."""
    if not request.body_exists:
        return b""
    if request.content_length != 0:
        negotiate.require_identity(request.headers.get(hdrs.CONTENT_ENCODING, ""))
        negotiate.require_json(request.headers.get(hdrs.CONTENT_TYPE, ""))
    too_large = PayloadTooLarge(f"A body may have {bytes_max} bytes.")
    if (request.content_length or 0) > bytes_max:
        raise too_large
    await invite(request)
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > bytes_max:
            raise too_large
    return bytes(body)


def _plan(request: web.BaseRequest, match: Match, snapshot: Snapshot, query: str, body: bytes) -> Plan:
    """What a request asks for. Raises what `params.bind` raises, and NotReady."""
    route, inputs, headers = match.route, match.route.inputs, request.headers
    args = params.bind(inputs, match.values, params.parse_query(query), lambda name: headers.getall(name, []), body)
    mount = snapshot.mounts.get(route.upstream)
    forward = mount.forward_headers if mount else ()
    anew, wish = wishes(headers.get(hdrs.CACHE_CONTROL, ""))
    return Plan(
        route,
        route.id,
        _target(route),
        _service(snapshot, route),
        # As bytes, because a cache knows bytes it has seen again without reading them.
        args if isinstance(args, bytes) or request.body_exists else dumps(args).encode("utf-8", "surrogatepass"),
        negotiate.wait_s(headers[PREFER]) if PREFER in headers else None,
        anew,
        {name: _one(headers, name) for name in forward if name in headers},
        (*forward, *(parameter.name for parameter in inputs.headers)),
        snapshot.peeks.get(route.id),
        wish=wish,
        keyed=snapshot.keyed.get(route.id),
    )


def _one(headers: CIMultiDictProxy[str], name: str) -> str:
    """A header that is handed on. Of two, nobody could say which one the system behind would believe."""
    values = headers.getall(name)
    if len(values) > 1:
        raise BadRequest(f"The header {name} is given more than once.")
    return values[0]


def _call(request: web.BaseRequest, plan: Plan, info: RequestInfo) -> Call:
    wait_s = PATIENCE_MAX_S if plan.wait_s is None else min(plan.wait_s, PATIENCE_MAX_S)
    if plan.uploads and plan.wait_s is None:
        wait_s = UPLOAD_PATIENCE_S
    return Call(
        plan.operation,
        plan.args,
        info.received_at + wait_s,
        info.trace,
        info.principal,
        want=plan.want,
        headers=plan.forwarded,
        no_cache=plan.no_cache,
        uploads=plan.uploads,
        wish=plan.wish,
        request_id=info.request_id,
        idempotency_key=_key(request, plan.keyed) if plan.keyed is not None else None,
    )


def _key(request: web.BaseRequest, keyed: Keyed) -> str | None:
    return read_key(request.headers.getall(KEY, ()), unquoted=keyed.unquoted)


async def _row_media(request: web.BaseRequest, route: Route, snapshot: Snapshot) -> str:
    """The media type that rows are to be sent as, "" for no rows. Raises NotAcceptable."""
    accept, upstream = request.headers.get(hdrs.ACCEPT, ""), snapshot.upstreams.get(route.upstream)
    if upstream is None or not rows.is_named(accept):
        return ""
    # The first look at an answer of a large contract takes long.
    return await asyncio.to_thread(rows.chosen, accept, lambda: upstream.describe(route.operation))


def _service(snapshot: Snapshot, route: Route) -> Service:
    service = snapshot.services.get(route.id)
    if service is None:
        raise NotReady(retry_after_s=PENDING_RETRY_S)
    return service


def _page_of(path: str, snapshot: Snapshot) -> str:
    """Which of the bridge's own addresses a path is; `""` when none. Only `docs` and `jobs` have paths below them."""
    if path.startswith(("/docs/", "/jobs/")):
        return path[1:5]
    if path.endswith("/openapi.json") and path.removesuffix("/openapi.json") in snapshot.prefixes:
        return "openapi.json"
    return path[1:] if path[1:] in RESERVED else ""


def _methods_of(page: str) -> Sequence[str]:
    return async_page.METHODS if page == "jobs" else READING


def _target(route: Route) -> str:
    return f"{route.upstream}:{route.operation}"


def _note_route(info: RequestInfo, route: Route) -> None:
    notes = info.notes
    notes.route, notes.upstream, notes.operation = route.path, route.upstream, route.operation


def _conditional(request: web.BaseRequest) -> bool:
    return hdrs.IF_NONE_MATCH in request.headers
