"""One client connection: absolute deadlines, bounded heads, and no word about ourselves.

Builds on aiohttp's protocol, which parses well but waits forever for half a request. Knows bytes and time; which
request is answered how is not decided here.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage, StreamWriter
from aiohttp.http_exceptions import LineTooLong
from multidict import CIMultiDict

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import BadRequest, CallError, RequestTimeout
from bridge.events import InternalError, RequestRefused
from bridge.web.edge_limits import Seat
from bridge.web.edge_problem import HeadTooLarge, answer, canned
from bridge.web.recall import Recall, Recalled, is_whole_head, rendered
from bridge.web.settings import LimitSettings
from bridge.web.trace import REQUEST_ID_HEADER, RequestInfo

_FIELDS_MAX = 100
_LINGER_S = 2.0
_TRACEBACK_MAX = 4000

# aiohttp would write a traceback for each bad request; what is worth hearing is an event of ours.
_SILENT = logging.getLogger("bridge.web.silent")
_SILENT.disabled = True


class Awaiting(Enum):
    """What the client owes us."""

    NOTHING = "nothing"
    HEAD = "head"
    BODY = "body"


@dataclass(slots=True)
class House:
    """What all connections of one server share. `closing`: each answer is the last of its connection."""

    limits: LimitSettings
    clock: Clock
    emit: Emit
    finished: Callable[[Connection, web.BaseRequest, web.StreamResponse], None]
    recalled: Callable[[Recalled, float, int], str]
    recall: Recall
    closing: bool = False


class Writer(StreamWriter):
    """Writes a response without a banner, with the id of its request."""

    def __init__(self, protocol: Connection, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(protocol, loop)
        self.request_id = ""
        self.status_line = ""
        self.headers: CIMultiDict[str] = CIMultiDict()
        self._house = protocol.house

    async def write_headers(self, status_line: str, headers: CIMultiDict[str]) -> None:
        headers.pop("Server", None)
        if self.request_id:
            headers[REQUEST_ID_HEADER] = self.request_id
        if self._house.closing:
            headers["Connection"] = "close"
        self.status_line, self.headers = status_line, headers
        await super().write_headers(status_line, headers)


class Switchboard(web.Server):
    """Makes the requests of all connections."""

    def __init__(self, handler: Callable[[web.BaseRequest], Any], house: House) -> None:
        super().__init__(handler, request_factory=self._request)
        self.house = house

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        _writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        if not isinstance(protocol, Connection):
            raise TypeError("a request on a connection that is none of ours")
        protocol.target = target = message.path
        if target[:1] in "hH":  # absolute form: the handler sees a path in any case, the gate what was sent
            message = message._replace(path="/" + target.partition("://")[2].partition("/")[2])
        own = Writer(protocol, loop)
        return web.Request(message, payload, protocol, own, task, loop, client_max_size=self.house.limits.body)


class Connection(web.RequestHandler):
    """`sweep` must be called every now and then; it is what enforces the deadlines.

    `head_bytes`: no head that waits to be answered took more than this. `target` as it was sent, and `info`, are those
    of the request that is being answered; there is one at a time. `on_lost` is called when the client goes away.
    """

    __slots__ = (
        "_blocked_since",
        "_head",
        "_head_bytes",
        "_leaving_since",
        "_pace",
        "_reading",
        "_seat",
        "_since",
        "_wire",
        "awaiting",
        "head_bytes",
        "house",
        "info",
        "on_lost",
        "target",
    )

    def __init__(self, server: Switchboard, seat: Seat) -> None:
        self.house = server.house
        self._seat = seat
        limits = self.house.limits
        options: dict[str, Any] = {"access_log": None, "logger": _SILENT, "auto_decompress": False}
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=2 * limits.idle,  # ours comes first
            max_line_size=limits.head,
            max_field_size=limits.head,
            max_headers=_FIELDS_MAX,
            lingering_time=min(_LINGER_S, limits.body_time),
            **options,
        )
        self.awaiting = Awaiting.HEAD
        self._since = self.house.clock.monotonic()
        self._head = b""
        self._head_bytes = 0
        self.head_bytes = 0
        self.target = ""
        self.info: RequestInfo | None = None
        self.on_lost: Callable[[], None] | None = None
        self._reading: StreamReader | None = None
        self._pace = 0
        self._blocked_since: float | None = None
        self._leaving_since: float | None = None
        self._wire: asyncio.Transport | None = None

    @property
    def address(self) -> str:
        return self._seat.address

    @property
    def busy(self) -> bool:
        """A request is arriving, being answered, or waiting for its turn."""
        begun = self.awaiting is Awaiting.BODY or (self.awaiting is Awaiting.HEAD and self._head_bytes > 0)
        return begun or self._answering

    @property
    def _answering(self) -> bool:
        return self._request_in_progress or bool(self._messages)

    # ── what asyncio and aiohttp tell us ─────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._wire = transport
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._wire = None
        self._seat.leave()
        if self.on_lost is not None:
            self.on_lost()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head = data if is_whole_head(data) and self._is_quiet() else b""
        if self._head and self._answer_again(data):
            return
        seen = self._request_count
        super().data_received(data)
        if self._upgraded or self._wire is None:
            self.awaiting = Awaiting.NOTHING
        elif self._request_count != seen:
            self._reading = self._messages[-1][1]
            self._pace = 0
            waiting = len(self._messages) > self._request_count - seen
            self.head_bytes = max(self._head_bytes + len(data), self.head_bytes if waiting else 0)
            self._await(Awaiting.NOTHING if self._reading.is_eof() else Awaiting.BODY)
        elif self.awaiting is Awaiting.BODY:
            if self._reading is None or self._reading.is_eof():
                self._await(Awaiting.NOTHING)
        elif data:
            self._head_grew(len(data))

    def _is_quiet(self) -> bool:
        """Nothing is under way, so what arrives now begins a request."""
        between = self.awaiting is not Awaiting.BODY and not self._head_bytes and not self._answering
        return between and self._blocked_since is None and not self._upgraded and not self.house.closing

    def _answer_again(self, head: bytes) -> bool:
        wire, house = self._wire, self.house
        found = house.recall.find(head, self.address) if wire is not None and not wire.is_closing() else None
        if found is None or wire is None:
            return False
        now = house.clock.monotonic()
        wire.write(found.bytes_for(house.recalled(found, now, len(found.head) + len(found.body))))
        # To aiohttp this connection was idle; its own timer must not close it.
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        self.awaiting, self._since = Awaiting.NOTHING, now
        return True

    def pause_writing(self) -> None:
        super().pause_writing()
        self._blocked_since = self.house.clock.monotonic()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._blocked_since = None

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        ended = await super().finish_response(request, resp, start_time)
        if self.awaiting is Awaiting.NOTHING:
            self._await(Awaiting.NOTHING)
        self.house.finished(self, request, ended[0])
        self._remember(request, ended[0])
        self.info = None
        if self.house.closing:
            self.close()
        return ended

    def _remember(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """Keeps an answer of the cache for the next request with the same bytes."""
        info, writer = self.info, request.writer
        again = info.notes.again if info is not None else None
        if again is None or info is None or not self._head or not isinstance(writer, Writer):
            return
        if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
            return
        head = rendered(writer.status_line, list(writer.headers.items()))
        path = request.raw_path.partition("?")[0][:256]
        self.house.recall.keep(
            self._head, Recalled(self.address, again, info, request.method, path, head, response.body)
        )

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """What aiohttp could not parse, and what went wrong while a response was written. Not `message`: it quotes."""
        del message
        if status >= 500:
            self.log_exception(exc_info=exc)
        else:
            self.house.emit(RequestRefused(self.address, "bad-head"))
        if request.writer.output_size > 0:
            raise ConnectionError("a response has begun; there cannot be another")
        refusal = HeadTooLarge() if isinstance(exc, LineTooLong) else BadRequest() if status < 500 else CallError()
        response = answer(refusal)
        response.force_close()
        return response

    def log_exception(self, *_args: Any, **kw: Any) -> None:
        error = kw.get("exc_info")
        if isinstance(error, BaseException) and not isinstance(error, CallError | ConnectionError):
            trace = "".join(traceback.format_exception(error))
            self.house.emit(InternalError("connection", trace[-_TRACEBACK_MAX:]))

    # ── deadlines ────────────────────────────────────────────────────────────────────────────────────────────────

    def sweep(self, now: float) -> None:
        """End what took too long. Called often; cheap when there is nothing to do."""
        wire, limits = self._wire, self.house.limits
        if wire is None:
            return
        if wire.is_closing():
            self._leaving_since = now if self._leaving_since is None else self._leaving_since
            if now - self._leaving_since >= limits.send_time:
                wire.abort()
        elif self._blocked_since is not None and now - self._blocked_since >= limits.send_time:
            self._cut("send-timeout", wire)
        elif self.awaiting is Awaiting.BODY and now - self._since >= limits.body_time + self._extra_s:
            self._body_is_late()
        elif self._answering or self._upgraded:
            return
        elif self.awaiting is Awaiting.HEAD and now - self._since >= limits.header_time:
            self._refuse(RequestTimeout(), "head-timeout")
        elif self.awaiting is Awaiting.NOTHING and now - self._since >= limits.idle:
            self.force_close()

    def take_long(self, pace: int) -> None:
        """The body of this request may take longer while so many bytes of it arrive per second, on average."""
        self._pace = pace

    @property
    def _extra_s(self) -> float:
        return self._reading.total_bytes / self._pace if self._pace and self._reading is not None else 0.0

    def leave(self) -> None:
        """Close, unless a request is under way; that one closes behind itself."""
        if not self.busy:
            self.force_close()

    def abort(self) -> asyncio.Task[None] | None:
        """Cancel whatever is under way; the task to wait for."""
        task = self._task_handler
        if task is not None:
            task.cancel()
        self.force_close()
        return task

    def _await(self, what: Awaiting) -> None:
        self.awaiting, self._since, self._head_bytes = what, self.house.clock.monotonic(), 0

    def _head_grew(self, size: int) -> None:
        if self.awaiting is not Awaiting.HEAD:
            self._await(Awaiting.HEAD)
        self._head_bytes += size
        if self._head_bytes > self.house.limits.head and not self._answering:
            self._refuse(HeadTooLarge(), "bad-head")

    def _body_is_late(self) -> None:
        self.house.emit(RequestRefused(self.address, "body-timeout"))
        self._await(Awaiting.NOTHING)
        self.keep_alive(False)
        if self._reading is not None:
            self._reading.set_exception(RequestTimeout())  # whoever reads the body gets this, and answers with it

    def _refuse(self, error: CallError, reason: str) -> None:
        """Answer where there is no request, and close."""
        self.house.emit(RequestRefused(self.address, reason))
        if self._wire is not None and self._head_bytes:
            self._wire.write(canned(error))
        self.force_close()

    def _cut(self, reason: str, wire: asyncio.Transport) -> None:
        self.house.emit(RequestRefused(self.address, reason))
        wire.abort()
