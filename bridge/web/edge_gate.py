"""Whether a request comes in: its Host, target, Origin, key and declared size. The handler hears of no other.

Knows heads only; reads no body, waits for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from bridge.call import Principal
from bridge.errors import BadRequest, CallError, PayloadTooLarge
from bridge.web.access import Access
from bridge.web.cors import is_preflight
from bridge.web.edge_connection import Connection
from bridge.web.edge_problem import HeadTooLarge
from bridge.web.hosts import Authority, HostRules, Networks, Seen, check_target, parse_authority, read_host, seen_from
from bridge.web.negotiate import is_json
from bridge.web.settings import LimitSettings
from bridge.web.trace import RequestInfo, read_request_id, read_trace


@dataclass(frozen=True, slots=True)
class Gate:
    """The rules of one configuration; a reload makes a new one."""

    _rules: HostRules
    _access: Access
    _proxies: Networks
    _limits: LimitSettings
    _public_paths: frozenset[str]

    def admit(self, request: web.BaseRequest, now: float) -> tuple[RequestInfo, CallError | None]:
        """Who asks and whether we listen. Never raises: a refused request has ids too."""
        connection = request.protocol
        assert isinstance(connection, Connection)
        seen = Seen(connection.address, "https" if connection.ssl_context else "http", request.headers.get("Host", ""))
        refused: CallError | None = None
        principal: Principal | None = None
        try:
            seen = self._seen(request, connection, seen)
            principal = self._principal(request)
        except CallError as error:
            refused = error
        trace = read_trace(request.headers)
        info = RequestInfo(
            read_request_id(request.headers, trace),
            trace,
            seen.client,
            now,
            seen.scheme,
            seen.host,
            principal,
        )
        return info, refused

    def _seen(self, request: web.BaseRequest, connection: Connection, seen: Seen) -> Seen:
        """Host, target and Origin. Raises BadRequest, Misdirected, Forbidden, HeadTooLarge, PayloadTooLarge."""
        headers = request.headers
        # Added up only when as many bytes arrived at all.
        if connection.head_bytes > self._limits.head and _size(request.raw_headers) > self._limits.head:
            raise HeadTooLarge
        host = read_host(headers.getall("Host", []), request.version)
        check_target(connection.target, host)
        if "Transfer-Encoding" in headers and (request.version < (1, 1) or "Content-Length" in headers):
            raise BadRequest("Transfer-Encoding has no place beside a Content-Length, or in HTTP/1.0.")
        if self._proxies:
            seen = seen_from(seen.client, seen.scheme, seen.host, headers, self._proxies)
        authority = parse_authority(seen.host) if seen.host else Authority("")  # HTTP/1.0 may have none
        if seen.host:
            self._rules.check_host(authority)
        if "Origin" in headers:
            self._rules.check_origin(headers.getall("Origin", []), seen.scheme, authority)
        if (request.content_length or 0) > self._limits.body:
            self._check_size(request.content_length or 0, headers.get("Content-Type", ""))
        return seen

    def _check_size(self, size: int, content_type: str) -> None:
        """What is no JSON is read only by routes that take files, and those have a bound of their own."""
        media = content_type.partition(";")[0].strip().lower()
        bytes_max = self._limits.body if not media or is_json(media) else max(self._limits.body, self._limits.upload)
        if size > bytes_max:
            raise PayloadTooLarge(f"A body may have {bytes_max} bytes.")

    def _principal(self, request: web.BaseRequest) -> Principal | None:
        access, headers = self._access, request.headers
        if not access.configured or request.raw_path.partition("?")[0] in self._public_paths:
            return None
        # A browser sends its preflight without credentials; it names a method and learns only what may be sent.
        if is_preflight(request.method, headers.get("Origin", ""), headers.get("Access-Control-Request-Method", "")):
            return None
        if "?" in request.raw_path:
            access.refuse_key_in_url(list(request.query.values()))
        return access.authenticate(headers)


def _size(headers: Iterable[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) for name, value in headers)
