"""Requests that are passed on as they come, below the prefix of an upstream: method, path, fields and body go on, and
the answer comes back likewise. What an upstream is asked and answers is nobody's business here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AsyncExitStack

from aiohttp import hdrs, web
from multidict import CIMultiDict

from bridge.call import Call, Exchange, Meta, Reply
from bridge.errors import BadRequest, CallError, MethodNotAllowed, PayloadTooLarge
from bridge.transport.hop import Fields, end_to_end
from bridge.transport.spool import SpooledFile
from bridge.web.edge_connection import Connection
from bridge.web.expect import invite
from bridge.web.route_table import segments_of
from bridge.web.settings import LimitSettings
from bridge.web.snapshot import PassedOn
from bridge.web.stream_answer import NOSNIFF, StreamAnswer
from bridge.web.trace import RequestInfo
from bridge.web.uploads import Received, Room

VIA = "1.1 legacy-bridge"
_OURS = frozenset(
    [
        *("host", "content-length", "expect", "forwarded", "traceparent", "tracestate", "via"),
        *("x-real-ip", "x-client-ip", "true-client-ip", "x-host", "x-original-url", "x-original-host", "x-rewrite-url"),
        *("x-http-method", "x-http-method-override", "x-method-override"),
    ]
)
"""What we say anew, for a client may say of itself what it likes; and what makes another request of this one behind
scopes, retries and the cache. All that begins with X-Forwarded-, too."""
_REFUSED = frozenset({"TRACE", "TRACK", "CONNECT"})
"""An echo of the request would show our own credentials."""
_CREDENTIALS = frozenset({"authorization", "x-api-key"})
_OF_THE_ANSWER = frozenset({"content-length", "bridge-request-id", "server"})
_LEADING = frozenset({"location", "content-location"})
_LONG_S = 86_400.0


class PassingOn:
    """The handler of what is passed on. `keyed`: callers have keys, which are meant for us and go no further."""

    def __init__(self, limits: LimitSettings, room: Room) -> None:
        self._limits, self._room = limits, room

    async def __call__(
        self, request: web.BaseRequest, info: RequestInfo, prefix: str, passed: PassedOn
    ) -> web.StreamResponse:
        """The answer. Raises members of CallError."""
        if request.method in _REFUSED:
            raise MethodNotAllowed("This method shows what only the bridge and the system behind should see.")
        target = _target(request, prefix)
        notes = info.notes
        notes.route, notes.upstream, notes.operation = f"{prefix}/*", passed.upstream, request.method
        received = Received(self._room)
        async with AsyncExitStack() as closing:  # whoever gets an error never gets to close anything
            closing.callback(received.close)
            body = await self._body(request, received)
            exchange = Exchange(request.method, target, _fields(request, info), body)
            call = Call(
                f"{passed.upstream}.{request.method}",
                b"",
                info.received_at + _LONG_S,
                info.trace,
                info.principal,
                want="raw",
                exchange=exchange,
            )
            reply = await _answered(passed, call)
            notes.cache, notes.attempts = reply.meta.cache, reply.meta.attempts
            closing.push_async_callback(_closed, reply)

            def led_back(address: str) -> str:
                """What the upstream calls an address of its own is one below our prefix."""
                own = passed.target_of(target, address) if passed.leads_back else None
                return address if own is None else prefix + own

            response = _response(request, info, reply, led_back, self._limits.stream_idle)
            if isinstance(response, StreamAnswer):
                response.when_closed(received.keep())
            closing.pop_all()
            received.close()
            return response

    async def _body(self, request: web.BaseRequest, received: Received) -> SpooledFile | None:
        """The body as it came, in a spool, so that it can be sent again where that does no harm."""
        if not request.body_exists or request.content_length == 0:
            return None
        bytes_max = max(self._limits.body, self._limits.upload)
        if isinstance(request.protocol, Connection):
            request.protocol.take_long(self._limits.upload_pace)
        await invite(request)
        spool = received.new_spool()
        while chunk := await request.content.readany():
            await received.write(spool, chunk)
            if spool.length > bytes_max:
                raise PayloadTooLarge(f"A body may have {bytes_max} bytes.")
        return SpooledFile(spool, request.headers.get(hdrs.CONTENT_TYPE, ""), "")


async def _closed(reply: Reply) -> None:
    if reply.stream is not None:
        await reply.stream.close()


async def _answered(passed: PassedOn, call: Call) -> Reply:
    """The reply; of a failure that came as an answer, that answer."""
    try:
        return await passed.service(call)
    except CallError as error:
        if not isinstance(error.reply, Reply):
            raise
        return error.reply.with_meta(attempts=max(error.attempts, 1))


def _target(request: web.BaseRequest, prefix: str) -> str:
    """Path and query behind the address of the upstream, as sent. Raises BadRequest."""
    path, mark, query = request.raw_path.partition("?")
    segments_of(path)  # refuses what could lead out of the prefix
    if "#" in query or "\\" in path:
        raise BadRequest("The address has a character that must be escaped.")
    return (path[len(prefix) :] or "/") + mark + query


def _fields(request: web.BaseRequest, info: RequestInfo) -> Fields:
    dropped = _OURS | (_CREDENTIALS if info.principal is not None else frozenset())
    given = tuple(
        (name, value)
        for name, value in end_to_end(request.headers.items())
        if name.lower() not in dropped and not name.lower().startswith("x-forwarded-") and "_" not in name
    )
    seen = (("X-Forwarded-For", info.client), ("X-Forwarded-Proto", info.scheme), ("X-Forwarded-Host", info.host))
    return (*given, ("Via", VIA), *((name, value) for name, value in seen if value))


def _response(
    request: web.BaseRequest, info: RequestInfo, reply: Reply, led_back: Callable[[str], str], idle_s: float
) -> web.StreamResponse:
    meta, stream = reply.meta, reply.stream
    headers: CIMultiDict[str] = CIMultiDict(
        (name, led_back(value) if name.lower() in _LEADING else value)
        for name, value in meta.fields
        if name.lower() not in _OF_THE_ANSWER
    )
    if meta.cache:
        headers.add("Cache-Status", _cache_status(meta))
    if stream is None:
        return _whole(request, meta, headers, reply.body)
    answer = StreamAnswer(
        stream, info.notes, media_type=stream.media_type, headers=headers, status=meta.status, idle_s=idle_s
    )
    # What a stream of our own says of itself the upstream says here.
    for name in (hdrs.CONTENT_TYPE, hdrs.CACHE_CONTROL, NOSNIFF):
        answer.headers.popall(name, None)
        for value in headers.getall(name, []):
            answer.headers.add(name, value)
    return answer


def _whole(request: web.BaseRequest, meta: Meta, headers: CIMultiDict[str], body: bytes) -> web.Response:
    response = web.Response(status=meta.status, headers=headers, body=body or None)
    if hdrs.CONTENT_TYPE not in headers:
        response.headers.popall(hdrs.CONTENT_TYPE, None)
    if request.method == "HEAD":
        lengths = [value for name, value in meta.fields if name.lower() == "content-length"]
        if lengths and lengths[0].isascii() and lengths[0].isdigit():
            response.headers[hdrs.CONTENT_LENGTH] = lengths[0]
    return response


def _cache_status(meta: Meta) -> str:
    ttl = f"; ttl={math.floor(meta.ttl_s)}" if meta.ttl_s is not None else ""
    return f"legacy-bridge; {meta.cache.replace(';', '; ')}{ttl}"
