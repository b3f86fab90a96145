"""One call of a SOAP operation, from JSON to the wire and back; each step is a line in `Calling.__call__`.

No layer lives here: nothing is cached, repeated or limited. Big bodies are worked on off the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from secrets import token_bytes
from typing import TypeVar

from adapters.soap.addressing import message_id
from adapters.soap.around_body import NOTHING_AROUND, AroundBody
from adapters.soap.attachments.choosing import places
from adapters.soap.attachments.filling import Values
from adapters.soap.attachments.raw import Wish, raw_reply
from adapters.soap.attachments.received import unpacked
from adapters.soap.attachments.travel import Given, Travel
from adapters.soap.codec import Decoded, OperationCodec
from adapters.soap.endpoint import Endpoint
from adapters.soap.http_answers import read_http_answer
from adapters.soap.lockout import Lockout
from adapters.soap.rows import RowReader, can_stream, rows_of
from adapters.soap.rows_call import RowStream, all_of, may_stream, whole
from adapters.soap.security.protection import Security
from adapters.soap.shown import shown
from adapters.soap.soap_action import Said
from adapters.soap.translate import Reading, judged, read_answer, read_one_way
from adapters.soap.wire import Outgoing
from adapters.soap.wire_form import WIRE_BYTES_MAX, Sent, answer_side, request_side
from bridge.call import Call, Meta, Reply, Trace
from bridge.clock import Clock
from bridge.contracts import Emit, Envelopes
from bridge.errors import CallError, UpstreamTimeout, UpstreamUnaddressed
from bridge.events import AnswerTolerated, RequestTolerated, UpstreamCalled
from bridge.shapes.files import places_of_files
from bridge.transport.call_log import CallLog, ending
from bridge.transport.cookies import CookieJar, cookied, note_cookies
from bridge.transport.masked import shown_headers
from bridge.transport.opened import Answer, Opened
from bridge.transport.passed_on import key_header, passed_on, trace_headers
from bridge.transport.quota import heard
from bridge.transport.session import HttpSession

BIG_BYTES = 64_000
"""From here on a body is parsed and built in a thread: it would hold the loop for about a millisecond."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Around:
    """What all calls of one upstream share."""

    upstream: str
    session: HttpSession
    security: Security | None
    clock: Clock
    emit: Emit
    lockout: Lockout | None = None
    random: Callable[[int], bytes] = token_bytes


@dataclass(frozen=True, slots=True)
class Extra:
    """What is added to one request from beside its arguments. `blocks`: header blocks as XML text, each with its own
    namespaces; `http`: HTTP headers, which win over those of the caller; `secrets`: what of it nobody may be shown;
    `cookies`: those of a session, which answers may change; `message_id`: what an answer may say it relates to;
    `signature`: the value of that of the request."""

    blocks: str = ""
    http: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    cookies: CookieJar | None = None
    message_id: str = ""
    signature: str = ""


NOTHING = Extra()


