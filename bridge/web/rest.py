"""The asked corridor: a request becomes a call, a reply becomes an answer. One line a step, in `_ask`.

Knows routes and services, no upstream and no format. Who asks, and how long a request may take to arrive, the edge has
settled before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from aiohttp import web
from multidict import CIMultiDict

from bridge.call import Call, Meta, Principal, Reply
from bridge.errors import Forbidden, MethodNotAllowed, NotReady, PayloadTooLarge
from bridge.web import negotiate, params
from bridge.web.coding import Coder
from bridge.web.cors import Cors, is_preflight
from bridge.web.routes import PENDING_RETRY_S, RESERVED, Match
from bridge.web.snapshot import Snapshot
from bridge.web.trace import RequestInfo

Page = Callable[[web.BaseRequest, RequestInfo], Awaitable[web.StreamResponse]]
"""One of the bridge's own addresses: documents, health, metrics."""
READING = ("GET", "HEAD", "OPTIONS")
PATIENCE_MAX_S = 3600.0  # an operation's own deadline is a layer; this only bounds what a client may wish


class Permits(Protocol):
    """Whether a caller may use `upstream:operation`."""

    def allows(self, principal: Principal | None, target: str) -> bool: ...


class Rest:
    """The handler of all requests. `pages` by their name: the keys of `routes.RESERVED`."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        permits: Permits,
        *,
        pages: Mapping[str, Page] | None = None,
        cors: Cors | None = None,
        body_bytes_max: int = 2_000_000,
    ) -> None:
        self._snapshot = snapshot
        self._permits = permits
        self._pages = pages or {}
        self._cors = cors or Cors()
        self._body_bytes_max = body_bytes_max
        self._coder = Coder()

    async def __call__(self, request: web.BaseRequest, info: RequestInfo) -> web.StreamResponse:
        """The answer. Raises members of `errors.CallError`, which the edge writes as problem documents."""
        path, _, query = request.raw_path.partition("?")
        page = self._pages.get(_page_of(path))
        if request.method == "OPTIONS":
            return self._options(request, READING if page else self._snapshot().routes.allowed(path))
        if page is None:
            response: web.StreamResponse = await self._ask(request, info, path, query)
        elif request.method in READING:
            info.notes.route = f"/{_page_of(path)}"
            response = await page(request, info)
        else:
            raise MethodNotAllowed(headers=[("Allow", ", ".join(READING))])
        for name, value in self._cors.headers(request.headers.get("Origin", "")):
            response.headers.add(name, value)
        return response

    async def _ask(self, request: web.BaseRequest, info: RequestInfo, path: str, query: str) -> web.Response:
        snapshot = self._snapshot()
        match = snapshot.routes.match(request.method, path)
        _note_route(info, match)
        self._authorise(info, match)
        negotiate.require_accept(request.headers.get("Accept", ""))
        body = await read_body(request, self._body_bytes_max)
        call = self._call(request, info, match, snapshot, query, body)
        reply = await _service(snapshot, call)(call)
        _note_reply(info, reply)
        return await self._respond(request, info, reply)

    def _authorise(self, info: RequestInfo, match: Match) -> None:
        if not self._permits.allows(info.principal, f"{match.route.upstream}:{match.route.operation}"):
            raise Forbidden

    def _call(
        self, request: web.BaseRequest, info: RequestInfo, match: Match, snapshot: Snapshot, query: str, body: bytes
    ) -> Call:
        route, headers = match.route, request.headers
        args = params.bind(
            route.inputs, match.values, params.parse_query(query), lambda name: headers.getall(name, []), body
        )
        mount = snapshot.mounts.get(route.upstream)
        forwarded = {name: headers[name] for name in mount.forward_headers if name in headers} if mount else {}
        wait_s = negotiate.wait_s(headers["Prefer"]) if "Prefer" in headers else None
        return Call(
            operation=route.id,
            args=args,
            deadline=info.received_at + (PATIENCE_MAX_S if wait_s is None else min(wait_s, PATIENCE_MAX_S)),
            trace=info.trace,
            principal=info.principal,
            headers=forwarded,
            no_cache=negotiate.wants_fresh(headers.get("Cache-Control", "")),
        )

    async def _respond(self, request: web.BaseRequest, info: RequestInfo, reply: Reply) -> web.Response:
        meta, body = reply.meta, reply.body
        headers: CIMultiDict[str] = CIMultiDict(_caching(request.method, meta, private=info.principal is not None))
        if "Prefer" in request.headers and (wait_s := negotiate.wait_s(request.headers["Prefer"])) is not None:
            headers["Preference-Applied"] = f"wait={int(wait_s)}"
        if not body:
            return web.Response(status=204 if meta.status == 200 else meta.status, headers=headers)
        headers["Vary"] = "Accept-Encoding"
        coding = negotiate.coding_of(request.headers.get("Accept-Encoding"), len(body))
        if request.method in {"GET", "HEAD"} and meta.status == 200:
            etag = meta.etag or negotiate.etag_of(body)
            headers["ETag"] = negotiate.etag_coded(etag, coding)
            if negotiate.is_unchanged(request.headers.get("If-None-Match", ""), etag):
                return web.Response(status=304, headers=headers)
        if coding:
            headers["Content-Encoding"] = coding
            body = await self._coder.coded(body, coding, meta.etag)
        headers["Content-Type"] = "application/json; charset=utf-8"
        return web.Response(status=meta.status, body=body, headers=headers)

    def _options(self, request: web.BaseRequest, allowed: Sequence[str]) -> web.Response:
        headers = CIMultiDict({"Allow": ", ".join(allowed)})
        origin = request.headers.get("Origin", "")
        if is_preflight(request.method, origin, request.headers.get("Access-Control-Request-Method", "")):
            headers.extend(self._cors.preflight(origin, allowed))
        else:
            headers.extend(self._cors.headers(origin))
        return web.Response(status=204, headers=headers)


async def read_body(request: web.BaseRequest, bytes_max: int) -> bytes:
    """The JSON body, `b""` when there is none. Raises UnsupportedMediaType or PayloadTooLarge."""
    if not request.body_exists:
        return b""
    if request.content_length != 0:
        negotiate.require_identity(request.headers.get("Content-Encoding", ""))
        negotiate.require_json(request.headers.get("Content-Type", ""))
    too_large = PayloadTooLarge(f"A body may have {bytes_max} bytes.")
    if (request.content_length or 0) > bytes_max:
        raise too_large
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > bytes_max:
            raise too_large
    return bytes(body)


def _page_of(path: str) -> str:
    """Which of the bridge's own addresses a path is; `""` when none. Only `docs` has paths below it."""
    if path.startswith("/docs/"):
        return "docs"
    if path.endswith("/openapi.json"):
        return "openapi.json"
    return path[1:] if path[1:] in RESERVED else ""


