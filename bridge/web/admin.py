"""The admin API: what operators ask over HTTP, answered from their desk.

Two doors lead here. Over the Unix socket the kernel says who it is; over TCP a key does, and its scopes say what it may
do. Web pages are let in by neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from aiohttp import hdrs, web

from bridge.call import JsonValue
from bridge.clock import Clock
from bridge.errors import BadRequest, DoesNotFit, Forbidden, MethodNotAllowed, NotFound, StoreError, Unavailable
from bridge.shapes.json import dumps, loads
from bridge.web.access import Access
from bridge.web.admin_desk import AdminDesk
from bridge.web.admin_json import plain
from bridge.web.admin_openapi import document
from bridge.web.admin_routes import PREFIX, ROUTES, AdminRoute, Ask, check_body, check_query
from bridge.web.admin_socket import peer
from bridge.web.hosts import HostRules, parse_authority
from bridge.web.idempotency_key import read_key
from bridge.web.rest import read_body
from bridge.web.trace import RequestInfo

BODY_MAX = 2_000_000
_QUERY_MAX = 50
_ONCE = re.compile(r"[\x21-\x7e]{1,200}")
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
Permits = Callable[[str], bool]


class AdminApi:
    """The handler behind both doors. `access` gives the keys that hold now, `rules` the hosts that are answered."""

    def __init__(self, desk: AdminDesk, clock: Clock, access: Callable[[], Access], rules: HostRules) -> None:
        self._desk, self._clock, self._access, self._rules = desk, clock, access, rules
        self._document = document(ROUTES)

    async def local(self, request: web.BaseRequest, info: RequestInfo) -> web.StreamResponse:
        """Over the Unix socket: whoever may open it may do everything."""
        connection = request.transport.get_extra_info("socket") if request.transport else None
        if connection is None:
            raise Forbidden
        return await self._serve(request, info, peer(connection), lambda _: True)

    async def remote(self, request: web.BaseRequest, info: RequestInfo) -> web.StreamResponse:
        """Over TCP: a key, which the edge has asked for already, and its scopes."""
        access = self._access()
        if info.principal is None:
            raise Forbidden
        who = f"key {info.principal.name}"
        return await self._serve(request, info, who, lambda verb: access.administers(info.principal, verb))

    async def _serve(
        self, request: web.BaseRequest, info: RequestInfo, who: str, permits: Permits
    ) -> web.StreamResponse:
        if hdrs.ORIGIN in request.headers:
            raise Forbidden("Web pages may not call the admin API.")
        if info.host:
            self._rules.check_host(parse_authority(info.host))
        path, _, query = request.raw_path.partition("?")
        if path == "/admin/openapi.json":
            info.notes.route = path
            _permitted(permits, "read")
            _method(request, "GET", "HEAD")
            return _answer(self._document)
        route, names = _routed(request.method, path)
        info.notes.route = PREFIX + route.path
        _permitted(permits, route.scope)
        ask = Ask(who, self._clock.wall(), names, _query(query), await _body(request, route), _once(request))
        check_query(route, ask.query)
        check_body(route, ask.body)
        try:
            return _answer(dumps(plain(await route.answer(self._desk, ask))).encode("utf-8", "replace"))
        except StoreError as error:
            raise Unavailable("The store cannot be used right now.", cause=error.detail) from error


def _routed(method: str, path: str) -> tuple[AdminRoute, dict[str, str]]:
    """Raises NotFound and MethodNotAllowed."""
    fitting = [(route, match) for route in ROUTES if (match := route.pattern.fullmatch(path))]
    if not fitting:
        raise NotFound
    for route, match in fitting:
        if route.method == ("GET" if method == "HEAD" else method):
            return route, match.groupdict()
    raise MethodNotAllowed(headers=[("Allow", ", ".join(sorted({route.method for route, _ in fitting})))])


def _method(request: web.BaseRequest, *allowed: str) -> None:
    if request.method not in allowed:
        raise MethodNotAllowed(headers=[("Allow", ", ".join(allowed))])


def _permitted(permits: Permits, scope: str) -> None:
    if not permits(scope):
        raise Forbidden(f"This needs a key with the scope admin:{scope} or admin:*.")


def _query(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=_QUERY_MAX,
                          errors="strict")  # fmt: skip
    except ValueError as error:
        raise BadRequest("The query is not well formed.") from error
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("A query parameter is given twice.")
    return found


async def _body(request: web.BaseRequest, route: AdminRoute) -> dict[str, JsonValue]:
    data = await read_body(request, BODY_MAX)
    if not data.strip():
        return {}
    if route.body is None:
        raise BadRequest("This takes no body.")
    value = loads(data)
    if not isinstance(value, dict):
        raise DoesNotFit("The body must be a JSON object.")
    return value


def _once(request: web.BaseRequest) -> str:
    keys = request.headers.getall("Idempotency-Key", [])
    if not keys:
        return ""
    key = read_key(keys) if keys[0].startswith('"') else keys[0]
    if len(keys) > 1 or not key or not _ONCE.fullmatch(key):
        raise BadRequest("An Idempotency-Key has 1 to 200 printable ASCII characters, and there is one.")
    return key


def _answer(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json", headers=_HEADERS)