class Calling:
    """The bare call of one operation. `codec` gives its codec, compiled at the first call."""

    def __init__(
        self,
        around: Around,
        operation: str,
        codec: Callable[[], OperationCodec],
        to: Endpoint,
        how: Reading,
        body: AroundBody = NOTHING_AROUND,
        travel: Travel | None = None,
    ) -> None:
        self._around, self._operation, self._codec, self._to, self._how = around, operation, codec, to, how
        self._body = body
        self._travel = travel or Travel(lambda: around.random(16).hex())

    async def __call__(self, call: Call, extra: Extra = NOTHING) -> Reply:
        """Raises members of CallError only."""
        codec = self._codec()
        extra = self._addressed(extra)
        with self._step(call, "encode"):
            out = await self._encoded(codec, call, extra, call.headers)
            extra = replace(extra, signature=out.signature)
        if out.bent:
            self._around.emit(RequestTolerated(self._around.upstream, self._operation, dict(out.bent)))
        headers = self._headers(out, call, extra)
        self._note_request(call, out, headers, extra)
        ways = {"rows": self._rows, "raw": self._raw}
        with self._watched():
            return await ways.get(call.want, self._exchange)(codec, call, out, headers, extra)

    def _watched(self) -> AbstractContextManager[None]:
        lockout = self._around.lockout if self._to.trusted else None
        return lockout.watched(self._operation) if lockout is not None else nullcontext()

    def _step(self, call: Call, name: str) -> AbstractContextManager[None]:
        return call.explain.step(name, self._around.clock) if call.explain is not None else nullcontext()

    def _note_request(self, call: Call, out: Outgoing, headers: dict[str, str], extra: Extra) -> None:
        told, secrets, trail = call.explain, extra.secrets, call.trail
        if trail is not None:
            added = self._around.session.masked_headers(self._to.url)
            body = self._body.hidden(out.body) if out.body and out.length <= WIRE_BYTES_MAX else None
            sent = Sent(out.verb, out.url(self._to.url), (*added, *headers.items()), body, out.length)
            trail.request, trail.answer = partial(request_side, sent, secrets), None
        if told is None:
            return
        told.method, told.url = out.verb, out.url(self._to.url)
        told.request = shown(self._body.hidden(out.body or b""), secrets)
        told.headers = (*self._around.session.masked_headers(self._to.url), *shown_headers(headers, secrets))
        told.status, told.answer, told.answer_headers = 0, b"", ()  # of this attempt, not of the one before

    def _note_answer(self, call: Call, answer: Answer, extra: Extra) -> None:
        told, secrets, trail = call.explain, extra.secrets, call.trail
        if trail is not None:
            cookies = extra.cookies.secrets() if extra.cookies is not None else ()
            trail.answer = partial(answer_side, answer, (*secrets, *cookies))
        if told is not None:
            told.status, told.answer = answer.status, shown(answer.body, secrets)
            told.answer_headers = shown_headers(answer.headers, secrets)

    async def dry_run(self, args: bytes, extra: Extra = NOTHING) -> Envelopes:
        """What would be sent. Needs no network; secrets are masked, and in `extra` nobody may give one."""
        call = Call(self._operation, args, 0, Trace("", ""))
        out = await self._encoded(self._codec(), call, Extra(extra.blocks + self._body.shown(self._to)), None)
        out = replace(out, body=shown(out.body)) if out.body and self._guard(self._codec()) else out
        headers = (*self._around.session.masked_headers(self._to.url), *extra.http.items(), *out.headers.items())
        whole = out.package if isinstance(out.package, bytes) and not self._guard(self._codec()) else out.body
        return Envelopes(out.url(self._to.url), headers, whole or b"", out.verb)

    # ── the way there ────────────────────────────────────────────────────────────────────────────────────────────

    def _addressed(self, extra: Extra) -> Extra:
        """With what the configuration adds; a message that is sent again is another one."""
        own = message_id(self._around.random) if self._body.addressing else ""
        blocks, hidden = self._body.blocks(own, self._to), self._body.static.secrets
        return replace(extra, blocks=extra.blocks + blocks, secrets=(*extra.secrets, *hidden), message_id=own)

    async def _encoded(
        self, codec: OperationCodec, call: Call, extra: Extra, theirs: Mapping[str, str] | None
    ) -> Outgoing:
        guard, args = self._guard(codec), call.args
        in_text = codec.http is not None or (guard is not None and guard.heavy)
        given = await self._travel.given(args, call.uploads, in_text=in_text, wants_bytes=call.want == "raw")
        blocks = extra.blocks + (guard.blocks(codec.version, theirs) if guard else "")

        def work() -> Outgoing:
            out = _encode(codec, given, blocks, self._body.said)
            return self._travel.packed(guard.protect(out, theirs) if guard else out, given)

        big = not isinstance(args, bytes) or len(args) > BIG_BYTES or (guard is not None and guard.heavy)
        return await worked(work, off_loop=big)

    def _guard(self, codec: OperationCodec) -> Security | None:
        """WS-Security, where there is an envelope to hold it, and an address that may see credentials."""
        return self._around.security if self._to.trusted and codec.http is None else None

    def _headers(self, out: Outgoing, call: Call, extra: Extra) -> dict[str, str]:
        private = self._around.security.private_headers if self._around.security else frozenset[str]()
        forwarded = passed_on(call, trusted=self._to.trusted, private=private)
        return {**forwarded, **extra.http, **out.headers, **trace_headers(call), **key_header(call)}

    async def _sent(self, out: Outgoing, headers: dict[str, str], call: Call, extra: Extra) -> Answer:
        url, left_s = self._where(out, call)
        headers = cookied(headers, extra.cookies, url)
        answer = await self._around.session.send(out.verb, url, out.sent, headers, timeout_s=left_s)
        note_cookies(extra.cookies, url, answer.headers)
        return answer

    async def _opened(
        self, out: Outgoing, headers: dict[str, str], call: Call, extra: Extra, bytes_max: int | None = None
    ) -> Opened:
        url, left_s = self._where(out, call)
        session, headers = self._around.session, cookied(headers, extra.cookies, url)
        opened = await session.open(out.verb, url, out.sent, headers, timeout_s=left_s, bytes_max=bytes_max)
        note_cookies(extra.cookies, url, opened.headers)
        return opened

    def _where(self, out: Outgoing, call: Call) -> tuple[str, float]:
        """The address, and how much time is left."""
        if not self._to.url:
            raise UpstreamUnaddressed(cause="no_endpoint")
        url = out.url(self._to.url)
        left_s = call.deadline - self._around.clock.monotonic()
        if left_s <= 0:
            late: CallError = UpstreamTimeout(cause="deadline")
            late.outcome = "not_sent"
            raise late
        return url, left_s

    # ── and back ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _exchange(
        self, codec: OperationCodec, call: Call, out: Outgoing, headers: dict[str, str], extra: Extra
    ) -> Reply:
        clock = self._around.clock
        answer: Answer | None = None
        started, duration_s = clock.monotonic(), 0.0

        def tell(outcome: str) -> None:
            status, received = (answer.status, answer.bytes_in) if answer else (0, 0)
            name, operation, sent, took_s = self._around.upstream, self._operation, out.length, duration_s
            self._around.emit(UpstreamCalled(name, operation, call.attempt, status, outcome, took_s, sent, received))

        with ending(tell):
            try:
                with self._step(call, "send"):
                    answer = await self._sent(out, headers, call, extra)
            finally:
                duration_s = clock.monotonic() - started
            self._note_answer(call, answer, extra)
            with self._step(call, "decode"), heard(answer.status, answer.headers, clock.wall()) as quota:
                reply = await self._reply(codec, answer, extra)
                return reply if quota is None else reply.with_meta(quota=quota)

    async def _rows(
        self, codec: OperationCodec, call: Call, out: Outgoing, headers: dict[str, str], extra: Extra
    ) -> Reply:
        """The answer row by row: as it comes, or cut from the whole where it can only be read as one."""
        rows = await worked(lambda: rows_of(codec, self._how), off_loop=True)
        how = self._reading(codec, extra)
        if self._body.answers_elsewhere or not can_stream(codec, rows, how):
            return whole(await self._exchange(codec, call, out, headers, extra), rows.path)
        log = self._log(call, out)
        with log.told():
            opened = await self._opened(out, headers, call, extra)
        if may_stream(opened):
            stream = RowStream(opened, RowReader(codec, rows, how, opened.charset), log)
            return Reply(b"", stream=await stream.begun())
        now_s = self._around.clock.wall()
        with log.told(opened), heard(opened.status, opened.headers, now_s):
            answer = await all_of(opened, how.bytes_max)
            return whole(await self._reply(codec, answer, extra), rows.path)

    def _log(self, call: Call, out: Outgoing) -> CallLog:
        around = self._around
        return CallLog(around.upstream, self._operation, call.attempt, out.length, around.clock, around.emit)

    async def _raw(
        self, codec: OperationCodec, call: Call, out: Outgoing, headers: dict[str, str], extra: Extra
    ) -> Reply:
        """The one binary value of the answer, as it comes."""
        settings, log = self._travel.settings, self._log(call, out)
        where, media = places(places_of_files(codec.description.output), self._travel.answer)
        how = replace(self._reading(codec, extra), strict=False)  # judged is the whole; the value is not there yet

        async def read(answer: Answer, values: Values) -> Decoded:
            return await self._decoded(codec, answer, replace(how, values=values))

        with log.told():
            opened = await self._opened(out, headers, call, extra, settings.attachments_max)
        left_s = call.deadline - self._around.clock.monotonic()
        wish = Wish(where, how.bytes_max, self._travel.names, left_s, media, whole=how.open is not None)
        return await raw_reply(opened, read, wish, log)

    def _reading(self, codec: OperationCodec, extra: Extra) -> Reading:
        """How the answer to this very request is read."""
        security = None if codec.http else self._around.security
        opened = partial(security.open, sent=extra.signature) if security and security.judges else None
        sealed = opened is not None and security is not None and security.seals
        return replace(self._how, check=self._body.check(extra.message_id), open=opened, sealed=sealed)

    async def _reply(self, codec: OperationCodec, answer: Answer, extra: Extra) -> Reply:
        how, big = self._reading(codec, extra), len(answer.body) > BIG_BYTES
        answer, values = await worked(lambda: unpacked(answer, how.bytes_max), off_loop=big)
        if codec.contract.output is None or self._body.answers_elsewhere:
            now_s, read = self._around.clock.wall(), read_http_answer if codec.http else read_one_way
            taken = await worked(lambda: read(answer, codec, how, now_s=now_s), off_loop=big)
            self._tell(taken)
            return Reply(b"", Meta(status=202, tolerances=taken.tolerances))
        decoded = await self._decoded(codec, answer, replace(how, values=values))
        self._tell(decoded)
        return Reply((decoded.json or "").encode(), Meta(tolerances=decoded.tolerances))

    def _tell(self, decoded: Decoded) -> None:
        if decoded.tolerances:
            self._around.emit(AnswerTolerated(self._around.upstream, self._operation, dict(decoded.tolerances)))

    async def _decoded(self, codec: OperationCodec, answer: Answer, how: Reading) -> Decoded:
        now_s, big = self._around.clock.wall(), len(answer.body) > BIG_BYTES or how.open is not None
        read = read_http_answer if codec.http else read_answer
        return await worked(lambda: judged(read(answer, codec, how, now_s=now_s), how), off_loop=big)


async def worked(work: Callable[[], T], *, off_loop: bool) -> T:
    """The result of some work, done in a thread when it is long."""
    return await asyncio.to_thread(work) if off_loop else work()


def _encode(codec: OperationCodec, given: Given, blocks: str, said: Said) -> Outgoing:
    return codec.request(given.value(), given=given.given, headers=blocks, said=said, attach=given.collected)
