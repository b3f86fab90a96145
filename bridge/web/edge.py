"""The door: listens, keeps out what must not come in, hands each remaining request to the handler, closes in order.

Knows addresses, hosts, keys, limits and ids; no route, no upstream, no body.
"""

from __future__ import annotations

import asyncio
import os
import socket
import traceback
from collections.abc import Awaitable, Callable, Collection
from contextlib import nullcontext

from aiohttp import web

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import BadRequest, CallError, PayloadTooLarge, Unauthorized
from bridge.events import InternalError, RequestDone, ServerStopping
from bridge.web import expect
from bridge.web.access import Access, is_loopback
from bridge.web.cors import Cors
from bridge.web.edge_connection import Connection, House, Switchboard, Writer
from bridge.web.edge_gate import Gate
from bridge.web.edge_limits import Seats
from bridge.web.edge_listen import Listener, bind
from bridge.web.edge_problem import answer
from bridge.web.hosts import HostRules
from bridge.web.limits import Callers
from bridge.web.recall import Recall, Recalled
from bridge.web.settings import ServerSettings
from bridge.web.shed import Load
from bridge.web.tls import server_context
from bridge.web.trace import RequestInfo

Handler = Callable[[web.BaseRequest, RequestInfo], Awaitable[web.StreamResponse]]

PUBLIC_PATHS = frozenset({"/healthz", "/readyz"})
NEVER_SHED = frozenset({*PUBLIC_PATHS, "/metrics"})
SWEEP_S = 0.25
_GRACE_S = 0.5
_POLL_S = 0.02
_CANCEL_S = 2.0
_TRACEBACK_MAX = 4000
_CLIENT_GONE = 499  # written to the log only: nobody is there to read it