def _service(snapshot: Snapshot, call: Call) -> Callable[[Call], Awaitable[Reply]]:
    service = snapshot.services.get(call.operation)
    if service is None:
        raise NotReady(retry_after_s=PENDING_RETRY_S)
    return service


def _note_route(info: RequestInfo, match: Match) -> None:
    notes, route = info.notes, match.route
    notes.route, notes.upstream, notes.operation = route.path, route.upstream, route.operation


def _note_reply(info: RequestInfo, reply: Reply) -> None:
    info.notes.cache, info.notes.attempts = reply.meta.cache, reply.meta.attempts


def _caching(method: str, meta: Meta, *, private: bool) -> dict[str, str]:
    """What may be kept by whom, and how the answer came to be (RFC 9111, RFC 9211)."""
    headers: dict[str, str] = {}
    if meta.cache:
        ttl = f"; ttl={int(meta.ttl_s)}" if meta.ttl_s is not None else ""
        headers["Cache-Status"] = f"legacy-bridge; {meta.cache.replace(';', '; ')}{ttl}"
    if method not in {"GET", "HEAD"}:
        return {**headers, "Cache-Control": "no-store"}
    scope = "private, " if private else ""
    if meta.ttl_s is None:
        # Nothing was said about freshness: kept copies are asked about, and the ETag makes that cheap.
        return {**headers, "Cache-Control": f"{scope}no-cache"}
    age_s = max(0.0, meta.age_s or 0.0)
    return {
        **headers,
        "Cache-Control": f"{scope}max-age={max(0, int(meta.ttl_s + age_s))}",
        "Age": str(int(age_s)),
    }
