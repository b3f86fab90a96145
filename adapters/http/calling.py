"""One call of an HTTP operation, from JSON to the wire and back; each step is a line in `Calling.__call__`.

No layer lives here: nothing is cached, repeated or limited. Big bodies are worked on off the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from adapters.http.checking import Checker
from adapters.http.encode import Request, request_of
from adapters.http.plan import Plan
from adapters.http.row_stream import RowStream
from adapters.http.rows import RowCutter
from adapters.http.translate import Reading, body_of, is_json
from adapters.http.wire import Sent, answer_side, request_side
from bridge.call import Call, JsonValue, Meta, Reply
from bridge.clock import Clock
from bridge.contracts import Emit, Envelopes, Operation, RowsInfo
from bridge.errors import UpstreamInvalid, UpstreamTimeout
from bridge.events import UpstreamCalled
from bridge.shapes.json import loads
from bridge.transport.call_log import CallLog, ending
from bridge.transport.lockout import Lockout
from bridge.transport.masked import MASK, shown_headers, without
from bridge.transport.opened import Answer
from bridge.transport.passed_on import key_header, passed_on, trace_headers
from bridge.transport.quota import heard
from bridge.transport.session import HttpSession

BIG_BYTES = 64_000
"""From here on a body is parsed and built in a thread: it would hold the loop for about a millisecond."""
SHOWN_BYTES_MAX = 1_000_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Around:
    """What all calls of one upstream share. `query_key`: name and value of a key that goes into each query."""

    upstream: str
    base: str
    session: HttpSession
    clock: Clock
    emit: Emit
    lockout: Lockout | None = None
    query_key: tuple[str, str] | None = None

    def url(self, target: str, *, masked: bool = False) -> str:
        """The address of a request, with the key that the system wants in its query."""
        if self.query_key is None:
            return self.base + target
        name, key = self.query_key
        sign = "&" if "?" in target else "?"
        return f"{self.base}{target}{sign}{quote(name, safe='')}={MASK if masked else quote(key, safe='')}"

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.query_key[1], quote(self.query_key[1], safe="")) if self.query_key else ()


class Calling:
    """The bare call of one operation. `checker` says what of the arguments does not fit, compiled at the first call."""

    def __init__(
        self,
        around: Around,
        operation: Operation,
        plan: Plan,
        checker: Callable[[], Checker],
        reading: Callable[[], Reading],
        rows: Callable[[], RowsInfo | None],
        answer_max: int,
    ) -> None:
        self._around, self._operation, self._plan = around, operation, plan
        self._checker, self._reading = checker, reading
        self._rows_info, self._answer_max = rows, answer_max

    async def __call__(self, call: Call) -> Reply:
        """Raises members of CallError only."""
        with self._step(call, "encode"):
            big = not isinstance(call.args, bytes) or len(call.args) > BIG_BYTES
            request = await _worked(partial(self._request, call.args), off_loop=big)
        headers = self._headers(request, call)
        self._note_request(call, request, headers)
        with self._around.lockout.watched(self._operation.name) if self._around.lockout else nullcontext():
            if call.want == "rows" and (rows := self._rows_info()) is not None:
                return await self._rows(call, request, headers, rows)
            return await self._exchange(call, request, headers)

    async def dry_run(self, args: bytes) -> Envelopes:
        """What would be sent. Needs no network; credentials are masked."""
        request = await _worked(partial(self._request, args), off_loop=True)
        url = self._around.url(request.target, masked=True)
        headers = (*self._typed(request).items(), *self._around.session.masked_headers(url))
        return Envelopes(url, headers, request.body or b"", request.method)

    def _request(self, args: bytes | JsonValue) -> Request:
        value = (loads(args) if args else {}) if isinstance(args, bytes) else args
        self._checker().check(value)
        return request_of(self._plan, value)

    # ── the way there and back ───────────────────────────────────────────────────────────────────────────────────

    async def _exchange(self, call: Call, request: Request, headers: Mapping[str, str]) -> Reply:
        clock, answer = self._around.clock, None
        began, took_s, left_s = clock.monotonic(), 0.0, self._left_s(call)

        def tell(outcome: str) -> None:
            status, received = (answer.status, answer.bytes_in) if answer else (0, 0)
            name, operation, sent = self._around.upstream, self._operation.name, len(request.body or b"")
            self._around.emit(UpstreamCalled(name, operation, call.attempt, status, outcome, took_s, sent, received))

        with ending(tell):
            try:
                with self._step(call, "send"):
                    url, session = self._around.url(request.target), self._around.session
                    answer = await session.send(
                        request.method, url, request.body, headers, timeout_s=left_s, encoded=True
                    )
            finally:
                took_s = clock.monotonic() - began
            self._note_answer(call, answer)
            with self._step(call, "decode"), heard(answer.status, answer.headers, clock.wall()) as quota:
                body = await self._body(answer)
        status = answer.status if answer.status in {201, 202} else 200 if body else 204
        return Reply(body, Meta(status=status, quota=quota))

    def _left_s(self, call: Call) -> float:
        left_s = call.deadline - self._around.clock.monotonic()
        if left_s <= 0:
            late = UpstreamTimeout(cause="deadline")
            late.outcome = "not_sent"
            raise late
        return left_s

    async def _rows(self, call: Call, request: Request, headers: Mapping[str, str], rows: RowsInfo) -> Reply:
        """The items of the list in the answer, while it comes. What can be shown of it is its head alone."""
        around, left_s = self._around, self._left_s(call)
        log = CallLog(
            around.upstream, self._operation.name, call.attempt, len(request.body or b""), around.clock, around.emit
        )
        with log.told():
            url = around.url(request.target)
            opened = await around.session.open(
                request.method, url, request.body, headers, timeout_s=left_s, encoded=True
            )
        if 200 <= opened.status < 300 and is_json(opened.content_type):
            stream = RowStream(opened, RowCutter(rows.path, self._answer_max), log)
            return Reply(b"", stream=await stream.begun())
        with log.told(opened), heard(opened.status, opened.headers, around.clock.wall()):
            try:
                answer = await opened.read(self._answer_max)
            finally:
                await opened.close()
            self._note_answer(call, answer)
            await self._body(answer)
            raise UpstreamInvalid(cause="rows: the answer is no JSON")

    async def _body(self, answer: Answer) -> bytes:
        read = partial(body_of, answer, self._operation, self._reading(), now_s=self._around.clock.wall())
        return await _worked(read, off_loop=len(answer.body) > BIG_BYTES)

    def _typed(self, request: Request) -> dict[str, str]:
        accept = "text/plain, text/*;q=0.9" if self._plan.text else "application/json"
        return {"Accept": accept, **request.headers}

    def _headers(self, request: Request, call: Call) -> dict[str, str]:
        theirs = passed_on(call, trusted=True)
        ours = {**self._typed(request), **trace_headers(call), **key_header(call)}
        named = {name.lower() for name in ours}
        return {**{name: value for name, value in theirs.items() if name.lower() not in named}, **ours}

    # ── for whoever looks on ─────────────────────────────────────────────────────────────────────────────────────

    def _step(self, call: Call, name: str) -> AbstractContextManager[None]:
        return call.explain.step(name, self._around.clock) if call.explain is not None else nullcontext()

    def _note_request(self, call: Call, request: Request, headers: Mapping[str, str]) -> None:
        told, trail, secrets = call.explain, call.trail, self._around.secrets
        url = self._around.url(request.target, masked=True)
        added = self._around.session.masked_headers(url)
        if trail is not None:
            media = request.headers.get("Content-Type", "")
            sent = Sent(request.method, url, (*added, *headers.items()), request.body, media, secrets)
            trail.request, trail.answer = partial(request_side, sent), None
        if told is not None:
            told.method, told.url = request.method, url
            told.request = (request.body or b"")[:SHOWN_BYTES_MAX]
            told.headers = (*added, *shown_headers(headers))
            told.status, told.answer, told.answer_headers = 0, b"", ()  # of this attempt, not of the one before

    def _note_answer(self, call: Call, answer: Answer) -> None:
        if call.trail is not None:
            call.trail.answer = partial(answer_side, answer)
        if call.explain is not None:
            shown, secrets = answer.body[:SHOWN_BYTES_MAX], self._around.secrets
            if secrets:
                shown = without(shown.decode("utf-8", "replace"), secrets).encode()
            call.explain.status, call.explain.answer = answer.status, shown
            call.explain.answer_headers = shown_headers(answer.headers, secrets)


async def _worked(work: Callable[[], T], *, off_loop: bool) -> T:
    """The result of some work, done in a thread when it is long."""
    return await asyncio.to_thread(work) if off_loop else work()