class Edge:
    """One server. `start` once, `stop` once; `use` swaps who may ask while it runs."""

    def __init__(
        self,
        settings: ServerSettings,
        access: Access,
        handler: Handler,
        emit: Emit,
        clock: Clock,
        *,
        public_paths: Collection[str] = PUBLIC_PATHS,
        callers: Callers | None = None,
        load: Load | None = None,
    ) -> None:
        """Without `callers` nobody is limited, without `load` nothing is shed."""
        self._callers, self._load = callers, load
        self._settings, self._handler, self._emit, self._clock = settings, handler, emit, clock
        self._public_paths = frozenset(public_paths)
        self._house = House(settings.limits, clock, emit, self._finished, self._recalled, Recall())
        self._seats = Seats(settings.limits.connections, settings.limits.connections_per_address, settings.proxies)
        self._listeners: list[Listener] = []
        self._server: Switchboard | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self.ready = False
        self.urls: tuple[str, ...] = ()
        self.use(settings, access)

    def use(self, settings: ServerSettings, access: Access) -> None:
        """Swap keys, hosts, proxies and origins. Address, TLS and limits stay as they were at the start."""
        self._cors = Cors(settings.cors.origins, settings.cors.headers, settings.cors.max_age)
        rules = HostRules(
            keyless=not access.configured,
            beyond_loopback=not is_loopback(self._settings.host),
            hosts=frozenset({*settings.hosts, self._settings.host.lower()}),
            origins=frozenset(settings.cors.origins),
        )
        self._house.recall.clear()
        self._gate = Gate(rules, access, settings.proxies, self._settings.limits, self._public_paths)

    @property
    def in_flight(self) -> int:
        """Requests that are arriving or being answered."""
        return sum(connection.busy for connection in self._connections)

    @property
    def connections(self) -> int:
        return self._seats.total

    @property
    def _connections(self) -> list[Connection]:
        return [each for each in self._server.connections if isinstance(each, Connection)] if self._server else []

    async def start(self, listening: socket.socket | None = None) -> str:
        """Listen, on a socket already listening or as configured; the URL. Raises ConfigError."""
        tls = await asyncio.to_thread(server_context, self._settings.tls) if self._settings.tls else None
        sockets = [listening] if listening else await self._bound()
        server = self._server = Switchboard(self._serve, self._house)
        self._listeners = [
            Listener(
                sock,
                self._seats,
                lambda seat: Connection(server, seat),
                self._emit,
                self._clock,
                tls=tls,
                handshake_s=self._settings.limits.header_time,
            )
            for sock in sockets
        ]
        self._sweeper = asyncio.create_task(self._sweep(), name="edge-sweeper")
        scheme = "https" if tls else "http"
        self.urls = tuple(each.url(scheme) for each in self._listeners)
        self.ready = True
        return self.urls[0]

    async def _bound(self) -> list[socket.socket]:
        return await bind(self._settings.host, self._settings.port, shared=self._settings.workers > 1)

    async def stop(self, drain_s: float | None = None) -> None:
        """Not ready, no new connections, each answer the last of its connection; after the drain the rest is cut."""
        if self._server is None or self._house.closing:
            return
        drain_s = self._settings.limits.drain if drain_s is None else drain_s
        self.ready, self._house.closing = False, True
        self._emit(ServerStopping(self.in_flight))
        for listener in self._listeners:
            await listener.close()
        await self._drain(drain_s)
        for listener in self._listeners:
            await listener.gone(0)
        left = [task for each in self._connections if (task := each.abort())]
        if left:
            await asyncio.wait(left, timeout=_CANCEL_S)
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.wait([self._sweeper])

    async def _drain(self, drain_s: float) -> None:
        # An idle connection gets a moment before it is closed: its next request may be on the way already.
        began = self._clock.monotonic()
        while self._seats.total and (spent_s := self._clock.monotonic() - began) < drain_s:
            if spent_s >= _GRACE_S:
                for each in self._connections:
                    each.leave()
            await self._clock.sleep(_POLL_S)

    async def _sweep(self) -> None:
        limits = self._settings.limits
        shortest_s = min(limits.header_time, limits.body_time, limits.send_time, limits.idle)
        pause_s = min(SWEEP_S, shortest_s / 10)
        now = self._clock.monotonic()
        while True:
            due = now + pause_s
            await self._clock.sleep(pause_s)
            now = self._clock.monotonic()
            if self._load is not None:
                self._load.looked(now - due)
            for each in self._connections:
                each.sweep(now)

    # ── one request ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        info, refused = self._gate.admit(request, self._clock.monotonic())
        connection, writer = request.protocol, request.writer
        if isinstance(connection, Connection) and isinstance(writer, Writer):
            connection.info, writer.request_id = info, info.request_id
        try:
            if refused is not None:
                if self._callers is not None and isinstance(refused, Unauthorized):
                    info.notes.limits = await self._callers.admit(info)  # guessing keys is not free either
                return self._refusal(request, info, refused)
            expect.check(request)
            return await self._handled(request, info)
        except CallError as error:
            return self._refusal(request, info, error)
        except web.RequestPayloadError:
            return self._refusal(request, info, BadRequest("The body is not well formed."), close=True)
        except web.HTTPException as error:
            return self._refusal(request, info, _translated(error), close=True)
        except Exception as error:  # noqa: BLE001  the last resort: whatever it is, the client gets a problem document
            if isinstance(error, ConnectionError) and request.transport is None:
                info.notes.code = "client_gone"
                return web.Response(status=_CLIENT_GONE)
            trace = "".join(traceback.format_exception(error))
            self._emit(InternalError(f"{info.notes.route or 'edge'} {info.request_id}", trace[-_TRACEBACK_MAX:]))
            return self._refusal(request, info, CallError())

    async def _handled(self, request: web.BaseRequest, info: RequestInfo) -> web.StreamResponse:
        """The handler's answer, if there is time for it and the caller is within its limit."""
        if request.raw_path.partition("?")[0] in NEVER_SHED:
            return await self._handler(request, info)
        with self._load.place() if self._load is not None else nullcontext():
            if self._callers is not None:
                info.notes.limits = await self._callers.admit(info)
            response = await self._handler(request, info)
        if info.notes.limits:
            info.notes.again = None  # an answer that is given again without reading the request would be free
            response.headers.extend(info.notes.limits)
        return response

    def _refusal(
        self, request: web.BaseRequest, info: RequestInfo, error: CallError, *, close: bool = False
    ) -> web.Response:
        info.notes.code, info.notes.cause, info.notes.attempts = error.code, error.cause, error.attempts
        response = answer(error, request_id=info.request_id, trace_id=info.trace.trace_id)
        response.headers.extend(info.notes.limits)
        for name, value in self._cors.headers(request.headers.get("Origin", "")):
            response.headers.add(name, value)
        if close or expect.is_waiting(request) or error.status in {400, 408, 413, 417, 431}:
            response.force_close()
        return response

    def _finished(self, connection: Connection, request: web.BaseRequest, response: web.StreamResponse) -> None:
        info = connection.info
        if info is None:
            return  # a head that was no head: told as RequestRefused
        notes = info.notes
        self._emit(
            RequestDone(
                request_id=info.request_id,
                trace_id=info.trace.trace_id,
                method=request.method,
                route=notes.route,
                path=request.raw_path.partition("?")[0][:256],
                status=response.status,
                duration_s=self._clock.monotonic() - info.received_at,
                bytes_in=request.content.total_bytes,
                bytes_out=request.writer.output_size,
                client=info.client,
                principal=info.principal.name if info.principal else "",
                upstream=notes.upstream,
                operation=notes.operation,
                cache=notes.cache,
                attempts=notes.attempts,
                code=notes.code,
                cause=notes.cause,
            )
        )

    def _recalled(self, found: Recalled, began: float, bytes_out: int) -> str:
        """Tells of a request that was answered from its bytes; its id."""
        info = found.info
        notes, request_id = info.notes, os.urandom(16).hex()
        found.again.used()
        self._emit(
            RequestDone(
                request_id=request_id,
                trace_id=request_id,
                method=found.method,
                route=notes.route,
                path=found.path,
                status=200,
                duration_s=self._clock.monotonic() - began,
                bytes_in=0,
                bytes_out=bytes_out + len(request_id) + 4,
                client=info.client,
                principal=info.principal.name if info.principal else "",
                upstream=notes.upstream,
                operation=notes.operation,
                cache=notes.cache,
                attempts=notes.attempts,
            )
        )
        return request_id


def _translated(error: web.HTTPException) -> CallError:
    if error.status == 413:
        return PayloadTooLarge()
    return BadRequest() if error.status < 500 else CallError()
