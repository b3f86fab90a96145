"""A request that is passed on as it came, and its answer likewise: no byte of a body is looked at.

What fails behind is raised where asking again does no harm, with the answer that told of it, so that the layers see a
failure; else the answer goes to the client as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from bridge.call import Call, Exchange, Meta, Reply, Stream
from bridge.clock import Clock
from bridge.contracts import Emit, Operation
from bridge.errors import CallError, UpstreamFault, UpstreamThrottled, UpstreamTimeout
from bridge.events import UpstreamCalled
from bridge.transport.body import Body, Segments
from bridge.transport.hop import end_to_end, values
from bridge.transport.opened import Opened
from bridge.transport.origins import origin
from bridge.transport.retry_after import asked_s
from bridge.transport.session import HttpSession

OTHER = "other"
"""The operation of every method that is not named."""
_SAFE, _IDEMPOTENT = ("GET", "HEAD", "OPTIONS"), ("PUT", "DELETE")
_METHODS = (*_SAFE, *_IDEMPOTENT, "POST", "PATCH", OTHER)
_BODILESS = frozenset({204, 304})
_SHOWN_BYTES_MAX = 1_000_000


def passed_on(upstream: str) -> Mapping[str, Operation]:
    """What an upstream passes on, by method, with what RFC 9110 §9.2 says of it."""
    return {
        method: Operation(upstream, method, safe=method in _SAFE, idempotent=method in (*_SAFE, *_IDEMPOTENT))
        for method in _METHODS
    }


class Relay:
    """The service of one method."""

    def __init__(self, operation: Operation, base: str, session: HttpSession, clock: Clock, emit: Emit) -> None:
        self._operation, self._base, self._session = operation, base, session
        self._clock, self._emit = clock, emit

    async def __call__(self, call: Call) -> Reply:
        exchange = call.exchange
        assert exchange is not None  # nothing else is led here
        began = self._clock.monotonic()
        left_s = call.deadline - began
        if left_s <= 0:
            late = UpstreamTimeout(cause="deadline")
            late.outcome = "not_sent"
            raise late
        opened: Opened | None = None
        outcome = "internal_error"
        try:
            url, fields = self._base + exchange.target, _fields(exchange, call)
            opened = await self._session.relay(exchange.method, url, _body(exchange), fields, timeout_s=left_s)
            reply = await self._reply(exchange, opened)
            outcome = "ok"
        except CallError as error:
            outcome = error.code
            raise
        finally:
            self._tell(call, exchange, opened, outcome, self._clock.monotonic() - began)
        return reply

    async def _reply(self, exchange: Exchange, opened: Opened) -> Reply:
        meta = Meta(status=opened.status, fields=end_to_end(opened.fields))
        if exchange.method == "HEAD" or opened.status in _BODILESS:
            await opened.close()
            return Reply(b"", meta)
        if self._operation.idempotent and (error := self._failure(opened)) is not None:
            try:
                body = (await opened.read(_SHOWN_BYTES_MAX)).body
            finally:
                await opened.close()
            error.reply = Reply(body, replace(meta, fields=_without_length(meta.fields)))
            raise error
        lengths = values(opened.fields, "content-length")
        length = int(lengths[0]) if len(lengths) == 1 and lengths[0].isascii() and lengths[0].isdigit() else None
        return Reply(b"", meta, Stream(opened.pieces(), opened.close, opened.content_type, length))

    def _failure(self, opened: Opened) -> CallError | None:
        cause = f"http_{opened.status}"
        if opened.status in {429, 503}:
            wait_s = asked_s(opened.status, opened.headers, self._clock.wall())
            return UpstreamThrottled(retry_after_s=wait_s, cause=cause)
        return UpstreamFault(cause=cause) if opened.status in {500, 502, 504} else None

    def _tell(self, call: Call, exchange: Exchange, opened: Opened | None, outcome: str, took_s: float) -> None:
        status, received = (opened.status, opened.bytes_in) if opened is not None else (0, 0)
        body = exchange.body
        sent = 0 if body is None else len(body) if isinstance(body, bytes) else body.length
        name, method = self._operation.upstream, self._operation.name
        self._emit(UpstreamCalled(name, method, call.attempt, status, outcome, took_s, sent, received))


def target_behind(base: str, asked: str, address: str) -> str | None:
    """Path and query behind `base` that an address in the answer to the target `asked` means (RFC 3986 §5)."""
    try:
        whole = urljoin(base + asked, address).partition("#")[0]
        below = urlsplit(whole)
    except ValueError:  # such as http://[bad
        return None
    if origin(whole) != origin(base):
        return None
    path, within = below.path or "/", urlsplit(base).path
    if path != within and not path.startswith(within.rstrip("/") + "/"):
        return None
    return path[len(within.rstrip("/")) :] + (f"?{below.query}" if below.query else "")


def _fields(exchange: Exchange, call: Call) -> tuple[tuple[str, str], ...]:
    """Those of the client; without a word of his on content coding he understands none."""
    more = () if values(exchange.fields, "accept-encoding") else (("Accept-Encoding", "identity"),)
    own = tuple((name, value) for name, value in exchange.fields if name.lower() != "traceparent")
    return (*own, *more, ("traceparent", call.trace.header()))


def _body(exchange: Exchange) -> Body | None:
    if exchange.body is None:
        return None if exchange.method in _SAFE else b""  # an empty one tells whether the request left
    return exchange.body if isinstance(exchange.body, bytes) else Segments((exchange.body,))


def _without_length(fields: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in fields if name.lower() != "content-length")
